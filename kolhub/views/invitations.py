"""Inviting people by link, and following such a link."""

from smtplib import SMTPException
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kolhub import people
from kolhub.access import allows
from kolhub.forms.people import InvitationForm
from kolhub.models import Invitation, Membership, User
from kolhub.tenancy import OrganizationRequest

_STATUS: Final = {"open": 200, "used": 410, "revoked": 410, "expired": 410, "unknown": 404}


@allows("organization")
@never_cache
def new(request: OrganizationRequest) -> HttpResponse:
    """Invite somebody, and show the link once."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, secret = people.invite(
                request.membership, form.cleaned_data["email"], form.cleaned_data["role"]
            )
        except people.Refused as reason:
            form.add_error("email", str(reason))
        else:
            # Shown here and nowhere else: only the secret's hash is kept, so there is nothing to redirect to.
            link = settings.BASE_URL + reverse("join", args=[secret])
            return _created(request, invitation, link)
    return render(request, "kolhub/invitation_new.html", {"form": form}, status=422 if form.errors else 200)


def _created(request: HttpRequest, invitation: Invitation, link: str) -> HttpResponse:
    """Show the link, and send it once the invitation is committed: a slow mail server must hold up nobody else."""
    context = {"invitation": invitation, "link": link}
    sent, failed = (
        render(request, "kolhub/invitation_created.html", {**context, "was_sent": told}) for told in (True, False)
    )

    def send() -> None:
        if not _send(invitation, link):
            sent.content = failed.content

    transaction.on_commit(send)
    return sent


def _send(invitation: Invitation, link: str) -> bool:
    """Send the link by e-mail, in the language of the person invited where it is known; False where sending failed."""
    known = User.objects.filter(email__iexact=invitation.email).first()
    with override(known.language) if known and known.language else override(None, deactivate=False):
        context = {"invitation": invitation, "organization": invitation.organization, "link": link}
        subject = _("[KolHub] Invitation to %(organization)s") % {"organization": invitation.organization.name}
        text = render_to_string("kolhub/email/invitation.txt", context)
    try:
        return bool(send_mail(" ".join(subject.split()), text, None, [invitation.email]))
    except (SMTPException, OSError):
        return False


@allows("organization")
@require_POST
def revoke(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Make an invitation's link stop working."""
    invitation = get_object_or_404(Invitation.objects.visible_to(request.membership), pk=pk)
    people.revoke_invitation(request.membership, invitation)
    messages.success(request, _("The invitation of %(email)s no longer works.") % {"email": invitation.email})
    return redirect("kolhub:member_list", request.membership.organization.slug)


@never_cache
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Follow an invitation's link: say what it is for, and make the right person a member by POST."""
    invitation = people.invitation_by(secret)
    state = people.state_of(invitation)
    user = request.user if isinstance(request.user, User) else None
    if invitation is not None and user is not None:
        mine = Membership.objects.filter(organization=invitation.organization_id, user=user, ended_at=None)
        if mine.exists():
            return redirect("kolhub:dashboard", invitation.organization.slug)
    if invitation is None or state != "open":
        return render(request, "kolhub/invitation_closed.html", {"state": state}, status=_STATUS[state])
    if user is None:
        return _ask_to_log_in(request, invitation, secret)
    if not people.is_for(invitation, user):
        context = {"state": "wrong_address", "invitation": invitation}
        return render(request, "kolhub/invitation_closed.html", context, status=403)
    if request.method == "POST":
        return _accept(request, invitation, user)
    return render(request, "kolhub/invitation_join.html", {"invitation": invitation, "secret": secret})


def _ask_to_log_in(request: HttpRequest, invitation: Invitation, secret: str) -> HttpResponse:
    # Who holds an open invitation may create an account even where sign-up is closed (kolhub/accounts.py).
    request.session["invitation"] = secret
    query = urlencode({"next": reverse("join", args=[secret]), "email": invitation.email})
    context = {"invitation": invitation, "query": query}
    return render(request, "kolhub/invitation_join.html", context)


def _accept(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        membership = people.accept(invitation, user)
    except people.Refused as reason:
        messages.error(request, str(reason))
        return redirect("home")
    request.session.pop("invitation", None)
    messages.success(request, _("Welcome to %(name)s.") % {"name": membership.organization.name})
    return redirect("kolhub:dashboard", membership.organization.slug)
