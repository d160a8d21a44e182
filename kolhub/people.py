"""What people do with organizations: found, invite, join, change roles, leave, share, keep tokens.

Each function works in the caller's transaction, checks what must hold whoever calls, and writes the audit trail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from allauth.account.models import EmailAddress
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kolhub.models import (
    ApiToken,
    AuditEvent,
    Invitation,
    Membership,
    Organization,
    Role,
    SharingGrant,
    User,
    hash_secret,
)
from kolhub.tenancy import act_for

InvitationState = Literal["open", "used", "revoked", "expired", "unknown"]


class Refused(Exception):
    """A rule stands against it; the message is a sentence for the person who tried."""


LAST_OWNER = _("This is the last owner. Make somebody else an owner first.")
ALREADY_MEMBER = _("This person is a member already.")
NOT_OPEN = _("This invitation cannot be used any more.")
WRONG_ADDRESS = _("This invitation is for another e-mail address.")
TOKEN_NAME_TAKEN = _("You have a token of this name already. Revoke it first, or choose another name.")
NO_SUCH_BRAND = _("There is no brand with this short name.")
ALREADY_SHARED = _("This brand has a grant for this time already. End that one first.")


def found(
    owner: User, *, name: str, slug: str, kind: str, currency: str = "USD", timezone_name: str = "UTC"
) -> Membership:
    """Found an organization with its first owner; the transaction acts for it from here on."""
    organization = Organization.objects.create(
        name=name, slug=slug, kind=kind, currency=currency, timezone=timezone_name
    )
    act_for(organization.pk)
    membership = Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    AuditEvent.record(organization.pk, owner, "organization.founded", organization, name=name, kind=kind)
    return membership


def change_settings(by: Membership, changed: Iterable[str]) -> None:
    """Store the named fields of the member's organization, which already hold their new values."""
    names = sorted(changed)
    if not names:
        return
    organization = by.organization
    organization.save(update_fields=names)
    values = {name: getattr(organization, name) for name in names}
    AuditEvent.record(organization.pk, by.user, "organization.changed", organization, **values)


# ---- members ----


def change_role(by: Membership, member: Membership, role: str) -> None:
    """Give a member another role; Refused where that would leave no owner."""
    if role == member.role:
        return
    _keep_an_owner(member, role)
    before, member.role = member.role, Role(role)
    member.save(update_fields=["role"])
    AuditEvent.record(by.organization_id, by.user, "member.role", member, before=before, after=role)


def end_membership(by: Membership, member: Membership) -> None:
    """End a membership and all its tokens at once; Refused for the last owner."""
    _keep_an_owner(member, None)
    now = timezone.now()
    member.ended_at = now
    member.save(update_fields=["ended_at"])
    member.tokens.filter(revoked_at=None).update(revoked_at=now)
    AuditEvent.record(by.organization_id, by.user, "member.ended", member, email=member.user.email, role=member.role)


def _keep_an_owner(member: Membership, role: str | None) -> None:
    # Two owners who demote each other at the same moment must queue, or both would find the other one still there.
    Organization.objects.select_for_update().get(pk=member.organization_id)
    current = Membership.objects.get(pk=member.pk)
    if current.role != Role.OWNER or role == Role.OWNER:
        return
    others = Membership.objects.filter(organization_id=member.organization_id, role=Role.OWNER, ended_at=None)
    if not others.exclude(pk=member.pk).exists():
        raise Refused(LAST_OWNER)


# ---- invitations ----


def invite(by: Membership, email: str, role: str) -> tuple[Invitation, str]:
    """Invite an address and return the invitation with its secret; an earlier open one for it stops working."""
    email = email.strip().lower()
    if Membership.objects.filter(organization=by.organization, user__email__iexact=email, ended_at=None).exists():
        raise Refused(ALREADY_MEMBER)
    open_before = Invitation.objects.filter(
        organization=by.organization, email=email, accepted_at=None, revoked_at=None
    )
    open_before.update(revoked_at=timezone.now())
    invitation, secret = Invitation.issue(by.organization, email, role, by.user)
    AuditEvent.record(by.organization_id, by.user, "invitation.sent", invitation, email=email, role=role)
    return invitation, secret


def revoke_invitation(by: Membership, invitation: Invitation) -> None:
    """Make the link stop working; nothing happens to one that was used or revoked before."""
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=timezone.now()):
        AuditEvent.record(by.organization_id, by.user, "invitation.revoked", invitation, email=invitation.email)


def invitation_by(secret: str) -> Invitation | None:
    """Return the invitation that this secret belongs to."""
    return (
        Invitation.objects.select_related("organization", "invited_by").filter(token_hash=hash_secret(secret)).first()
    )


def state_of(invitation: Invitation | None) -> InvitationState:
    """Say whether the invitation may be used, else why not."""
    if invitation is None:
        return "unknown"
    if invitation.accepted_at is not None:
        return "used"
    if invitation.revoked_at is not None:
        return "revoked"
    return "open" if invitation.is_open else "expired"


def is_for(invitation: Invitation, user: User) -> bool:
    """Say whether the invitation's address is the user's: the one they log in by, or another they have confirmed."""
    if user.email.lower() == invitation.email.lower():
        return True
    return bool(EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists())


def accept(invitation: Invitation, user: User) -> Membership:
    """Make the user a member; Refused where the invitation is not open, not theirs, or they are a member already."""
    # Locked, so that a link opened twice makes one member.
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.is_open:
        raise Refused(NOT_OPEN)
    if not is_for(invitation, user):
        raise Refused(WRONG_ADDRESS)
    if Membership.objects.filter(organization=invitation.organization_id, user=user, ended_at=None).exists():
        raise Refused(ALREADY_MEMBER)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    act_for(invitation.organization_id)
    membership = Membership.objects.create(organization_id=invitation.organization_id, user=user, role=invitation.role)
    AuditEvent.record(invitation.organization_id, user, "invitation.accepted", invitation, role=invitation.role)
    return membership


# ---- tokens ----


def issue_token(membership: Membership, name: str, days: int | None) -> tuple[ApiToken, str]:
    """Make an API token for this membership and return it with its secret, shown once; `days` None: no expiry."""
    alive = ApiToken.objects.filter(membership=membership, name=name, revoked_at=None)
    if alive.exists():
        raise Refused(TOKEN_NAME_TAKEN)
    token, secret = ApiToken.issue(membership, name, timedelta(days=days) if days else None)
    AuditEvent.record(membership.organization_id, membership.user, "token.issued", token, name=name, days=days)
    return token, secret


def revoke_token(by: Membership, token: ApiToken) -> None:
    """Stop the token at once."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        AuditEvent.record(by.organization_id, by.user, "token.revoked", token, name=token.name)


# ---- sharing ----


def share(
    by: Membership, brand_slug: str, *, starts_at: datetime, ends_at: datetime | None, includes_contacts: bool
) -> SharingGrant:
    """Show a brand the agency's creators from one moment to another."""
    brand = Organization.objects.filter(slug=brand_slug.strip().lower(), kind=Organization.Kind.BRAND).first()
    if brand is None:
        raise Refused(NO_SUCH_BRAND)
    running = SharingGrant.objects.filter(grantor=by.organization, grantee=brand).exclude(ends_at__lte=starts_at)
    if (running.filter(starts_at__lt=ends_at) if ends_at else running).exists():
        raise Refused(ALREADY_SHARED)
    grant = SharingGrant.objects.create(
        grantor=by.organization,
        grantee=brand,
        starts_at=starts_at,
        ends_at=ends_at,
        includes_contacts=includes_contacts,
        created_by=by.user,
    )
    AuditEvent.record(
        by.organization_id,
        by.user,
        "sharing.granted",
        grant,
        brand=brand.slug,
        starts_at=starts_at,
        ends_at=ends_at,
        includes_contacts=includes_contacts,
    )
    return grant


def end_sharing(by: Membership, grant: SharingGrant) -> None:
    """End a grant now; one that has not begun never will."""
    now = timezone.now()
    if grant.ends_at is not None and grant.ends_at <= now:
        return
    grant.starts_at = min(grant.starts_at, now)
    grant.ends_at = now
    grant.save(update_fields=["starts_at", "ends_at"])
    AuditEvent.record(by.organization_id, by.user, "sharing.ended", grant, brand=grant.grantee.slug)


# ---- the audit trail ----


@dataclass(frozen=True)
class ChainCheck:
    """Whether an organization's audit trail is whole: how many events were checked, and the first that does not fit."""

    checked: int
    broken_at: int | None

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None


def check_chain(events: Iterable[AuditEvent]) -> ChainCheck:
    """Recompute every hash of the events, oldest first."""
    previous, checked = "", 0
    for event in events:
        if event.previous_hash != previous or event.hash != event.compute_hash():
            return ChainCheck(checked, event.pk)
        previous, checked = event.hash, checked + 1
    return ChainCheck(checked, None)
