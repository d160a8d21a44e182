"""Hostile visitors at the doors: sessions, log-in, redirects, mails, invitations."""

import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from kolhub import people
from kolhub.models import ApiToken, Membership, User
from kolhub.tenancy import act_for
from tests.factories import PASSWORD, make_membership, make_user

pytestmark = pytest.mark.django_db
LOGIN, SIGNUP, RESET = "/account/login/", "/account/signup/", "/account/password/reset/"
ELSEWHERE = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https:evil.example", "http:///evil.example", "https://testserver@evil.example/", "javascript:alert(1)", " https://evil.example",
    "/%09/evil.example", "\t//evil.example", "data:text/html,x", "https://testserver.evil.example/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_and_quiet() -> Iterator[None]:
    cache.clear()
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def member() -> Membership:
    return make_membership(user=make_user("li@example.com", password=PASSWORD, name="Li"))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do at once what waits for the commit, which a test's transaction never reaches."""
    monkeypatch.setattr(transaction, "on_commit", lambda send, **_how: send())


def enter(client: Client, **data: str) -> Any:
    return client.post(LOGIN, {"login": "li@example.com", "password": PASSWORD, **data})


def plain(response: Any) -> str:
    """Return a page without what differs from answer to answer by chance."""
    body = re.sub(r'value="[A-Za-z0-9]{64}"', "", response.content.decode())
    return re.sub(r"\s+", " ", body)


# ---- sessions ----


def test_logging_in_changes_the_session_and_logging_out_ends_it(member: Membership) -> None:
    """A session that somebody planted before the log-in is not the one after it; an old cookie opens nothing."""
    client, page = Client(), f"/o/{member.organization.slug}/"
    _invitation, secret = people.invite(member, "li2@example.com", "viewer")
    client.get(f"/join/{secret}/")  # gives a visitor a session
    planted = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert enter(client).status_code == 302
    real = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert real != planted
    assert client.get(page).status_code == 200
    client.post("/account/logout/")
    for stale in (planted, real):
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = stale
        assert thief.get(page).status_code == 302


def test_a_new_password_ends_the_sessions_elsewhere(member: Membership) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        enter(client)
    new = "another-long-password-26"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/change/", given).status_code == 302
    page = f"/o/{member.organization.slug}/"
    assert (here.get(page).status_code, there.get(page).status_code) == (200, 302)


def test_who_is_switched_off_or_removed_is_out_at_the_next_request(member: Membership) -> None:
    """Page, API by session and API by token alike."""
    _token, secret = ApiToken.issue(member, "robot")
    slug = member.organization.slug
    client, robot = Client(), Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    enter(client)
    api = f"/api/v1/o/{slug}/members/"
    assert [client.get(f"/o/{slug}/").status_code, client.get(api).status_code, robot.get(api).status_code] == [200] * 3
    owner = Membership.objects.create(organization=member.organization, user=make_user(), role="owner")
    act_for(member.organization_id)
    people.end_membership(owner, member)
    assert [client.get(f"/o/{slug}/").status_code, client.get(api).status_code] == [404, 404]
    assert robot.get(api).status_code == 401
    User.objects.filter(pk=member.user_id).update(is_active=False)
    assert client.get("/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(member: Membership) -> None:
    client = Client()
    enter(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert client.get(LOGIN).cookies.get("csrftoken", {"samesite": "Lax"})["samesite"] == "Lax"


# ---- where one is sent ----


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere(member: Membership, target: str) -> None:
    """`next` leads within the site or nowhere: after log-in, sign-up, log-out, a language switch, an invitation."""
    client = Client()
    answers = [enter(client, next=target)]
    assert answers[0].status_code == 302
    answers += [
        client.get(LOGIN, {"next": target}),
        client.post("/language/", {"language": "en", "next": target}),
        client.post("/language/", {"language": "en"}, HTTP_REFERER=target),
        client.post("/account/logout/", {"next": target}),
        Client().post(SIGNUP, {"email": "new@example.com", "password1": PASSWORD, "next": target}),
    ]
    for response in answers:
        place = response.headers.get("Location", "/")
        # As a browser resolves it: a backslash is a slash there, white space in front is none.
        there = urlsplit(urljoin("http://testserver/here/", place.strip().replace("\\", "/")))
        assert (there.scheme, there.netloc) == ("http", "testserver"), place


def test_the_site_answers_to_its_own_names_only(member: Membership) -> None:
    client = Client()
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400
    response = client.get(LOGIN, HTTP_X_FORWARDED_HOST="evil.example", HTTP_FORWARDED="host=evil.example")
    assert response.status_code == 200 and "evil.example" not in response.content.decode()


def test_links_in_mails_begin_with_the_configured_address(member: Membership, at_once: None) -> None:
    """Whatever the request says its host is: password reset, invitation, confirmation of an address."""
    client = Client(HTTP_HOST="localhost:6666", HTTP_X_FORWARDED_HOST="evil.example")
    client.post(RESET, {"email": "li@example.com"})
    enter(client)
    client.post("/account/email/", {"action_add": "", "email": "li3@example.com"})
    invitation = {"email": "friend@example.com", "role": "viewer"}
    client.post(f"/o/{member.organization.slug}/invitations/new/", invitation)
    assert len(mail.outbox) >= 3
    for message in mail.outbox:
        links = re.findall(r"https?://\S+", str(message.body))
        assert links, message.body
        assert all(link.startswith(settings.BASE_URL + "/") for link in links), links


# ---- who is here ----


def test_a_wrong_password_and_an_unknown_address_look_alike(member: Membership) -> None:
    answers = [
        Client().post(LOGIN, {"login": address, "password": "wrong-password-1"})
        for address in ("li@example.com", "no@example.com")
    ]
    said = [plain(answer).replace("li@example.com", "…").replace("no@example.com", "…") for answer in answers]
    assert said[0] == said[1] and answers[0].status_code == answers[1].status_code


def test_asking_for_a_new_password_says_nothing_about_the_address(member: Membership) -> None:
    answers = [
        Client().post(RESET, {"email": address}, follow=True) for address in ("li@example.com", "no@example.com")
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert plain(answers[0]) == plain(answers[1])


def test_guessing_is_slowed_down(member: Membership) -> None:
    """After a handful of wrong passwords the right one is not tried either, for a while."""
    client = Client()
    for _try in range(6):
        client.post(LOGIN, {"login": "li@example.com", "password": "wrong-password-1"})
    response = enter(client)
    assert response.status_code in {200, 422, 429} and not response.wsgi_request.user.is_authenticated


def test_signing_up_with_a_known_address_makes_no_second_account_and_no_log_in(member: Membership) -> None:
    client = Client()
    client.post(SIGNUP, {"email": "LI@example.com", "password1": "some-other-password-9"})
    assert User.objects.filter(email__iexact="li@example.com").count() == 1
    assert client.get(f"/o/{member.organization.slug}/").status_code == 302
    assert not Client().login(username="li@example.com", password="some-other-password-9")


# ---- invitations ----


def test_an_invitation_gives_what_it_says_and_not_what_the_form_says(member: Membership) -> None:
    _invitation, secret = people.invite(member, "guest@example.com", "viewer")
    guest = Client()
    guest.force_login(make_user("guest@example.com"))
    guest.post(f"/join/{secret}/", {"role": "owner", "organization": "1", "user": member.user_id})
    assert Membership.objects.get(user__email="guest@example.com").role == "viewer"
    owner = Client()
    owner.force_login(member.user)
    for role in ("superuser", "Owner", "", "owner\x00"):
        response = owner.post(
            f"/o/{member.organization.slug}/invitations/new/", {"email": "other@example.com", "role": role}
        )
        assert response.status_code == 422, role


def test_a_mail_address_cannot_add_recipients_or_headers(member: Membership, at_once: None) -> None:
    owner = Client()
    owner.force_login(member.user)
    for address in (
        "a@example.com\nBcc: b@example.com",
        "a@example.com,b@example.com",
        "<a@example.com>",
        "a b@example.com",
    ):
        given = {"email": address, "role": "viewer"}
        response = owner.post(f"/o/{member.organization.slug}/invitations/new/", given)
        assert response.status_code == 422, address
    assert not mail.outbox


# ---- nothing else is here ----


NOT_HERE = (
    "/__debug__/", "/admin/", "/.git/config", "/.env", "/metrics", "/media/", "/manage.py", "/server-status",
    "/static/../kolhub/settings.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%5c..%5cetc/passwd",
    "/t/x.gif", "/go/x", "/hooks/shopify/x", "/s2s/conversions",
)  # fmt: skip


@pytest.mark.parametrize("path", NOT_HERE)
def test_there_is_nothing_beside_the_pages(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_fault_is_shown_to_nobody(member: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a view fails, the page says that something went wrong, and nothing of what."""
    from kolhub.views import home

    monkeypatch.setattr(home.Creator.objects.__class__, "visible_to", lambda *_a: 1 / 0, raising=False)
    client = Client(raise_request_exception=False)
    client.force_login(member.user)
    response = client.get(f"/o/{member.organization.slug}/")
    assert response.status_code == 500
    for inside in ("ZeroDivisionError", "Traceback", "site-packages", "views/home.py", settings.SECRET_KEY):
        assert inside not in response.content.decode()
    assert settings.DEBUG is False
