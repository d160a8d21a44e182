"""Where a person lands: the right organization's dashboard, a choice of them, or the form that founds the first."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from kolhub.access import allows, organizations_of
from kolhub.forms.people import ProfileForm
from kolhub.models import Creator, Membership, RosterImport, SharingGrant, User
from kolhub.tenancy import OrganizationRequest
from kolhub.wings import told


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a member of one organization to its dashboard; let members of several choose; help the others to begin."""
    organizations = organizations_of(cast(User, request.user))
    if len(organizations) == 1:
        return redirect("kolhub:dashboard", organizations[0].slug)
    if organizations:
        return render(request, "kolhub/home.html", {"choices": organizations})
    return render(request, "kolhub/welcome.html")


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Let a user change their name and language."""
    form = ProfileForm(request.POST or None, instance=cast(User, request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account_profile")
    return render(request, "kolhub/profile.html", {"form": form}, status=422 if form.errors else 200)


@allows("see")
def dashboard(request: OrganizationRequest) -> HttpResponse:
    """Show what is there and what to do next; the other wings bring their parts by hx-get."""
    membership = request.membership
    creators = Creator.objects.visible_to(membership)
    own = creators.owned_by(membership).count()
    now = timezone.now()
    grants = SharingGrant.objects.filter(starts_at__lte=now).exclude(ends_at__lte=now)
    context: dict[str, Any] = {
        "own_creators": own,
        "shared_creators": creators.count() - own,
        "rosters": RosterImport.objects.visible_to(membership).filter(state=RosterImport.State.DONE).count(),
        "waiting_rosters": RosterImport.objects.visible_to(membership)
        .filter(state__in=[RosterImport.State.CHOOSING, RosterImport.State.READY])
        .count(),
        "members": Membership.objects.visible_to(membership).filter(ended_at=None).count(),
        "grants_given": grants.filter(grantor=membership.organization_id).count(),
        "grants_received": grants.filter(grantee=membership.organization_id).count(),
    }
    context["steps"] = _steps(membership, context)
    return render(request, "kolhub/dashboard.html", context)


def _steps(membership: Membership, counts: dict[str, Any]) -> set[str]:
    """Return which first steps are taken, those that the other wings tell included."""
    own = {"creators": "own_creators", "given": "grants_given", "received": "grants_received"}
    taken = {step for step, name in own.items() if counts[name]} | ({"members"} if counts["members"] > 1 else set())
    for tell in told("steps_taken"):
        taken |= tell(membership)
    if membership.organization.is_agency:
        is_done = taken >= {"creators", "given", "collaboration", "members"}
    else:
        is_done = taken >= {"brief", "campaign", "shop", "order", "members"} and bool(taken & {"creators", "received"})
    return taken | ({"all"} if is_done else set())
