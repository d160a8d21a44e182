"""Walk every address as everybody: visitor, outsider, and each role of each kind of organization.

The list of addresses is the URL configuration itself, so a new page or endpoint is walked from the day it exists. What
a `<int:pk>` stands for is told by NOUNS, from the word before it in the path; other parts of a path by PARTS.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from kolhub.access import refusal
from kolhub.models import Membership, Organization, Role
from kolhub.rest.views import InOrganization
from tests.factories import make_membership
from tests.walk_world import Things, make_things

# ---- what the addresses are ----


@dataclass(frozen=True)
class Route:
    """One address of the URL configuration: its pattern as text, and the view behind it."""

    name: str
    pattern: str
    view: Any
    names: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def has_organization(self) -> bool:
        return "organization" in self.names

    def is_for(self, kind: str) -> bool:
        """Say whether organizations of this kind have this page at all."""
        return getattr(self.guarded, "kind", None) in {None, kind}

    @property
    def guarded(self) -> Any:
        """What carries the verb: the view function, or the class behind it."""
        return getattr(self.view, "cls", self.view)

    def address(self, organization: Organization | None, values: dict[str, Any]) -> str:
        """Fill the pattern in."""
        filled = self.pattern
        for part in self.names:
            value = organization.slug if part == "organization" and organization else values[part]
            filled = re.sub(rf"<(?:\w+:)?{part}>", str(value), filled)
        return f"/{filled}"


def _plain(pattern: str) -> str:
    """Write a regular expression's named groups like a path's parts, and drop its marks."""
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    return plain.replace("\\.", ".").replace("\\Z", "").strip("^$")


def walk(patterns: list[Any], before: str = "", space: str = "") -> Iterator[Route]:
    for entry in patterns:
        pattern = before + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry.url_patterns, pattern, inner)
        elif isinstance(entry, URLPattern):
            names = tuple(re.findall(r"<(?:\w+:)?(\w+)>", pattern))
            yield Route(f"{space}{entry.name}", pattern, entry.callback, names)


ROUTES = list(walk(get_resolver().url_patterns))
INSIDE = [route for route in ROUTES if route.has_organization]
OUTSIDE = [route for route in ROUTES if not route.has_organization]
SECTIONS = sorted({(route.name.split(":")[0], route.is_api) for route in INSIDE})

# ---- what their parts stand for ----

# The word before <int:pk> in the path → the record of the walked organization that it stands for.
NOUNS: dict[str, Callable[[Things], Any]] = {
    # people
    "members": lambda things: things.spare_member,
    "invitations": lambda things: things.invitation,
    "tokens": lambda things: things.token,
    "sharing": lambda things: things.grant,
    # catalog
    "creators": lambda things: things.creator,
    "profiles": lambda things: things.profile,
    "contacts": lambda things: things.contact,
    "rosters": lambda things: things.roster,
    "segments": lambda things: things.segment,
    "prices": lambda things: things.price,
    "credentials": lambda things: things.credential,
    # the work
    "brands": lambda things: things.brand,
    "products": lambda things: things.product,
    "briefs": lambda things: things.brief,
    "shortlists": lambda things: things.shortlist,
    "entries": lambda things: things.entry,
    "candidates": lambda things: things.entry,
    "campaigns": lambda things: things.campaign,
    "collaborations": lambda things: things.collaboration,
    "messages": lambda things: things.message,
    "templates": lambda things: things.template,
    "links": lambda things: things.link,
    "coupons": lambda things: things.coupon,
    "content": lambda things: things.deliverable,
    "deliverables": lambda things: things.deliverable,
    "reviews": lambda things: things.review,
    # the evidence
    "reports": lambda things: things.campaign,
    "orders": lambda things: things.order,
    "shops": lambda things: things.shop,
    "pixels": lambda things: things.pixel,
    "keys": lambda things: things.source,
    "source-keys": lambda things: things.source,
    "hits": lambda things: things.hit,
    "health": lambda things: things.dead_letter,
}
# Any other part of a path, by its name.
PARTS: dict[str, Callable[[Things], Any]] = {
    "form": lambda things: "csv",
    "kind": lambda things: "s2s",
    "version": lambda things: 1,
    "contact": lambda things: things.contact.pk,
    "shipment": lambda things: things.shipment.pk,
    "hold": lambda things: things.hold.pk,
}

# Those of them that name no record.
NO_IDS = {"form", "kind", "version"}

# Addresses outside of any organization that a visitor may open; all others ask to log in.
OPEN_TO_VISITORS = {
    "account_login",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_logout",  # says so and goes to the start page
    "join",
    "set_language",
    "schema",
    "api_docs",
}
# Answers that a member with the right may meet, whatever the page; the rest is a fault.
FINE = {200, 201, 202, 204, 301, 302, 400, 404, 405, 409, 410, 415, 422}
# Pages that refuse a member for a finer reason than its role's verbs, with the reason.
FINER: dict[str, str] = {
    "campaigns:capture": "who works on the campaign, or reviews: either verb will do",
}


def values_for(route: Route, things: Things) -> dict[str, Any]:
    """Return what the route's parts stand for, or fail with what to add here."""
    found: dict[str, Any] = {}
    for part in route.names:
        if part == "organization":
            continue
        if part == "pk":
            noun = re.split(r"<(?:\w+:)?pk>", route.pattern)[0].strip("/").split("/")[-1]
            if noun not in NOUNS:
                pytest.fail(
                    f"tests/test_access_walk.py does not know what <pk> is in {route.pattern} ({route.name}):"
                    f' add "{noun}" to NOUNS, and its record to tests/walk_world.py if it has none there.'
                )
            found[part] = NOUNS[noun](things).pk
        elif part in PARTS:
            found[part] = PARTS[part](things)
        else:
            pytest.fail(
                f"tests/test_access_walk.py does not know what <{part}> is in {route.pattern} ({route.name}):"
                f' add "{part}" to PARTS.'
            )
    return found


# ---- who walks ----


@dataclass
class Walk:
    """Everybody who walks, each logged in once, and what was wrong."""

    things: dict[str, Things]
    outsiders: dict[str, Membership]
    clients: dict[int, Client] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def ask(self, user: Any, method: str, address: str) -> tuple[int, str]:
        """Ask, undo whatever was done, and return the status, with the exception where the view raised one."""
        key = user.pk if user is not None else 0
        if key not in self.clients:
            self.clients[key] = Client(raise_request_exception=False)
            if user is not None:
                self.clients[key].force_login(user)
        client = self.clients[key]
        cookies = client.cookies.copy()
        with transaction.atomic():
            response = getattr(client, method.lower())(address)
            transaction.set_rollback(True)
        # Who logged out in there is logged in again, like the session's row.
        client.cookies = cookies
        raised = getattr(response, "exc_info", None)
        return int(response.status_code), f" ({raised[1]!r})" if raised else ""

    def expect(self, who: str, user: Any, method: str, route: Route, address: str, wanted: set[int]) -> None:
        status, why = self.ask(user, method, address)
        if status not in wanted:
            fault = f"{method} {route.pattern} ({route.name}) answers {status}{why}, not one of {sorted(wanted)}"
            self.faults.setdefault(fault, []).append(who)

    def report(self) -> None:
        """Fail with all that was wrong."""
        if self.faults:
            lines = (f"{fault}: to {', '.join(who)}" for fault, who in self.faults.items())
            pytest.fail("\n".join(lines), pytrace=False)


@pytest.fixture
def walk_(db: None) -> Iterator[Walk]:
    logging.disable(logging.CRITICAL)
    things = make_things()
    outsiders = {kind: make_membership(kind=kind) for kind in ("brand", "agency")}
    # From here on every request must find its organization by itself.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT set_config('kolhub.organization', '', true)")
    yield Walk(things, outsiders)
    logging.disable(logging.NOTSET)


METHODS = ("GET", "POST")


def test_there_is_something_to_walk() -> None:
    names = {route.name for route in ROUTES}
    assert {"kolhub:dashboard", "kolhub:api-member-list", "account_login", "home"} <= names
    assert all(route.name and "None" not in route.name for route in INSIDE), "give every route a name"


def test_every_view_of_an_organization_names_its_verb() -> None:
    for route in INSIDE:
        if hasattr(route.view, "cls"):
            assert issubclass(route.view.cls, InOrganization), f"{route.name} must be an InOrganization view"
        else:
            assert hasattr(route.view, "verb"), f"{route.name} needs @allows(…): without it nobody gets in"


@pytest.mark.parametrize(("section", "is_api"), SECTIONS)
def test_strangers_find_nothing(walk_: Walk, section: str, is_api: bool) -> None:
    """Visitors are asked to log in (or get 401); members of other organizations get 404, in ours and in their own."""
    for route in (r for r in INSIDE if r.name.split(":")[0] == section and r.is_api == is_api):
        for kind, things in walk_.things.items():
            if not route.is_for(kind):
                continue
            values = values_for(route, things)
            address = route.address(things.organization, values)
            peer, other = walk_.outsiders[kind], walk_.outsiders["agency" if kind == "brand" else "brand"]
            walk_.expect(f"owner of another {other.organization.kind}", other.user, "GET", route, address, {404})
            for method in METHODS:
                walk_.expect("visitor", None, method, route, address, {401} if is_api else {302})
                walk_.expect(f"owner of another {kind}", peer.user, method, route, address, {404})
                if set(values) - NO_IDS:
                    own = route.address(peer.organization, values)
                    walk_.expect(f"owner of another {kind}, foreign id", peer.user, method, route, own, {404, 405})
    walk_.report()


@pytest.mark.parametrize("kind", ["brand", "agency"])
@pytest.mark.parametrize(("section", "is_api"), SECTIONS)
def test_each_role_gets_what_its_verbs_say(walk_: Walk, section: str, is_api: bool, kind: str) -> None:
    """Without the verb 403, in the wrong kind of organization 404, otherwise an answer and never a fault."""
    things = walk_.things[kind]
    for route in (r for r in INSIDE if r.name.split(":")[0] == section and r.is_api == is_api):
        address = route.address(things.organization, values_for(route, things))
        if not route.is_for(kind):
            walk_.expect(f"owner of the {kind}", things.members[0].user, "GET", route, address, {404})
            continue
        for method in METHODS:
            may = [member for member in things.members if refusal(route.guarded, member, method) is None]
            # Who may: the first and the last role that may read, the first that may write. Who may not: everybody.
            walkers = [*may[:1], *may[1:][-1:]] if method == "GET" else may[:1]
            for member in walkers:
                fine = FINE | {403} if route.name in FINER else FINE
                walk_.expect(f"{member.role} of the {kind}", member.user, method, route, address, fine)
            for member in things.members:
                if member not in may:
                    # DRF says "no such method" before it asks for the role.
                    wanted = {403, 405} if is_api else {403}
                    walk_.expect(f"{member.role} of the {kind}", member.user, method, route, address, wanted)
    walk_.report()


def test_outside_of_organizations_only_the_named_addresses_are_open(walk_: Walk) -> None:
    values = {"secret": "nobody", "key": "nobody", "uidb36": "1", "pk": 1}
    for route in OUTSIDE:
        missing = [part for part in route.names if part not in values]
        assert not missing, f"{route.pattern} ({route.name}): tell this test what {missing} stand for"
        address = route.address(None, values)
        for method in METHODS:
            shut = {401} if route.is_api else {301, 302, 404, 405}
            is_open = route.name in OPEN_TO_VISITORS
            walk_.expect("visitor", None, method, route, address, shut | {200, 400, 403, 405, 422} if is_open else shut)
            walk_.expect("outsider", walk_.outsiders["brand"].user, method, route, address, FINE | {403})
    walk_.report()


def test_the_roles_differ(walk_: Walk) -> None:
    """Guard against a walk in which everybody is refused, or nobody is."""
    brand = walk_.things["brand"]
    by_role = {member.role: member.user for member in brand.members}
    at = f"/o/{brand.organization.slug}"
    assert set(by_role) == set(Role.values)
    asked = [walk_.ask(by_role[role], "GET", f"{at}/audit/")[0] for role in ("owner", "manager", "viewer")]
    assert asked == [200, 403, 403]
    assert walk_.ask(by_role["viewer"], "GET", f"{at}/")[0] == 200
