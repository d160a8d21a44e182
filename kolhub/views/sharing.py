"""What an agency shows to which brand, and what a brand is shown."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub import people
from kolhub.access import allows
from kolhub.forms.people import GrantForm
from kolhub.models import Creator, SharingGrant
from kolhub.tenancy import OrganizationRequest


@allows("see", kind="agency", writes="organization")
def given(request: OrganizationRequest) -> HttpResponse:
    """List the brands that see this agency's creators; owners add one."""
    membership = request.membership
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            grant = people.share(
                membership,
                given["brand"],
                starts_at=given["starts_at"],
                ends_at=given["ends_at"],
                includes_contacts=given["includes_contacts"],
            )
            messages.success(request, _("%(brand)s sees your creators.") % {"brand": grant.grantee.name})
            return redirect("kolhub:sharing", membership.organization.slug)
        except people.Refused as reason:
            form.add_error("brand", str(reason))
    grants = SharingGrant.objects.filter(grantor=membership.organization).select_related("grantee", "created_by")
    context = {"form": form, "grants": grants.order_by("-pk")}
    return render(request, "kolhub/sharing.html", context, status=422 if form.errors else 200)


@allows("organization", kind="agency")
@require_POST
def end(request: OrganizationRequest, pk: int) -> HttpResponse:
    """End a grant now."""
    grants = SharingGrant.objects.filter(grantor=request.membership.organization).select_related("grantee")
    grant = get_object_or_404(grants, pk=pk)
    people.end_sharing(request.membership, grant)
    messages.success(request, _("%(brand)s no longer sees your creators.") % {"brand": grant.grantee.name})
    return redirect("kolhub:sharing", request.membership.organization.slug)


@allows("see", kind="brand")
def received(request: OrganizationRequest) -> HttpResponse:
    """Show which agencies share their creators with this brand, until when, and how many creators that is."""
    membership = request.membership
    grants = SharingGrant.objects.filter(grantee=membership.organization).select_related("grantor")
    visible = Creator.objects.visible_to(membership).order_by()
    counts = dict(visible.values_list("organization").annotate(n=Count("pk")).values_list("organization", "n"))
    shown = [(grant, counts.get(grant.grantor_id, 0) if grant.is_active else 0) for grant in grants.order_by("-pk")]
    return render(request, "kolhub/sharing_received.html", {"grants": shown})
