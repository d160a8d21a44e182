"""An organization's own pages: founding, settings, members, audit trail."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub import people
from kolhub.access import allows
from kolhub.forms.people import OrganizationForm, RoleForm, SettingsForm
from kolhub.models import AuditEvent, Invitation, Membership, Role, User
from kolhub.tenancy import OrganizationRequest


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Found an organization and go to its dashboard."""
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        membership = people.found(
            cast(User, request.user),
            name=given["name"],
            slug=given["slug"],
            kind=given["kind"],
            currency=given["currency"],
            timezone_name=given["timezone"],
        )
        messages.success(request, _("Welcome to %(name)s.") % {"name": membership.organization.name})
        return redirect("kolhub:dashboard", membership.organization.slug)
    return render(request, "kolhub/organization_new.html", {"form": form}, status=422 if form.errors else 200)


@allows("see", writes="organization")
def settings(request: OrganizationRequest) -> HttpResponse:
    """Show the organization's settings; owners change them."""
    membership = request.membership
    slug = membership.organization.slug
    form = SettingsForm(request.POST or None, instance=membership.organization)
    if request.method == "POST" and form.is_valid():
        people.change_settings(membership, form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("kolhub:settings", slug)
    if form.errors:
        membership.organization.refresh_from_db()
    return render(request, "kolhub/organization_settings.html", {"form": form}, status=422 if form.errors else 200)


@allows("see")
def members(request: OrganizationRequest) -> HttpResponse:
    """List the members and the invitations that are still open."""
    membership = request.membership
    found = Membership.objects.visible_to(membership).filter(ended_at=None).select_related("user")
    invitations = Invitation.objects.visible_to(membership).filter(accepted_at=None, revoked_at=None)
    context = {
        "members": found.order_by("created_at", "pk"),
        "invitations": invitations.select_related("invited_by").order_by("-pk"),
        "roles": Role.choices,
    }
    return render(request, "kolhub/member_list.html", context)


def _member(request: OrganizationRequest, pk: int) -> Membership:
    found: Membership = get_object_or_404(
        Membership.objects.visible_to(request.membership).filter(ended_at=None).select_related("user"), pk=pk
    )
    return found


@allows("organization")
@require_POST
def change_role(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such role."))
    else:
        try:
            people.change_role(request.membership, member, form.cleaned_data["role"])
            messages.success(
                request, _("%(member)s is now: %(role)s.") % {"member": member.user, "role": member.get_role_display()}
            )
        except people.Refused as reason:
            messages.error(request, str(reason))
    return redirect("kolhub:member_list", request.membership.organization.slug)


@allows("organization")
@require_POST
def end_membership(request: OrganizationRequest, pk: int) -> HttpResponse:
    """End somebody's membership."""
    return _end(request, _member(request, pk))


@allows("see", writes="see")
@require_POST
def leave(request: OrganizationRequest) -> HttpResponse:
    """End one's own membership."""
    return _end(request, request.membership)


def _end(request: OrganizationRequest, member: Membership) -> HttpResponse:
    slug = request.membership.organization.slug
    try:
        people.end_membership(request.membership, member)
    except people.Refused as reason:
        messages.error(request, str(reason))
        return redirect("kolhub:member_list", slug)
    if member.user_id == request.membership.user_id:
        messages.success(request, _("You have left %(name)s.") % {"name": request.membership.organization})
        return redirect("home")
    messages.success(request, _("%(member)s is no longer a member.") % {"member": member.user})
    return redirect("kolhub:member_list", slug)


@allows("organization")
def audit(request: OrganizationRequest) -> HttpResponse:
    """Show what was done by whom, newest first; `?check=yes` recomputes the whole chain."""
    events = AuditEvent.objects.visible_to(request.membership)
    context = {
        "page_obj": Paginator(events.select_related("actor").order_by("-id"), 50).get_page(request.GET.get("page")),
        "check": people.check_chain(events.order_by("id").iterator()) if request.GET.get("check") else None,
    }
    return render(request, "kolhub/audit.html", context)
