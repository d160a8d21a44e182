"""A member's API tokens."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kolhub import people
from kolhub.access import allows
from kolhub.forms.people import TokenForm
from kolhub.models import ApiToken, Membership
from kolhub.tenancy import OrganizationRequest


def _visible(membership: Membership) -> QuerySet[ApiToken]:
    """Members see their own tokens, owners everybody's of the organization."""
    tokens = ApiToken.objects.filter(membership__organization=membership.organization_id, revoked_at=None)
    return tokens if membership.may("organization") else tokens.filter(membership=membership)


# Everybody may have tokens: one can do what its member can, and no more.
@allows("see", writes="see")
@never_cache
def tokens(request: OrganizationRequest) -> HttpResponse:
    """List tokens, and make one, whose secret is shown once."""
    form = TokenForm(request.POST or None)
    secret = None
    if request.method == "POST" and form.is_valid():
        try:
            _token, secret = people.issue_token(
                request.membership, form.cleaned_data["name"], form.cleaned_data["days"] or None
            )
            form = TokenForm()
        except people.Refused as reason:
            form.add_error("name", str(reason))
    context = {
        "form": form,
        "secret": secret,
        "now": timezone.now(),
        "tokens": _visible(request.membership).select_related("membership__user").order_by("-pk"),
    }
    return render(request, "kolhub/token_list.html", context, status=422 if form.errors else 200)


@allows("see", writes="see")
@require_POST
def revoke(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Stop a token at once."""
    token = get_object_or_404(_visible(request.membership), pk=pk)
    people.revoke_token(request.membership, token)
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("kolhub:token_list", request.membership.organization.slug)
