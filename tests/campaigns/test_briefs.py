"""The pages and the API from a brand to a decided shortlist."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.matching import shortlist as room
from campaigns.models import Brand, Brief, Product, Shortlist, ShortlistEntry
from kolhub.models import ApiToken, AuditEvent, Membership
from kolhub.tenancy import act_for
from tests.campaigns.matching.rows import make_candidate
from tests.factories import make_membership, make_organization, make_rate

pytestmark = pytest.mark.django_db

PAGES = ("brand_list", "brand_create", "brief_list", "brief_create")


@pytest.fixture
def member() -> Membership:
    return make_membership()


@pytest.fixture
def browser_of(client: Client) -> Any:
    def logged_in(membership: Membership) -> Client:
        client.force_login(membership.user)
        return client

    return logged_in


def at(name: str, member: Membership, *args: Any) -> str:
    return reverse(f"campaigns:{name}", args=[member.organization.slug, *args])


def make_brief(member: Membership, **asked: Any) -> Brief:
    act_for(member.organization_id)
    brand, _made = Brand.objects.get_or_create(organization=member.organization, name="House")
    return Brief.objects.create(**{"organization": member.organization, "brand": brand, "title": "Summer", **asked})


def make_shortlist(member: Membership, brief: Brief | None = None, candidates: int = 3) -> Shortlist:
    for number in range(candidates):
        make_candidate(member.organization, name=f"Person {number}", profile={"followers": 1000 * (number + 1)})
    shortlist = room.request_draw(brief or make_brief(member), "weighted", "prefer", member.user)
    room.draw_waiting(member.organization_id, shortlist.pk, timezone.now())
    shortlist.refresh_from_db()
    return shortlist


# ---- brands and products ----


def test_a_brand_with_domains_as_people_type_them(member: Membership, browser_of: Any) -> None:
    page = browser_of(member)
    lines = "https://Shop.Example.com/path?x=1\n\n  shop.example.com \nmünchen.example\n"
    answer = page.post(at("brand_create", member), {"name": "Glow", "domains": lines, "handles": "@glow\n@glow\n"})
    brand = Brand.objects.get()
    assert answer.status_code == 302 and answer.url == at("brand", member, brand.pk)
    assert brand.domains == ["shop.example.com", "xn--mnchen-3ya.example"]
    assert brand.handles == ["@glow"]
    assert brand.organization == member.organization
    assert AuditEvent.objects.filter(verb="brand.create").count() == 1
    assert b"shop.example.com" in page.get(answer.url).content


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "Taken"}, "There is already a brand of this name"),
        ({"name": "New", "domains": "shop.example.com\nnot a domain"}, "“not a domain” is not a domain"),
        ({"name": "New", "domains": "localhost"}, "is not a domain"),
        ({"name": "New", "handles": "x" * 121}, "Line 1 is longer than 120 characters"),
        ({"name": "New", "handles": "\n".join(map(str, range(51)))}, "At most 50 lines"),
        ({"name": "New", "website": "javascript:alert(1)"}, "Enter a valid URL"),
    ],
)
def test_a_wrong_brand_is_refused_with_its_reason(
    member: Membership, browser_of: Any, given: dict[str, str], told: str
) -> None:
    act_for(member.organization_id)
    Brand.objects.create(organization=member.organization, name="Taken")
    answer = browser_of(member).post(at("brand_create", member), given)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert Brand.objects.count() == 1


def test_a_product_has_amounts_in_minor_units(member: Membership, browser_of: Any) -> None:
    act_for(member.organization_id)
    brand = Brand.objects.create(organization=member.organization, name="Glow")
    page = browser_of(member)
    given = {
        "name": "Serum",
        "sku": "S-1",
        "currency": "JPY",
        "price": "3000",
        "unit_cost": "700",
        "category": "beauty",
    }
    assert page.post(at("product_create", member, brand.pk), given).status_code == 302
    product = Product.objects.get()
    assert (product.price_minor, product.unit_cost_minor, product.currency) == (3000, 700, "JPY")
    refused = page.post(at("product_create", member, brand.pk), {**given, "price": "1.5"})
    assert refused.status_code == 422
    assert "JPY has 0 decimals" in refused.content.decode()
    assert "Another product of this brand has this SKU" in refused.content.decode()
    changed = page.post(at("product_edit", member, product.pk), {**given, "name": "Serum 30 ml", "price": "3100"})
    assert changed.status_code == 302
    product.refresh_from_db()
    assert (product.name, product.price_minor) == ("Serum 30 ml", 3100)


# ---- briefs ----


def test_a_brief_in_any_language(member: Membership, browser_of: Any) -> None:
    page = browser_of(member)
    assert page.get(at("brief_create", member)).url == at("brand_create", member)
    act_for(member.organization_id)
    brand = Brand.objects.create(organization=member.organization, name="Glow")
    given = {
        "title": "夏季护肤",
        "brand": brand.pk,
        "goal": "sales",
        "text": "寻找护肤达人，真实测评",
        "markets": ["US", "BR"],
        "categories": ["beauty"],
        "languages": ["zh", "en"],
        "platforms": ["instagram", "xiaohongshu"],
        "min_followers": "1000",
        "max_followers": "500000",
        "budget": "12000.50",
        "currency": "USD",
        "must_not": "竞品\nAcme",
        "starts_on": "2026-06-01",
        "ends_on": "2026-06-30",
    }
    answer = page.post(at("brief_create", member), given)
    brief = Brief.objects.get()
    assert answer.url == at("brief", member, brief.pk)
    assert (brief.markets, brief.budget_minor, brief.created_by) == (["US", "BR"], 1_200_050, member.user)
    assert brief.starts_on == date(2026, 6, 1)
    shown = page.get(answer.url).content.decode()
    assert "夏季护肤" in shown and "寻找护肤达人" in shown and "Nothing drawn yet" in shown
    assert "夏季护肤" in page.get(at("brief_list", member)).content.decode()
    edited = page.get(at("brief_edit", member, brief.pk)).content.decode()
    assert "12000.50" in edited and "竞品" in edited


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"title": ""}, "title", "required"),
        ({"min_followers": "10", "max_followers": "5"}, "max_followers", "must not be less"),
        ({"min_followers": "-1"}, "min_followers", "negative"),
        ({"starts_on": "2026-06-02", "ends_on": "2026-06-01"}, "ends_on", "before the start"),
        ({"budget": "1.234"}, "budget", "USD has 2 decimals"),
        ({"budget": "a lot"}, "budget", "number"),
        ({"markets": ["XX"]}, "markets", "valid choice"),
        ({"categories": ["quantum"]}, "categories", "valid choice"),
        ({"must_not": "x\n" * 101}, "must_not", "100 lines"),
        ({"text": "x" * 20_001}, "text", "20000 characters"),
        ({"currency": "XXX"}, "currency", "valid choice"),
    ],
)
def test_a_wrong_brief_is_refused_at_its_field(
    member: Membership, browser_of: Any, given: dict[str, Any], field: str, told: str
) -> None:
    act_for(member.organization_id)
    brand = Brand.objects.create(organization=member.organization, name="Glow")
    right = {"title": "Summer", "brand": brand.pk, "goal": "sales", "currency": "USD"}
    answer = browser_of(member).post(at("brief_create", member), {**right, **given})
    assert answer.status_code == 422
    assert told in " ".join(answer.context["form"].errors[field])
    assert not Brief.objects.exists()


def test_another_organizations_brand_and_product_cannot_be_named(member: Membership, browser_of: Any) -> None:
    other = make_organization()
    foreign = Brand.objects.create(organization=other, name="Foreign")
    product = Product.objects.create(organization=other, brand=foreign, name="Thing")
    act_for(member.organization_id)
    own = Brand.objects.create(organization=member.organization, name="Own")
    page = browser_of(member)
    for given in ({"brand": foreign.pk}, {"brand": own.pk, "product": product.pk}):
        answer = page.post(at("brief_create", member), {"title": "x", "goal": "sales", "currency": "USD", **given})
        assert answer.status_code == 422
        assert "Foreign" not in answer.content.decode()


def test_empty_lists_say_what_to_do(member: Membership, browser_of: Any) -> None:
    page = browser_of(member)
    assert "No briefs yet" in page.get(at("brief_list", member)).content.decode()
    assert "No brands yet" in page.get(at("brand_list", member)).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_agencies_have_no_briefs(browser_of: Any, name: str) -> None:
    agency = make_membership(kind="agency")
    assert browser_of(agency).get(at(name, agency)).status_code == 404


def test_outsiders_find_nothing_and_viewers_change_nothing(member: Membership, browser_of: Any) -> None:
    brief = make_brief(member)
    shortlist = make_shortlist(member, brief)
    entry = shortlist.entries.first()
    assert entry is not None
    viewer = make_membership(member.organization, "viewer")
    page = browser_of(viewer)
    for name, pk in (("brief", brief.pk), ("shortlist", shortlist.pk), ("brand", brief.brand_id)):
        assert page.get(at(name, member, pk)).status_code == 200
    for name, pk in (("shortlist_draw", brief.pk), ("entry_choose", entry.pk), ("brief_edit", brief.pk)):
        assert page.post(at(name, member, pk), {"choice": "picked"}).status_code == 403
    assert page.get(at("shortlist_csv", member, shortlist.pk)).status_code == 403
    outsider = make_membership()
    page = browser_of(outsider)
    for name, pk in (("brief", brief.pk), ("shortlist", shortlist.pk), ("shortlist_csv", shortlist.pk)):
        assert page.get(at(name, member, pk)).status_code == 404
        assert page.get(at(name, outsider, pk)).status_code == 404
    assert page.post(at("entry_choose", outsider, entry.pk), {"choice": "picked"}).status_code == 404
    act_for(member.organization_id)
    entry.refresh_from_db()
    assert entry.choice == "open"


# ---- shortlists ----


def test_a_draw_waits_for_its_worker_then_shows_candidates(
    member: Membership, browser_of: Any, django_capture_on_commit_callbacks: Any
) -> None:
    brief = make_brief(member, markets=["US"])
    make_candidate(member.organization, name="Ana <b>Bold</b>", country="US")
    page = browser_of(member)
    with django_capture_on_commit_callbacks() as nudges:
        answer = page.post(at("shortlist_draw", member, brief.pk), {"ranker": "weighted", "categories": "require"})
    assert len(nudges) == 1
    shortlist = Shortlist.objects.get()
    assert answer.url == at("shortlist", member, shortlist.pk)
    assert shortlist.options == {"ranker": "weighted", "categories": "require"}
    assert "Waiting for a worker" in page.get(answer.url).content.decode()
    progress = page.get(at("shortlist_progress", member, shortlist.pk))
    assert 'hx-trigger="every 1s"' in progress.content.decode()
    act_for(member.organization_id)
    assert room.draw_waiting(member.organization_id, shortlist.pk, timezone.now())
    assert page.get(at("shortlist_progress", member, shortlist.pk)).headers["HX-Refresh"] == "true"
    shown = page.get(answer.url).content.decode()
    assert "Ana &lt;b&gt;Bold&lt;/b&gt;" in shown
    assert "Based in United States" in shown
    assert "Creators you can see" in shown
    assert "No results of earlier collaborations yet" in shown


def test_an_unknown_order_is_refused(member: Membership, browser_of: Any) -> None:
    brief = make_brief(member)
    browser_of(member).post(at("shortlist_draw", member, brief.pk), {"ranker": "magic", "categories": "prefer"})
    assert not Shortlist.objects.exists()


def test_ten_candidates_a_page(member: Membership, browser_of: Any) -> None:
    shortlist = make_shortlist(member, candidates=12)
    page = browser_of(member)
    first = page.get(at("shortlist", member, shortlist.pk))
    assert [candidate["entry"].rank for candidate in first.context["candidates"]] == list(range(1, 11))
    second = page.get(at("shortlist", member, shortlist.pk) + "?page=2")
    assert len(second.context["candidates"]) == 2


def test_picking_rejecting_and_undoing(member: Membership, browser_of: Any) -> None:
    shortlist = make_shortlist(member)
    first, second, _third = shortlist.entries.all()
    page = browser_of(member)
    picked = page.post(at("entry_choose", member, first.pk), {"choice": "picked"}, headers={"HX-Request": "true"})
    assert picked.status_code == 200
    assert "1 picked" in picked.content.decode() and "Undo" in picked.content.decode()
    assert f"?brief={shortlist.brief_id}&amp;shortlist={shortlist.pk}" in picked.content.decode()
    plain = page.post(at("entry_choose", member, second.pk), {"choice": "rejected", "reason": "too dear"})
    assert plain.status_code == 302
    second.refresh_from_db()
    assert (second.choice, second.choice_reason) == ("rejected", "too dear")
    assert "Rejected because: too dear" in page.get(plain.url).content.decode()
    page.post(at("entry_choose", member, second.pk), {"choice": "open"})
    second.refresh_from_db()
    assert (second.choice, second.choice_reason) == ("open", "")
    assert AuditEvent.objects.filter(verb="shortlist.choose").count() == 3
    wrong = page.post(at("entry_choose", member, second.pk), {"choice": "maybe"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422


def test_a_new_draw_remembers_what_was_decided(member: Membership) -> None:
    shortlist = make_shortlist(member)
    first, second, _third = shortlist.entries.all()
    room.choose(first, "picked", "", member.user)
    room.choose(second, "rejected", "too dear", member.user)
    again = make_shortlist(member, shortlist.brief, candidates=0)
    assert again.entries.get(creator=first.creator).choice == "picked"
    assert again.entries.get(creator=second.creator).choice_reason == "too dear"


def test_prices_are_for_those_who_may_see_money(member: Membership, browser_of: Any) -> None:
    creator = make_candidate(member.organization, name="Priced")
    make_rate(creator.profiles.get(), 123_456, "USD")
    brief = make_brief(member, budget_minor=10_000_000)
    shortlist = make_shortlist(member, brief, candidates=0)
    address = at("shortlist", member, shortlist.pk)
    shown = browser_of(member).get(address).content.decode()
    assert "$1,234.56" in shown and "of the budget" in shown
    viewer = make_membership(member.organization, "viewer")
    hidden = browser_of(viewer).get(address).content.decode()
    assert "1,234.56" not in hidden and "of the budget" not in hidden


def test_exports_hold_every_candidate_and_no_formula(member: Membership, browser_of: Any) -> None:
    make_candidate(member.organization, name="=cmd()", profile={"followers": 5})
    shortlist = make_shortlist(member, candidates=11)
    page = browser_of(member)
    answer = page.get(at("shortlist_csv", member, shortlist.pk))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 13
    assert rows[0][:2] == ["Rank", "Creator"]
    assert "'=cmd()" in {row[1] for row in rows}
    assert all(row[-3] or row[-2] or row[-1] for row in rows[1:])
    assert page.get(at("shortlist_xlsx", member, shortlist.pk)).content[:2] == b"PK"


def test_a_failed_draw_says_so(member: Membership, browser_of: Any) -> None:
    shortlist = room.request_draw(make_brief(member), "weighted", "prefer", member.user)
    Shortlist.objects.filter(pk=shortlist.pk).update(attempts=3)
    room.draw_waiting(member.organization_id, shortlist.pk, timezone.now())
    shown = browser_of(member).get(at("shortlist", member, shortlist.pk)).content.decode()
    assert "could not be drawn" in shown


# ---- API ----


def call(client: Client, method: str, path: str, member: Membership, body: Any = None) -> Any:
    _token, secret = ApiToken.issue(member, "test")
    headers = {"Authorization": f"Bearer {secret}"}
    address = f"/api/v1/o/{member.organization.slug}/{path}"
    data = None if body is None else json.dumps(body)
    return client.generic(method, address, data or "", content_type="application/json", headers=headers)


def test_the_api_goes_from_brand_to_decision(client: Client, member: Membership) -> None:
    make_candidate(member.organization, name="Ana", country="BR", categories=["beauty"])
    brand = call(client, "POST", "brands/", member, {"name": "Glow", "domains": ["https://glow.example/"]})
    assert (brand.status_code, brand.json()["domains"]) == (201, ["glow.example"])
    asked = {
        "brand": brand.json()["id"],
        "title": "Brasil",
        "markets": ["BR"],
        "categories": ["beauty"],
        "budget_minor": 500_000,
        "currency": "BRL",
    }
    brief = call(client, "POST", "briefs/", member, asked)
    assert brief.status_code == 201, brief.content
    number = brief.json()["id"]
    changed = call(client, "PATCH", f"briefs/{number}/", member, {"goal": "launch"})
    assert changed.json()["goal"] == "launch"
    draw = call(client, "POST", f"briefs/{number}/draw/", member, {"ranker": "followers"})
    assert (draw.status_code, draw.json()["state"]) == (202, "waiting")
    act_for(member.organization_id)
    room.draw_waiting(member.organization_id, draw.json()["id"], timezone.now())
    done = call(client, "GET", f"shortlists/{draw.json()['id']}/", member).json()
    assert (done["state"], done["ranker"]) == ("done", "followers")
    assert done["funnel"] == [{"code": "considered", "count": 1}, {"code": "kept", "count": 1}]
    listed = call(client, "GET", f"candidates/?shortlist={done['id']}", member).json()
    entry = listed["results"][0]
    assert entry["reasons"][0]["text"].startswith("Their main category is asked for")
    decided = call(client, "PATCH", f"candidates/{entry['id']}/", member, {"choice": "picked"})
    assert decided.json()["choice"] == "picked"
    assert ShortlistEntry.objects.get().choice == "picked"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"markets": ["Brazil"]}, "markets"),
        ({"categories": ["quantum"]}, "categories"),
        ({"budget_minor": -1}, "budget_minor"),
        ({"budget_minor": 1.5}, "budget_minor"),
        ({"min_followers": 5, "max_followers": 1}, "max_followers"),
        ({"budjet": 1}, "budjet"),
        ({"brand": 0}, "brand"),
        ({"title": "\x00"}, "title"),
    ],
)
def test_the_api_refuses_a_wrong_brief_at_its_field(
    client: Client, member: Membership, wrong: dict[str, Any], field: str
) -> None:
    act_for(member.organization_id)
    brand = Brand.objects.create(organization=member.organization, name="Glow")
    answer = call(client, "POST", "briefs/", member, {"brand": brand.pk, "title": "x", **wrong})
    assert answer.status_code == 400
    assert field in answer.json()
    act_for(member.organization_id)
    assert not Brief.objects.exists()


def test_the_api_keeps_organizations_apart(client: Client, member: Membership) -> None:
    shortlist = make_shortlist(member)
    entry = shortlist.entries.first()
    assert entry is not None
    brand = shortlist.brief.brand_id
    outsider = make_membership()
    for path in (f"briefs/{shortlist.brief_id}/", f"shortlists/{shortlist.pk}/", f"candidates/{entry.pk}/"):
        assert call(client, "GET", path, outsider).status_code == 404
    assert call(client, "POST", f"briefs/{shortlist.brief_id}/draw/", outsider, {}).status_code == 404
    foreign = call(client, "POST", "briefs/", outsider, {"brand": brand, "title": "x"})
    assert (foreign.status_code, list(foreign.json())) == (400, ["brand"])
    viewer = make_membership(member.organization, "viewer")
    assert call(client, "GET", f"candidates/{entry.pk}/", viewer).json()["price_currency"] is None
    assert call(client, "PATCH", f"candidates/{entry.pk}/", viewer, {"choice": "picked"}).status_code == 403
    agency = make_membership(kind="agency")
    assert call(client, "GET", "briefs/", agency).status_code == 404
