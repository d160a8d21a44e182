"""Hostile visitors and hostile texts on every page: what is asked for, what is sent from elsewhere, what is stored.

The pages are the URL configuration itself (tests/test_access_walk.py), so a new page is attacked from its first day.
"""

import csv
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.forms import BaseForm
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from campaigns.models import AgencyTerms, CollaborationNote
from kolhub import people
from kolhub.models import Contact, Membership, SharingGrant
from kolhub.tenancy import act_for
from tests.factories import make_membership
from tests.test_access_walk import INSIDE, OUTSIDE, Route, values_for
from tests.walk_world import Things, make_things

SCRIPT = "\"'><script>hostile()</script>"
# What each parameter of any page is called, and some that none has.
PARAMETERS = sorted(
    "attributor brand brief by campaign category check choice collaboration country currency days door has_contact key "
    "kind language market max_followers min_followers order outcome owner page page_size platform problems q segment "
    "since shortlist shop sort stage state tab tag template until verdict view next __class__ creator__notes".split()
)
VALUES = ("%22%27%3E%3Cscript%3E%FF%FE%ED%A0%80", "9" * 40, "0001-01-01", "9999-12-31")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def things(db: None) -> dict[str, Things]:
    return make_things()


def pages(kind: str, things: Things) -> Iterator[tuple[Route, str]]:
    """Every page that an organization of this kind has, with its address."""
    for route in INSIDE:
        if not route.is_api and route.is_for(kind):
            yield route, route.address(things.organization, values_for(route, things))


def logged_in(member: Membership, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(member.user)
    return client


def ask(client: Client, method: str, address: str, **data: Any) -> Any:
    """Ask and undo whatever was done."""
    with transaction.atomic():
        response = getattr(client, method)(address, **data)
        transaction.set_rollback(True)
    return response


def shown(client: Client, address: str) -> str:
    """Return what the address shows, of whatever type; empty where there is nothing to see."""
    response = ask(client, "get", address)
    return response.content.decode(errors="replace") if response.status_code == 200 else ""


# ---- what is asked for ----


@pytest.mark.parametrize("kind", ["brand", "agency"])
def test_no_parameter_breaks_a_page(things: dict[str, Things], kind: str) -> None:
    """NUL bytes, broken UTF-8, numbers and dates that nothing can hold, names of hidden relations: never a fault."""
    client, asked = logged_in(things[kind].owner), 0
    wrong = []
    for route, address in pages(kind, things[kind]):
        if kind == "agency" and route.is_for("brand"):
            continue  # walked as the brand
        if ask(client, "get", address).status_code != 200:
            continue
        for turn in range(len(VALUES)):
            # Each parameter takes each value in its turn; together, so that one request asks for all of them.
            query = "&".join(f"{name}={VALUES[(n + turn) % len(VALUES)]}" for n, name in enumerate(PARAMETERS))
            response = ask(client, "get", f"{address}?{query}")
            asked += 1
            if response.status_code >= 500:
                wrong.append(f"{route.name}?{query}: {response.exc_info[1]!r}")
            if "<script>" in response.content.decode(errors="replace").split("<body", 1)[-1]:
                wrong.append(f"{route.name}?{query} repeats a script")
        assert ask(client, "get", f"{address}?q=%00").status_code == 400
        last_day = "since=9999-12-31&until=9999-12-31"
        if ask(client, "get", f"{address}?{last_day}").status_code >= 500:
            wrong.append(f"{route.name}?{last_day}")
    assert asked
    assert not wrong, "\n".join(wrong)


GARBAGE = ("\x00", "9" * 40, "0001-01-01", "\ufffd=1+1\r\nBcc: x@y.example", "-1")


def _field_names() -> set[str]:
    """The names of every field of every form there is."""
    todo, names = [BaseForm], set()
    while todo:
        each = todo.pop()
        todo += each.__subclasses__()
        names |= set(getattr(each, "base_fields", ()))
    return names | {"ids", "creators", "stage", "choice", "columns.0", "identity", "undo", "next"}


@pytest.mark.parametrize("kind", ["brand", "agency"])
def test_no_form_breaks_on_garbage(things: dict[str, Things], kind: str) -> None:
    """Every form gets every field of every form, filled with what no column can hold: refused or ignored."""
    client = logged_in(things[kind].owner)
    names = sorted(_field_names())
    assert len(names) > 80
    wrong, answers = [], Counter[int]()
    for route, address in pages(kind, things[kind]):
        if kind == "agency" and route.is_for("brand"):
            continue  # asked as the brand
        for turn in range(2):
            data = {name: GARBAGE[(n + turn) % len(GARBAGE)] for n, name in enumerate(names)}
            response = ask(client, "post", address, data=data)
            answers[response.status_code] += 1
            if response.status_code >= 500:
                wrong.append(f"{route.name} (turn {turn}): {response.exc_info[1]!r}")
    assert not wrong, "\n".join(wrong)
    assert answers[422] > 20 or kind == "agency", answers


def test_looking_at_a_page_changes_nothing(things: dict[str, Things]) -> None:
    """No GET writes: a link, a picture or a prefetching browser can change nothing."""
    wrong = []
    for kind in ("brand", "agency"):
        client = logged_in(things[kind].owner)
        for route, address in pages(kind, things[kind]):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                ask(client, "get", address)
            wrong += [
                f"{route.name}: {query['sql'][:100]}"
                for query in queries
                if re.match(r"\s*(INSERT|UPDATE|DELETE)\b", query["sql"]) and "django_session" not in query["sql"]
            ]
    assert not wrong, "\n".join(wrong)


# ---- what is sent from elsewhere ----


def test_nothing_is_taken_without_the_token_of_our_own_pages(things: dict[str, Things]) -> None:
    """A form or a script on somebody else's page, in the browser of a logged-in owner: 403 everywhere, htmx too."""
    wrong, refused = [], 0
    for kind in ("brand", "agency"):
        client = logged_in(things[kind].owner, enforce_csrf_checks=True)
        targets = [
            (route, route.address(things[kind].organization, values_for(route, things[kind]))) for route in INSIDE
        ]
        targets += [
            (route, route.address(None, {"secret": "x", "key": "x", "uidb36": "1", "pk": 1})) for route in OUTSIDE
        ]
        for route, address in targets:
            for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
                status = ask(client, "post", address, **headers).status_code
                refused += status == 403
                # The API's own endpoints say first that there is no such method, or no such thing.
                if status not in ({403, 404, 405, 415} if route.is_api else {403}) and route.name not in {
                    "home",
                    "None",
                }:
                    wrong.append(f"{kind}: POST {route.pattern} ({route.name}) answers {status}")
    assert refused > 100
    assert not wrong, "\n".join(wrong)


def test_no_header_lets_another_page_read_answers_or_frame_ours(things: dict[str, Things]) -> None:
    brand = things["brand"]
    client = logged_in(brand.owner)
    for address in (f"/o/{brand.organization.slug}/", f"/api/v1/o/{brand.organization.slug}/members/"):
        response = ask(client, "get", address, HTTP_ORIGIN="null")
        assert response.status_code == 200
        assert not [name for name in response.headers if name.lower().startswith("access-control-")]
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"


# ---- what is stored ----


# Every text that a person or a file may give, by record.
TEXTS = {
    "creator": ("name", "bio", "notes"),
    "profile": ("display_name", "metrics_source", "handle"),
    "roster": ("filename", "source"),
    "segment": ("name",),
    "credential": ("number",),
    "price": ("source",),
    "template": ("name", "subject", "body"),
    "brand": ("name",),
    "product": ("name", "sku"),
    "brief": ("title", "text", "must_not"),
    "entry": ("creator_name", "handle", "choice_reason"),
    "campaign": ("name",),
    "collaboration": ("campaign_name", "brand_name", "creator_name", "handle", "next_action"),
    "message": ("recipient", "subject", "body", "error"),
    "link": ("label",),
    "coupon": ("code",),
    "shipment": ("sku", "carrier", "tracking_number"),
    "hold": ("reason",),
    "contact": ("value", "person"),
    "order": ("order_ref",),
    "shop": ("name",),
    "source": ("shop_domain",),
    "dead_letter": ("error",),
    "token": ("name",),
}


def _poison(things: Things, text: str) -> int:
    """Write the text everywhere, without asking any form; returns how many of the organization's own rows took it."""
    act_for(things.organization.pk)
    type(things.organization).objects.filter(pk=things.organization.pk).update(name=f"Org {text}")
    things.owner.user.name = f"Owner {text}"
    things.owner.user.save()
    written = 0
    for name, fields in TEXTS.items():
        row = getattr(things, name)
        lengths = {field.name: getattr(field, "max_length", None) for field in row._meta.get_fields()}
        given = {field: text[: lengths[field]] for field in fields}
        written += type(row)._default_manager.filter(pk=row.pk).update(**given)
    for review in type(things.review).objects.filter(pk=things.review.pk):
        for finding in review.findings.all()[:1]:
            finding.pk = None
            finding.quote = finding.fix = text
            finding.surface, finding.end = "caption", 5
            finding.save()
    return written


def test_no_stored_text_becomes_a_script(things: dict[str, Things]) -> None:
    """Names of people, creators, files, campaigns, codes, orders …: on every page and part they are text."""
    assert sum(_poison(each, SCRIPT) for each in things.values()) >= len(TEXTS)
    wrong, met = [], 0
    for kind in ("brand", "agency"):
        client = logged_in(things[kind].owner)
        for route, address in pages(kind, things[kind]):
            response = ask(client, "get", address)
            if response.status_code >= 500:
                wrong.append(f"{route.name}: {response.exc_info[1]!r}")
            if not response.get("Content-Type", "").startswith("text/html"):
                continue
            body = response.content.decode()
            met += "hostile()" in body
            if "<script>hostile" in body or re.search(r"<[a-z]+ [^<>]*=\"[^\"<>]*\"'><", body):
                where = body.index("<script>hostile") if "<script>hostile" in body else 0
                wrong.append(f"{kind} {route.name}: …{body[max(where - 120, 0) : where + 40]}…")
    assert met > 40, "the poison is not on the pages"
    assert not wrong, "\n".join(wrong)


def test_no_export_holds_a_formula(things: dict[str, Things]) -> None:
    """Every CSV and XLSX of every page, with a formula in every text."""
    for each in things.values():
        _poison(each, '=HYPERLINK("http://evil.example";"x")')
    seen, wrong, formulas = 0, [], 0
    for kind in ("brand", "agency"):
        client = logged_in(things[kind].owner)
        for route, address in pages(kind, things[kind]):
            forms = {address}
            if "<form>" in route.pattern:
                forms = {address, re.sub(r"csv$", "xlsx", address)}
            for each in sorted(forms):
                response = ask(client, "get", each)
                kind_of = response.get("Content-Type", "")
                if "csv" in kind_of:
                    cells = [c for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig"))) for c in row]
                elif "spreadsheetml" in kind_of:
                    book = load_workbook(io.BytesIO(response.content))
                    found = [cell for row in book.active.iter_rows() for cell in row]
                    wrong += [f"{route.name}: {cell.coordinate}" for cell in found if cell.data_type == "f"]
                    cells = [str(cell.value) for cell in found if cell.data_type == "s"]
                else:
                    continue
                seen += 1
                formulas += sum("HYPERLINK" in cell for cell in cells)
                wrong += [f"{route.name}: {cell[:40]}" for cell in cells if cell.startswith("=")]
    assert seen >= 6 and formulas >= 6, (seen, formulas)
    assert not wrong, "\n".join(wrong)


# ---- who sees what of a common work ----


def test_each_side_of_a_collaboration_keeps_its_own(things: dict[str, Things]) -> None:
    """The brand's plans, costs and budgets never reach the agency; its buy price, rebate and notes never the brand."""
    brand, agency = things["brand"], things["agency"]
    act_for(brand.organization.pk)
    row = brand.collaboration
    assert row.agency_organization_id == agency.organization.pk
    type(row).objects.filter(pk=row.pk).update(next_action="BRANDSONLY next")
    type(brand.brief).objects.filter(pk=brand.brief.pk).update(title="BRANDSONLY brief", text="BRANDSONLY text")
    type(brand.campaign).objects.filter(pk=brand.campaign.pk).update(budget_minor=7_654_321_00)
    type(brand.shipment).objects.filter(pk=brand.shipment.pk).update(unit_cost_minor=7_654_321_00)
    type(brand.message).objects.filter(pk=brand.message.pk).update(body="BRANDSONLY message")
    type(brand.hold).objects.filter(pk=brand.hold.pk).update(reason="BRANDSONLY hold")
    CollaborationNote.objects.create(
        organization=brand.organization,
        collaboration=row,
        collaboration_organization=brand.organization,
        text="BRANDSONLY note",
    )
    Contact.objects.create(
        organization=brand.organization,
        creator=row.creator,
        creator_organization_id=row.creator_organization_id,
        kind="email",
        value="brandsonly@example.com",
    )
    link = brand.link
    link.lead_to("https://www.shop.example/brandsonly", {})
    act_for(agency.organization.pk)
    type(agency.contact).objects.filter(pk=agency.contact.pk).update(value="agencysonly@example.com")
    AgencyTerms.objects.create(
        organization=agency.organization,
        collaboration=row,
        collaboration_organization=brand.organization,
        buy_price_minor=9_876_543_00,
        currency="USD",
        rebate_bps=3737,
    )
    CollaborationNote.objects.create(
        organization=agency.organization,
        collaboration=row,
        collaboration_organization=brand.organization,
        text="AGENCYSONLY note",
    )
    for kind, mine, theirs in (
        ("agency", r"(?i)agencysonly", r"(?i)brandsonly|7.?654.?321"),
        ("brand", r"(?i)brandsonly", r"(?i)agencysonly|9.?876.?543|37\.37|3737"),
    ):
        client = logged_in(things[kind].owner)
        everything = {}
        for route in INSIDE:
            if route.is_for(kind):
                address = route.address(things[kind].organization, values_for(route, things[kind]))
                everything[route.name] = shown(client, address)
        for tab in ("overview", "terms", "contacts", "outreach", "samples", "content", "compliance", "history"):
            address = f"/o/{things[kind].organization.slug}/collaborations/{row.pk}/?tab={tab}"
            everything[f"tab {tab}"] = shown(client, address)
        assert any(re.search(mine, text) for text in everything.values()), f"the {kind} does not see its own"
        leaks = {name: found[0] for name, text in everything.items() if (found := re.search(theirs, text))}
        assert not leaks, f"the {kind} sees what is not its own: {leaks}"


def test_what_a_grant_shows_ends_at_the_next_request(things: dict[str, Things]) -> None:
    """A brand that has the page of a shared creator open finds nothing behind it once the agency ends the grant."""
    brand, agency = things["brand"], things["agency"]
    client = logged_in(brand.owner)
    slug, shared = brand.organization.slug, agency.creator
    places = (f"/o/{slug}/creators/{shared.pk}/", f"/api/v1/o/{slug}/creators/{shared.pk}/")
    assert {ask(client, "get", place).status_code for place in places[:1]} == {200}
    act_for(agency.organization.pk)
    for grant in SharingGrant.objects.filter(grantee=brand.organization):
        people.end_sharing(agency.owner, grant)
    for place in places:
        assert ask(client, "get", place).status_code == 404


def test_a_manager_makes_nobody_more_than_they_are(things: dict[str, Things]) -> None:
    """Roles, invitations and settings are the owners': a manager cannot lift anybody, nor itself."""
    brand = things["brand"]
    manager = next(member for member in brand.members if member.role == "manager")
    client, at = logged_in(manager), f"/o/{brand.organization.slug}"
    owners = set(Membership.objects.filter(organization=brand.organization, role="owner", ended_at=None))
    for address, data in (
        (f"{at}/members/{manager.pk}/role/", {"role": "owner"}),
        (f"{at}/members/{brand.owner.pk}/end/", {}),
        (f"{at}/invitations/new/", {"email": "friend@example.com", "role": "owner"}),
        (f"{at}/settings/", {"name": "Mine", "currency": "USD", "timezone": "UTC"}),
    ):
        assert client.post(address, data).status_code == 403
    manager.refresh_from_db()
    assert manager.role == "manager"
    assert set(Membership.objects.filter(organization=brand.organization, role="owner", ended_at=None)) == owners


def test_fields_that_a_form_does_not_have_are_not_taken(things: dict[str, Things]) -> None:
    """Mass assignment: an organization, an owner's flag or a kind smuggled into a form stays outside."""
    brand, stranger = things["brand"], make_membership()
    client, at = logged_in(brand.owner), f"/o/{brand.organization.slug}"
    act_for(brand.organization.pk)
    given = {"name": "New name", "currency": "USD", "timezone": "UTC", "kind": "agency", "slug": "taken", "id": "1"}
    assert client.post(f"{at}/settings/", given).status_code == 302
    brand.organization.refresh_from_db()
    assert (brand.organization.kind, brand.organization.name) == ("brand", "New name")
    assert brand.organization.slug == at.rsplit("/", 1)[-1]
    response = client.post(f"{at}/brands/new/", {"name": "Nova", "organization": stranger.organization.pk})
    assert response.status_code == 302
    act_for(brand.organization.pk)
    assert type(brand.brand).objects.get(name="Nova").organization_id == brand.organization.pk
