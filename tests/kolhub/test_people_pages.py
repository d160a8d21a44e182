"""The people pages as a person uses them: log in, found, invite, join, tokens, sharing, languages."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, TestCase
from django.utils import timezone

from kolhub.models import ApiToken, AuditEvent, Invitation, Membership, Organization, SharingGrant, User
from kolhub.tenancy import act_for
from tests.factories import PASSWORD, make_creator, make_membership, make_organization, make_user

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    """Rate limits live in the process's cache, which no rollback empties."""
    cache.clear()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def committing() -> Any:
    """Do at the end of the block what waits for its transaction's commit."""
    return TestCase.captureOnCommitCallbacks(execute=True)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


class TestHome:
    def test_a_visitor_is_asked_to_log_in(self, client: Client) -> None:
        assert client.get("/").url == "/account/login/?next=/"

    def test_logging_in_by_email_leads_to_the_only_organization(self, client: Client) -> None:
        member = make_membership(user=make_user("li@example.com", password=PASSWORD))
        response = client.post("/account/login/", {"login": "Li@example.com", "password": PASSWORD}, follow=True)
        assert response.redirect_chain[-1][0] == f"/o/{member.organization.slug}/"

    def test_of_several_organizations_one_chooses(self) -> None:
        user = make_user()
        names = [make_membership(user=user).organization.name for _n in range(2)]
        page = text(logged_in(user).get("/"))
        assert all(name in page for name in names)

    def test_who_has_none_founds_one(self) -> None:
        client = logged_in(make_user())
        assert "/organizations/new/" in text(client.get("/"))
        given = {"kind": "agency", "name": "星河", "slug": "xinghe", "currency": "CNY", "timezone": "Asia/Shanghai"}
        response = client.post("/organizations/new/", given)
        assert response.url == "/o/xinghe/"
        assert Organization.objects.get(slug="xinghe").memberships.get().role == "owner"
        assert client.get("/o/xinghe/").status_code == 200

    @pytest.mark.parametrize(
        ("slug", "said"), [("", "Choose a short name"), ("glow", "taken"), ("Ab_c", "small letters"), ("a b", "small")]
    )
    def test_a_bad_short_name_is_explained_and_nothing_is_founded(self, slug: str, said: str) -> None:
        make_organization(slug="glow")
        given = {"kind": "brand", "name": "光彩", "slug": slug, "currency": "CNY", "timezone": "UTC"}
        response = logged_in(make_user()).post("/organizations/new/", given)
        assert response.status_code == 422 and said in text(response)
        assert Organization.objects.count() == 1

    def test_two_tabs_never_mix(self) -> None:
        user = make_user()
        first, second = (make_membership(user=user).organization for _n in range(2))
        make_creator(first, name="Only in the first")
        client = logged_in(user)
        one, two = client.get(f"/o/{first.slug}/"), client.get(f"/o/{second.slug}/")
        assert (one.context["own_creators"], two.context["own_creators"]) == (1, 0)


class TestMembers:
    def test_an_owner_changes_a_role(self) -> None:
        owner = make_membership()
        other = make_membership(owner.organization, "viewer")
        at = f"/o/{owner.organization.slug}/members/{other.pk}"
        logged_in(owner.user).post(f"{at}/role/", {"role": "analyst"})
        other.refresh_from_db()
        assert other.role == "analyst"
        response = logged_in(owner.user).post(f"{at}/role/", {"role": "emperor"}, follow=True)
        assert "no such role" in text(response)

    def test_the_last_owner_is_told_why_not(self) -> None:
        owner = make_membership()
        at = f"/o/{owner.organization.slug}"
        for address, data in ((f"{at}/members/{owner.pk}/role/", {"role": "viewer"}), (f"{at}/leave/", {})):
            assert "last owner" in text(logged_in(owner.user).post(address, data, follow=True))
        owner.refresh_from_db()
        assert (owner.role, owner.ended_at) == ("owner", None)

    def test_who_was_removed_is_an_outsider_at_once(self) -> None:
        owner = make_membership()
        other = make_membership(owner.organization, "manager")
        client, at = logged_in(other.user), f"/o/{owner.organization.slug}/"
        assert client.get(at).status_code == 200
        logged_in(owner.user).post(f"{at}members/{other.pk}/end/")
        assert client.get(at).status_code == 404

    def test_somebody_elses_member_cannot_be_named(self) -> None:
        owner, stranger = make_membership(), make_membership()
        address = f"/o/{owner.organization.slug}/members/{stranger.pk}/end/"
        assert logged_in(owner.user).post(address).status_code == 404
        stranger.refresh_from_db()
        assert stranger.ended_at is None


class TestInvitation:
    def invite(self, owner: Membership, email: str, role: str = "analyst") -> str:
        """Invite through the page and return the link's path, the same on the page and in the e-mail."""
        sent = len(mail.outbox)
        with committing() as waiting:
            response = logged_in(owner.user).post(
                f"/o/{owner.organization.slug}/invitations/new/", {"email": email, "role": role}
            )
            assert len(mail.outbox) == sent, "no mail server is waited for while locks are held"
        assert waiting
        assert "no-store" in response["Cache-Control"]
        (path,) = set(re.findall(rf"{BASE}(/join/[\w-]+/)", text(response)))
        assert BASE + path in mail.outbox[-1].body and mail.outbox[-1].to == [email]
        return str(path)

    def test_a_newcomer_signs_up_and_joins(self, settings: Any) -> None:
        settings.SIGNUP_OPEN = False
        owner, client = make_membership(), Client()
        assert "closed" in text(client.get("/account/signup/")).lower()
        path = self.invite(owner, "new@example.com")
        assert "Create an account" in text(client.get(path))
        query = urlencode({"next": path, "email": "new@example.com"})
        page = client.get(f"/account/signup/?{query}")
        assert 'value="new@example.com"' in text(page)
        given = {"email": "new@example.com", "password1": PASSWORD, "next": path}
        assert client.post("/account/signup/", given).url == path
        assert "Join" in text(client.get(path))
        assert client.post(path).url == f"/o/{owner.organization.slug}/"
        member = Membership.objects.get(user__email="new@example.com")
        assert (member.organization_id, member.role) == (owner.organization_id, "analyst")

    def test_somebody_known_logs_in_and_joins(self) -> None:
        owner, guest = make_membership(), make_user("guest@example.com", password=PASSWORD)
        path, client = self.invite(owner, guest.email), Client()
        client.get(path)
        response = client.post("/account/login/", {"login": guest.email, "password": PASSWORD, "next": path})
        assert response.url == path
        assert not Membership.objects.filter(user=guest).exists(), "following a link changes nothing"
        client.post(path)
        assert Membership.objects.filter(user=guest, organization=owner.organization).exists()

    def test_used_revoked_expired_unknown(self) -> None:
        owner, guest = make_membership(), make_user("guest@example.com")
        path = self.invite(owner, guest.email)
        logged_in(guest).post(path)
        assert logged_in(guest).get(path).url == f"/o/{owner.organization.slug}/"
        for client in (Client(), logged_in(make_user())):
            assert client.get(path).status_code == 410 and "used already" in text(client.get(path))
            assert client.post(path).status_code == 410
        path = self.invite(owner, "b@example.com")
        Invitation.objects.filter(email="b@example.com").update(expires_at=timezone.now())
        assert "seven days are over" in text(Client().get(path))
        path = self.invite(owner, "c@example.com")
        pk = Invitation.objects.get(email="c@example.com").pk
        logged_in(owner.user).post(f"/o/{owner.organization.slug}/invitations/{pk}/revoke/")
        assert "revoked" in text(Client().get(path))
        assert Client().get("/join/nonsense/").status_code == 404
        assert Membership.objects.filter(organization=owner.organization).count() == 2

    def test_the_wrong_person_is_told_whose_it_is(self) -> None:
        path = self.invite(make_membership(), "guest@example.com")
        client = logged_in(make_user("other@example.com"))
        for response in (client.get(path), client.post(path)):
            assert response.status_code == 403 and "guest@example.com" in text(response)
        assert not Membership.objects.filter(user__email="other@example.com").exists()

    def test_an_expired_invitation_opens_no_closed_sign_up(self, settings: Any) -> None:
        settings.SIGNUP_OPEN = False
        client = Client()
        client.get(self.invite(make_membership(), "new@example.com"))
        assert 'name="email"' in text(client.get("/account/signup/"))
        Invitation.objects.update(expires_at=timezone.now())
        assert 'name="email"' not in text(client.get("/account/signup/"))
        client.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD})
        assert not User.objects.filter(email="new@example.com").exists()

    def test_a_dead_mail_server_does_not_lose_the_link(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        owner = make_membership()
        with committing():
            response = logged_in(owner.user).post(
                f"/o/{owner.organization.slug}/invitations/new/", {"email": "a@example.com", "role": "viewer"}
            )
        assert "could not be sent" in text(response) and f"{BASE}/join/" in text(response)


class TestMailsTrustNoHost:
    def test_the_links_begin_with_the_configured_address(self, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["*"]
        user = make_user("li@example.com", password=PASSWORD)
        evil = Client(HTTP_HOST="evil.example")
        owner = make_membership()
        with committing():
            evil.post("/account/password/reset/", {"email": user.email})
            evil.post("/account/password/reset/", {"email": "nobody@example.com"})
            evil.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD})
            evil.force_login(owner.user)
            evil.post(f"/o/{owner.organization.slug}/invitations/new/", {"email": "a@example.com", "role": "viewer"})
            assert not mail.outbox
        assert len(mail.outbox) == 4
        for message in mail.outbox:
            assert "evil.example" not in message.subject + message.body
            assert f"{BASE}/" in message.body, message.body

    def test_the_password_reset_link_works(self) -> None:
        user = make_user("li@example.com", password=PASSWORD)
        client = Client()
        with committing():
            client.post("/account/password/reset/", {"email": user.email})
        (path,) = re.findall(rf"{BASE}(/account/password/reset/key/\S+)", mail.outbox[0].body)
        form = client.get(path, follow=True)
        client.post(
            form.redirect_chain[-1][0], {"password1": "another-horse-battery", "password2": "another-horse-battery"}
        )
        user.refresh_from_db()
        assert user.check_password("another-horse-battery")


class TestTokens:
    def make(self, member: Membership, **given: str) -> str:
        data = {"name": "warehouse", "days": "30", **given}
        page = logged_in(member.user).post(f"/o/{member.organization.slug}/tokens/", data)
        (secret,) = set(re.findall(r"khb_[\w-]{20,}", text(page)))
        return str(secret)

    def test_a_token_opens_its_organization_and_no_other(self) -> None:
        user = make_user()
        member, other = make_membership(user=user), make_membership(user=user)
        header = {"HTTP_AUTHORIZATION": f"Bearer {self.make(member)}"}
        client = Client()
        me = client.get("/api/v1/me/", **header).json()
        assert [found["slug"] for found in me["organizations"]] == [member.organization.slug]
        assert client.get(f"/api/v1/o/{member.organization.slug}/members/", **header).json()["count"] == 1
        assert client.get(f"/api/v1/o/{other.organization.slug}/members/", **header).status_code == 404

    def test_it_is_shown_once(self) -> None:
        member = make_membership()
        secret = self.make(member)
        assert secret not in text(logged_in(member.user).get(f"/o/{member.organization.slug}/tokens/"))

    def test_revoked_expired_or_of_somebody_who_left_it_opens_nothing(self) -> None:
        owner = make_membership()
        member = make_membership(owner.organization, "viewer")
        address = f"/o/{owner.organization.slug}/tokens/"

        def status(secret: str) -> int:
            return int(Client().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code)

        secret = self.make(member)
        assert status(secret) == 200
        logged_in(member.user).post(f"{address}{ApiToken.objects.get().pk}/revoke/")
        assert status(secret) == 401
        secret = self.make(member)
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert status(secret) == 401
        secret = self.make(member, name="another")
        logged_in(owner.user).post(f"/o/{owner.organization.slug}/members/{member.pk}/end/")
        assert status(secret) == 401

    def test_members_see_and_revoke_only_their_own_and_owners_all(self) -> None:
        owner = make_membership()
        member = make_membership(owner.organization, "manager")
        address = f"/o/{owner.organization.slug}/tokens/"
        self.make(owner, name="the owner's")
        self.make(member, name="the manager's")
        assert "the owner&#x27;s" not in text(logged_in(member.user).get(address))
        assert "the manager&#x27;s" in text(logged_in(owner.user).get(address))
        pk = ApiToken.objects.get(name="the owner's").pk
        assert logged_in(member.user).post(f"{address}{pk}/revoke/").status_code == 404


class TestSharing:
    def test_an_agency_shares_and_the_brand_sees_what_it_gets(self) -> None:
        agency, brand = make_membership(kind="agency"), make_membership()
        make_creator(agency.organization)
        address = f"/o/{agency.organization.slug}/sharing/"
        client = logged_in(agency.user)
        client.post(address, {"brand": brand.organization.slug, "starts_at": "", "ends_at": ""})
        grant = SharingGrant.objects.get()
        page = text(logged_in(brand.user).get(f"/o/{brand.organization.slug}/shared-with-us/"))
        assert agency.organization.name in page and "not shared" in page and "running" in page
        act_for(agency.organization_id)
        client.post(f"{address}{grant.pk}/end/")
        grant.refresh_from_db()
        assert grant.is_over

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"brand": "nobody"}, "no brand"),
            ({"ends_at": "2020-01-01T00:00"}, "later than"),
            ({"starts_at": "soon"}, "valid date"),
        ],
    )
    def test_bad_input_is_explained(self, given: dict[str, str], said: str) -> None:
        agency, brand = make_membership(kind="agency"), make_organization("brand")
        response = logged_in(agency.user).post(
            f"/o/{agency.organization.slug}/sharing/", {"brand": brand.slug, "starts_at": "", "ends_at": "", **given}
        )
        assert response.status_code == 422 and said in text(response)
        assert not SharingGrant.objects.exists()

    def test_times_are_the_organizations_own(self) -> None:
        organization = make_organization("agency", timezone="Asia/Shanghai")
        agency, brand = make_membership(organization), make_organization("brand")
        given = {"brand": brand.slug, "starts_at": "2030-01-01T08:00", "ends_at": "2030-01-02T08:00"}
        logged_in(agency.user).post(f"/o/{organization.slug}/sharing/", given)
        act_for(organization.pk)
        assert SharingGrant.objects.get().starts_at.isoformat() == "2030-01-01T00:00:00+00:00"


class TestAuditPage:
    def test_it_tells_who_did_what_and_checks_the_chain(self) -> None:
        owner = make_membership()
        client, at = logged_in(owner.user), f"/o/{owner.organization.slug}"
        client.post(f"{at}/settings/", {"name": "Renamed", "currency": "EUR", "timezone": "Europe/Paris"})
        page = text(client.get(f"{at}/audit/?check=yes"))
        assert "organization.changed" in page and "Renamed" in page and "as it was written" in page

    def test_a_refused_change_leaves_no_trace(self) -> None:
        owner = make_membership()
        response = logged_in(owner.user).post(f"/o/{owner.organization.slug}/settings/", {"name": ""})
        owner.organization.refresh_from_db()
        assert response.status_code == 422 and owner.organization.name
        act_for(owner.organization_id)
        assert not AuditEvent.objects.exists()


class TestLanguage:
    def test_the_switch_goes_back_to_the_page_and_follows_the_user(self) -> None:
        user = make_user()
        response = logged_in(user).post("/language/", {"language": "zh-hans", "next": "/account/profile/"})
        assert response.url == "/account/profile/" and response.cookies["django_language"].value == "zh-hans"
        elsewhere = Client(HTTP_ACCEPT_LANGUAGE="en")
        elsewhere.force_login(User.objects.get(pk=user.pk))
        assert '<html lang="zh-hans">' in text(elsewhere.get("/account/profile/"))

    def test_a_foreign_address_is_not_followed(self, client: Client) -> None:
        assert client.post("/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"

    def test_a_visitor_gets_what_the_browser_asks_for(self) -> None:
        assert '<html lang="zh-hans">' in text(Client(HTTP_ACCEPT_LANGUAGE="zh-CN").get("/account/login/"))


class TestAccountPages:
    @pytest.mark.parametrize("path", ["email/", "password/change/", "2fa/", "profile/", "logout/"])
    def test_they_are_ours_in_looks(self, path: str) -> None:
        page = text(logged_in(make_user("li@example.com", password=PASSWORD)).get(f"/account/{path}"))
        assert "navbar-vertical" in page and "style=" not in page and "<style" not in page

    def test_turning_mfa_on_asks_for_the_password_again(self) -> None:
        client = logged_in(make_user("li@example.com", password=PASSWORD))
        response = client.get("/account/2fa/totp/activate/")
        assert response.status_code == 302 and response.url.startswith("/account/reauthenticate/")
        response = client.post(response.url, {"password": PASSWORD}, follow=True)
        assert 'id="authenticator_secret"' in text(response)
