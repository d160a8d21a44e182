"""What must hold whoever calls: the last owner, invitations, tokens, sharing, the audit trail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kolhub import people
from kolhub.models import ApiToken, AuditEvent, Contact, Creator, Invitation, Membership, SharingGrant
from kolhub.tenancy import act_for
from tests.factories import make_contact, make_creator, make_grant, make_membership, make_organization, make_user

pytestmark = pytest.mark.django_db


def owner_of(kind: str = "brand") -> Membership:
    return people.found(make_user(), name="Glow", slug=f"glow-{kind}", kind=kind)


def verbs(member: Membership) -> list[str]:
    return list(AuditEvent.objects.filter(organization=member.organization_id).values_list("verb", flat=True))


class TestOwners:
    def test_the_last_owner_stays_an_owner(self) -> None:
        owner = owner_of()
        with pytest.raises(people.Refused, match="last owner"):
            people.change_role(owner, owner, "viewer")
        with pytest.raises(people.Refused, match="last owner"):
            people.end_membership(owner, owner)
        owner.refresh_from_db()
        assert (owner.role, owner.ended_at) == ("owner", None)
        assert verbs(owner) == ["organization.founded"]

    def test_with_a_second_owner_the_first_may_go(self) -> None:
        owner = owner_of()
        second = make_membership(owner.organization, "manager")
        people.change_role(owner, second, "owner")
        people.end_membership(owner, owner)
        with pytest.raises(people.Refused):
            people.end_membership(second, second)

    def test_an_owner_who_left_does_not_count(self) -> None:
        owner, second = owner_of(), None
        second = make_membership(owner.organization, "owner")
        people.end_membership(owner, second)
        with pytest.raises(people.Refused):
            people.change_role(owner, owner, "manager")

    def test_who_leaves_takes_the_tokens_along(self) -> None:
        owner = owner_of()
        member = make_membership(owner.organization, "analyst")
        token, _secret = people.issue_token(member, "warehouse", 30)
        people.end_membership(owner, member)
        token.refresh_from_db()
        assert token.revoked_at is not None


class TestInvitations:
    def test_a_link_makes_one_member_once(self) -> None:
        owner, guest = owner_of(), make_user("guest@example.com")
        invitation, secret = people.invite(owner, " Guest@Example.com ", "analyst")
        assert people.invitation_by(secret) == invitation
        membership = people.accept(invitation, guest)
        assert (membership.organization, membership.role) == (owner.organization, "analyst")
        with pytest.raises(people.Refused):
            people.accept(invitation, guest)
        assert people.state_of(people.invitation_by(secret)) == "used"

    def test_the_secret_is_not_kept(self) -> None:
        invitation, secret = people.invite(owner_of(), "guest@example.com", "viewer")
        assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values())

    def test_a_new_link_replaces_the_old_one(self) -> None:
        owner = owner_of()
        first, _secret = people.invite(owner, "guest@example.com", "viewer")
        second, _secret = people.invite(owner, "guest@example.com", "manager")
        first.refresh_from_db()
        assert (people.state_of(first), people.state_of(second)) == ("revoked", "open")

    @pytest.mark.parametrize("state", ["revoked", "expired"])
    def test_a_closed_link_is_refused(self, state: str) -> None:
        owner, guest = owner_of(), make_user("guest@example.com")
        invitation, _secret = people.invite(owner, guest.email, "viewer")
        if state == "revoked":
            people.revoke_invitation(owner, invitation)
        else:
            Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
        invitation.refresh_from_db()
        assert people.state_of(invitation) == state
        with pytest.raises(people.Refused):
            people.accept(invitation, guest)
        assert not Membership.objects.filter(user=guest).exists()

    def test_somebody_elses_link_is_refused(self) -> None:
        invitation, _secret = people.invite(owner_of(), "guest@example.com", "viewer")
        with pytest.raises(people.Refused, match="another"):
            people.accept(invitation, make_user("other@example.com"))

    def test_a_second_address_counts_once_it_is_confirmed(self) -> None:
        from allauth.account.models import EmailAddress

        invitation, _secret = people.invite(owner_of(), "guest@work.example", "viewer")
        guest = make_user("guest@home.example")
        address = EmailAddress.objects.create(user=guest, email="guest@work.example", verified=False)
        assert not people.is_for(invitation, guest)
        address.verified = True
        address.save()
        assert people.is_for(invitation, guest)

    def test_a_member_is_not_invited_again(self) -> None:
        owner = owner_of()
        with pytest.raises(people.Refused, match="member already"):
            people.invite(owner, owner.user.email.upper(), "viewer")


class TestTokens:
    def test_a_name_is_taken_until_its_token_is_revoked(self) -> None:
        owner = owner_of()
        token, secret = people.issue_token(owner, "warehouse", None)
        assert secret.startswith(ApiToken.PREFIX)
        assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())
        with pytest.raises(people.Refused):
            people.issue_token(owner, "warehouse", None)
        people.revoke_token(owner, token)
        people.issue_token(owner, "warehouse", None)


class TestSharing:
    def test_a_brand_sees_creators_while_the_grant_lasts_and_contacts_only_if_said_so(self) -> None:
        agency, brand = owner_of("agency"), make_membership()
        creator = make_creator(agency.organization)
        make_contact(creator)

        def seen() -> tuple[int, int]:
            act_for(brand.organization_id)
            creators, contacts = Creator.objects.visible_to(brand), Contact.objects.visible_to(brand)
            found = creators.count(), contacts.count()
            # The database says the same without the querysets' help.
            assert found == (Creator.objects.count(), Contact.objects.count())
            act_for(agency.organization_id)
            return found

        assert seen() == (0, 0)
        now = timezone.now() - timedelta(seconds=1)
        grant = people.share(agency, brand.organization.slug, starts_at=now, ends_at=None, includes_contacts=False)
        # The database's now() is the transaction's start, which lies before this test's first line.
        SharingGrant.objects.filter(pk=grant.pk).update(starts_at=now - timedelta(hours=1))
        assert seen() == (1, 0)
        grant.refresh_from_db()
        SharingGrant.objects.filter(pk=grant.pk).update(includes_contacts=True)
        assert seen() == (1, 1)
        SharingGrant.objects.filter(pk=grant.pk).update(ends_at=now - timedelta(minutes=30))
        assert seen() == (0, 0)

    def test_ending_is_now(self) -> None:
        agency = owner_of("agency")
        grant = make_grant(agency.organization, make_organization("brand"))
        act_for(agency.organization_id)
        people.end_sharing(agency, grant)
        grant.refresh_from_db()
        assert grant.is_over and not grant.is_active

    def test_one_that_has_not_begun_can_be_ended(self) -> None:
        agency = owner_of("agency")
        grant = make_grant(
            agency.organization, make_organization("brand"), starts_at=timezone.now() + timedelta(days=3)
        )
        act_for(agency.organization_id)
        people.end_sharing(agency, grant)
        grant.refresh_from_db()
        assert grant.is_over

    def test_an_agency_is_no_brand_and_one_grant_is_enough(self) -> None:
        agency, brand = owner_of("agency"), make_organization("brand")
        other = make_organization("agency")
        act_for(agency.organization_id)
        now = timezone.now()
        with pytest.raises(people.Refused, match="no brand"):
            people.share(agency, other.slug, starts_at=now, ends_at=None, includes_contacts=False)
        people.share(agency, brand.slug, starts_at=now, ends_at=now + timedelta(days=2), includes_contacts=False)
        with pytest.raises(people.Refused, match="already"):
            people.share(agency, brand.slug, starts_at=now, ends_at=None, includes_contacts=False)
        later = now + timedelta(days=3)
        people.share(agency, brand.slug, starts_at=later, ends_at=None, includes_contacts=True)


class TestAuditTrail:
    def events(self) -> list[AuditEvent]:
        owner = owner_of()
        people.invite(owner, "a@example.com", "viewer")
        people.issue_token(owner, "warehouse", 30)
        return list(AuditEvent.objects.filter(organization=owner.organization_id).order_by("id"))

    def test_a_trail_as_written_is_whole(self) -> None:
        events = self.events()
        check = people.check_chain(events)
        assert check.is_whole and check.checked == len(events) == 3

    def test_every_change_is_found_where_it_is(self) -> None:
        for position in range(3):
            for name, value in (("verb", "nothing"), ("data", {"email": "b@example.com"}), ("actor_id", None)):
                events = list(AuditEvent.objects.order_by("id")) or self.events()
                setattr(events[position], name, value)
                assert people.check_chain(events).broken_at == events[position].pk

    def test_a_missing_event_is_found(self) -> None:
        events = self.events()
        assert people.check_chain(events[:1] + events[2:]).broken_at == events[2].pk
        assert people.check_chain(events[1:]).broken_at == events[1].pk
