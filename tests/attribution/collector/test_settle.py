"""Settling, from hits as the doors store them to touches, conversions and refunds."""

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import transaction

from attribution.collector.settle import settle_organization
from attribution.models import Conversion, ConversionEvidence, IdentityKey, PendingHit, Person, Refund, Touch
from kolhub.runtime.provision import DatabaseUrls
from kolhub.tenancy import act_for
from tests.attribution.collector.conftest import Shop, make_shop

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
# KOLHUB_SHUFFLES=100 takes about half a minute.
SHUFFLES = int(os.environ.get("KOLHUB_SHUFFLES") or 20)


@pytest.fixture(scope="module")
def hits_login(collector_database: DatabaseUrls) -> Iterator[psycopg.Connection]:
    """The hit server's own login: the application may not write hits."""
    with psycopg.connect(collector_database.hits, autocommit=True) as connection:
        yield connection


class Inbox:
    """Stores hits the way the collector does and settles them."""

    def __init__(self, shop: Shop, login: psycopg.Connection) -> None:
        self.shop, self.login = shop, login
        self.all: list[tuple[UUID, bool]] = []

    def put(self, kind: str, minutes: float = 0, **fields: Any) -> UUID:
        hit_id = uuid4()
        columns = {
            "id": hit_id, "organization_id": self.shop.organization_id, "event_id": str(hit_id), "kind": kind,
            "outcome": "accepted", "key": "k", "received_at": NOON + timedelta(minutes=minutes), "visitor": "",
            "consent": "given", "network": "", "country": "", "user_agent": "", "referrer": "", "content_hash": b"",
            "shop_id": None if kind == "click" else self.shop.shop_id, **fields,
        }  # fmt: skip
        columns["payload"] = json.dumps(columns.get("payload", {}))
        names = ", ".join(columns)
        values = ", ".join(["%s"] * len(columns))
        self.login.execute(f"INSERT INTO attribution_hit ({names}) VALUES ({values})", list(columns.values()))
        self.all.append((hit_id, kind in ("s2s", "shopify")))
        self.wait(hit_id)
        return hit_id

    def wait(self, *hits: UUID, turn: int = 0) -> None:
        """Put hits into the queue, again where they were there before; later turns come out later."""
        money = dict(self.all)
        PendingHit.objects.bulk_create(
            PendingHit(
                hit_id=hit, organization_id=self.shop.organization_id, is_money=money[hit], received_at=NOON,
                next_at=NOON + timedelta(seconds=turn),
            )
            for hit in hits
        )  # fmt: skip

    def click(self, minutes: float = 0, creator: int = 0, **fields: Any) -> UUID:
        fields.setdefault("network", "198.51.100.0/24")
        fields.setdefault("user_agent", "phone")
        return self.put("click", minutes, link_id=self.shop.links[creator], link_version=1, **fields)

    def visit(self, minutes: float = 0, visitor: str = "v", click: UUID | None = None, **fields: Any) -> UUID:
        return self.put("pixel", minutes, visitor=visitor, click_id=click, payload={"name": "page_view"}, **fields)

    def purchase(self, minutes: float = 0, reference: str = "1", visitor: str = "v") -> UUID:
        return self.put("pixel", minutes, visitor=visitor, payload={"name": "purchase", "order_ref": reference})

    def order(self, minutes: float = 0, reference: str = "1", net: int = 4500, kind: str = "s2s", **more: Any) -> UUID:
        visitor = more.pop("visitor", "")
        payload = {
            "type": "order", "kind": "order", "state": "counted", "order_ref": reference, "currency": "USD",
            "at": (NOON + timedelta(minutes=minutes)).isoformat(), "gross": net + 500, "discount": 500, "shipping": 0,
            "tax": 0, "net": net, "coupons": [], **more,
        }  # fmt: skip
        return self.put(kind, minutes, visitor=visitor, payload=payload)

    def cancel(self, minutes: float = 0, reference: str = "1") -> UUID:
        at = (NOON + timedelta(minutes=minutes)).isoformat()
        payload = {"type": "cancellation", "order_ref": reference, "currency": "", "at": at}
        return self.put("s2s", minutes, payload=payload)

    def refund(self, minutes: float, reference: str, amount: int, order: str = "1", currency: str = "USD") -> UUID:
        payload = {
            "type": "refund", "order_ref": order, "refund_ref": reference, "currency": currency, "amount": amount,
            "at": (NOON + timedelta(minutes=minutes)).isoformat(),
        }  # fmt: skip
        return self.put("s2s", minutes, payload=payload)

    def settle(self, limit: int = 1000) -> None:
        while settle_organization(self.shop.organization_id, limit).claimed:
            pass


@pytest.fixture
def inbox(collector_database: DatabaseUrls, hits_login: psycopg.Connection) -> Iterator[Inbox]:
    """A shop of the test's own; the test runs inside one transaction that acts for it."""
    with transaction.atomic():
        shop = make_shop()
        act_for(shop.organization_id)
        yield Inbox(shop, hits_login)
        transaction.set_rollback(True)


def conversion(reference: str = "1") -> Conversion:
    found: Conversion = Conversion.objects.with_revenue().get(order_ref=reference)
    return found


def test_a_click_a_landing_and_an_order_become_one_journey(inbox: Inbox) -> None:
    click = inbox.click(0)
    inbox.visit(1, click=click)
    inbox.purchase(5)
    inbox.order(5.1)
    inbox.settle()
    bought = conversion()
    assert (bought.net_minor, bought.state, bought.is_stale) == (4500, "counted", True)
    (touch,) = Touch.objects.all()
    assert (touch.kind, touch.person_id, touch.collaboration_id) == (
        "click",
        bought.person_id,
        inbox.shop.collaborations[0],
    )
    assert ConversionEvidence.objects.filter(conversion=bought).count() == 2
    assert not PendingHit.objects.exists()


def test_settling_again_changes_nothing(inbox: Inbox) -> None:
    hits = [
        inbox.click(0),
        inbox.visit(40),
        inbox.order(50, visitor="v", coupons=["anna10"]),
        inbox.refund(60, "r", 100),
    ]
    inbox.settle()
    before = state()
    Conversion.objects.update(is_stale=False)
    inbox.wait(*hits)
    inbox.settle()
    assert state() == before
    assert not conversion().is_stale, "nothing changed, so nothing needs new credits"


def state() -> Any:
    """Everything settled, with people named by their keys."""
    people: dict[int, tuple[str, ...]] = {}
    for key, person in IdentityKey.objects.order_by("key").values_list("key", "person_id"):
        people[person] = (*people.get(person, ()), key)
    assert set(Person.objects.values_list("pk", flat=True)) == set(people)
    touches = sorted(
        (people[t.person_id], str(t.hit_id), t.kind, t.refusal, t.at, t.collaboration_id or 0, t.coupon_id or 0)
        for t in Touch.objects.all()
    )
    conversions = sorted(
        (c.order_ref, people[c.person_id], c.state, c.at, c.currency, c.net_minor, c.gross_minor, tuple(c.coupon_codes))
        for c in Conversion.objects.all()
    )
    evidence = sorted(str(hit) for hit in ConversionEvidence.objects.values_list("hit_id", flat=True))
    refunds = sorted(Refund.objects.values_list("refund_ref", "conversion__order_ref", "amount_minor", "currency"))
    return touches, conversions, evidence, refunds


def a_story(inbox: Inbox) -> list[UUID]:
    """Two shoppers on two devices, five orders, and everything that can happen to them."""
    first, again = inbox.click(0), inbox.click(0.02)
    other = inbox.click(1, creator=1, network="192.0.2.0/24")
    lonely = inbox.click(1.01, creator=1, network="192.0.2.0/24")
    inbox.visit(-100, "phone"), inbox.visit(-95, "phone"), inbox.visit(-61, "phone")
    inbox.visit(0.1, "phone", again), inbox.visit(12, "phone"), inbox.visit(200, "phone"), inbox.visit(180, "laptop")
    inbox.visit(2, "stranger", other), inbox.visit(2.1, "late"), inbox.visit(95, "late")
    inbox.purchase(20, "A", "phone")
    inbox.order(20.2, "A", 4500, visitor="laptop", coupons=["ＡＮＮＡ10 ", "NOBODYS"], customers=["c1"])
    inbox.order(20.1, "A", 4700, kind="shopify", as_of=at(20), topic="orders/create", state="pending", customers=["c1"])
    inbox.order(20.1, "A", 4600, kind="shopify", as_of=at(30), topic="orders/paid", coupons=["ben15"])
    inbox.refund(40, "A-1", 1000, "A"), inbox.refund(41, "A-2", 5000, "A"), inbox.refund(41, "A-2", 5000, "A")
    inbox.order(210, "B", 2000, customers=["c1"]), inbox.cancel(220, "B"), inbox.refund(230, "B-1", 500, "B")
    inbox.order(96, "C", 900, visitor="late", state="test")
    inbox.purchase(97, "D", "stranger")
    inbox.order(98, "E", 3000, visitor="stranger", customers=["c2"]), inbox.refund(99, "E-1", 10, "E", "EUR")
    inbox.order(99, "E", 3100, customers=["c2", "c3"])
    inbox.refund(1, "Z-1", 10, "never came")
    assert first and lonely
    return [hit for hit, _is_money in inbox.all]


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


def test_any_order_and_any_repetition_end_in_the_same_records(inbox: Inbox) -> None:
    story = a_story(inbox)
    inbox.settle()
    expected = state()
    assert [row[0] for row in expected[1]] == ["A", "B", "C", "D", "E"]
    assert {row[3] for row in expected[0]} >= {"", "double_click"}
    inbox.all = [(hit, False) for hit, _is_money in inbox.all]
    PendingHit.objects.all().delete()
    for seed in range(SHUFFLES):
        chance = random.Random(seed)
        deliveries = story + chance.sample(story, 8)
        chance.shuffle(deliveries)
        start = transaction.savepoint()
        forget_everything()
        while deliveries:
            part = list(dict.fromkeys(deliveries[: chance.randint(1, 16)]))
            del deliveries[: len(part)]
            inbox.wait(*part)
            inbox.settle(limit=12)
        assert state() == expected, f"seed {seed}"
        transaction.savepoint_rollback(start)


def forget_everything() -> None:
    for model in (Touch, Refund, ConversionEvidence, Conversion, IdentityKey, Person):
        model.objects.all().delete()


def test_the_story_comes_to_what_it_must(inbox: Inbox) -> None:
    a_story(inbox)
    inbox.settle()
    a, b, c, d, e = (conversion(reference) for reference in "ABCDE")
    assert (a.net_minor, a.state, a.revenue) == (4600, "counted", 0), "the newest webhook counts, refunds at most that"
    assert dict(Refund.objects.filter(conversion=a).values_list("refund_ref", "amount_minor")) == {
        "A-1": 1000,
        "A-2": 3600,
    }
    assert (b.state, b.net_minor, b.revenue) == ("cancelled", 0, 0)
    assert c.state == "test"
    assert (d.state, d.net_minor) == ("pending", 0), "a pixel says that there is an order, not what it is worth"
    assert (e.net_minor, e.revenue) == (3100, 3100), "a refund in another currency takes nothing away"
    assert Refund.objects.get(refund_ref="E-1").conversion is None
    assert Refund.objects.get(refund_ref="Z-1").conversion is None
    assert a.person_id == b.person_id, "one customer on two devices"
    assert d.person_id == e.person_id != a.person_id
    coupons = Touch.objects.filter(kind="coupon", person_id=a.person_id)
    assert [(touch.collaboration_id, touch.at, touch.refusal) for touch in coupons] == [
        (inbox.shop.collaborations[1], a.at, "")
    ], "the codes of the report that counts"


def test_a_code_belongs_to_whom_it_was_given_at_the_time(inbox: Inbox) -> None:
    from campaigns.models import Coupon

    Coupon.objects.filter(code_key="anna10").update(valid_until=NOON + timedelta(minutes=10))
    Coupon.objects.create(
        organization_id=inbox.shop.organization_id,
        brand_id=inbox.shop.brand_id,
        collaboration_id=inbox.shop.collaborations[1],
        code="ANNA10",
        code_key="anna10",
        valid_from=NOON + timedelta(minutes=10),
        valid_until=NOON + timedelta(minutes=20),
    )
    for number, minutes in enumerate((9.99, 10, 20)):
        inbox.order(minutes, str(number), coupons=["anna10", "ANNA10"])
    inbox.settle()
    found = Touch.objects.filter(kind="coupon").order_by("at").values_list("collaboration_id", "refusal")
    first, second = inbox.shop.collaborations
    assert list(found) == [(first, ""), (second, ""), (second, "coupon_expired")]


def test_a_code_written_down_or_handed_over_afterwards_reaches_orders_that_came_before(inbox: Inbox) -> None:
    from campaigns.models import Coupon

    first, second = inbox.shop.collaborations
    own = {"organization_id": inbox.shop.organization_id, "brand_id": inbox.shop.brand_id}
    for number, minutes in enumerate((0, 10, 20)):
        inbox.order(minutes, str(number), coupons=["Ｌate5 "])
    inbox.order(5, "other", coupons=["anna10"])
    inbox.settle()
    Conversion.objects.update(is_stale=False)
    late = Coupon.objects.create(
        **own, collaboration_id=first, code="LATE5", code_key="late5", valid_from=NOON + timedelta(minutes=5)
    )
    assert PendingHit.objects.count() == 2, "only orders with this code, and only in its time"
    inbox.settle()
    found = Touch.objects.filter(kind="coupon", coupon=late).order_by("at")
    assert list(found.values_list("collaboration_id", "refusal")) == [(first, ""), (first, "")]
    assert set(Conversion.objects.filter(is_stale=True).values_list("order_ref", flat=True)) == {"1", "2"}
    late.end(NOON + timedelta(minutes=15))
    Coupon.objects.create(
        **own, collaboration_id=second, code="LATE5", code_key="late5", valid_from=NOON + timedelta(minutes=15)
    )
    inbox.settle()
    owners = Touch.objects.filter(kind="coupon", coupon__code_key="late5").order_by("at")
    assert list(owners.values_list("collaboration_id", "refusal")) == [(first, ""), (second, "")]


def test_an_unknown_code_is_kept_and_makes_no_touch(inbox: Inbox) -> None:
    inbox.order(0, coupons=["LEAKED"])
    inbox.settle()
    assert conversion().coupon_codes == ["LEAKED"]
    assert not Touch.objects.filter(kind="coupon").exists()


def test_visits_of_a_session_are_one_direct_touch(inbox: Inbox) -> None:
    for minutes in (1, 3, 9, 29):
        inbox.visit(minutes)
    inbox.settle()
    (touch,) = Touch.objects.all()
    assert (touch.kind, touch.at, touch.collaboration_id) == ("direct", NOON + timedelta(minutes=1), None)


def test_two_clicks_within_two_seconds_are_one(inbox: Inbox) -> None:
    inbox.click(0)
    inbox.click(0.03)
    inbox.click(0.2)
    inbox.settle()
    refusals = list(Touch.objects.order_by("at").values_list("refusal", flat=True))
    assert refusals == ["", "double_click", ""], "two hits, one touch; the third came twelve seconds later"


def test_the_click_that_landed_is_the_one_that_counts(inbox: Inbox) -> None:
    inbox.click(0)
    inbox.settle()
    second = inbox.click(0.03)
    inbox.settle()
    assert Touch.objects.get(hit_id=second).refusal == "double_click"
    inbox.visit(0.1, click=second)
    inbox.settle()
    assert list(Touch.objects.filter(kind="click").order_by("at").values_list("refusal", flat=True)) == [
        "double_click",
        "",
    ]


def test_two_people_behind_one_address_both_count(inbox: Inbox) -> None:
    for number in range(2):
        click = inbox.click(number * 0.01)
        inbox.visit(1, f"visitor {number}", click)
    inbox.settle()
    assert set(Touch.objects.filter(kind="click").values_list("refusal", flat=True)) == {""}


def test_late_touches_make_the_order_stale_again(inbox: Inbox) -> None:
    inbox.order(60, visitor="v")
    inbox.settle()
    Conversion.objects.update(is_stale=False)
    inbox.visit(90)
    inbox.settle()
    assert not conversion().is_stale, "what comes after the order changes nothing"
    click = inbox.click(0)
    inbox.visit(1, click=click)
    inbox.settle()
    assert conversion().is_stale


def test_a_customer_known_on_two_devices_is_one_person(inbox: Inbox) -> None:
    click = inbox.click(0)
    inbox.visit(0, "phone", click)
    inbox.order(60, visitor="laptop", customers=["anna"])
    inbox.settle()
    Conversion.objects.update(is_stale=False)
    inbox.put("event", 70, visitor="phone", payload={"name": "page_view", "customer": "anna"})
    inbox.settle()
    bought = conversion()
    assert bought.is_stale
    assert Touch.objects.get(kind="click").person_id == bought.person_id
    assert Person.objects.count() == 1


def test_clicks_that_earn_nothing_say_why(inbox: Inbox) -> None:
    from campaigns.models import Campaign, TrackingLink

    TrackingLink.objects.filter(pk=inbox.shop.links[0]).update(disabled_at=NOON)
    Campaign.objects.filter(collaborations__in=inbox.shop.collaborations[1:]).update(ends_on="2026-06-01")
    inbox.click(-1), inbox.click(1)
    inbox.click(60 * 11.9, creator=1), inbox.click(60 * 12, creator=1)
    inbox.settle()
    found = list(Touch.objects.order_by("at").values_list("refusal", flat=True))
    assert found == ["", "link_disabled", "", "campaign_ended"], "the campaign ends with its last day"


def test_a_campaign_ends_in_utc_where_nobody_knows_the_organizations_clock(inbox: Inbox) -> None:
    from campaigns.models import Campaign
    from kolhub.models import Organization

    Organization.objects.filter(pk=inbox.shop.organization_id).update(timezone="Mars/Olympus")
    Campaign.objects.filter(collaborations__in=inbox.shop.collaborations).update(ends_on="2026-06-01")
    inbox.click(60 * 11.9), inbox.click(60 * 12)
    inbox.settle()
    assert list(Touch.objects.order_by("at").values_list("refusal", flat=True)) == ["", "campaign_ended"]


@pytest.mark.parametrize(
    ("poison", "error"),
    [({"at": "yesterday"}, "ValueError"), ({"net": -1}, "IntegrityError"), ({"net": 2**70}, "DataError")],
)
def test_a_poisoned_hit_is_set_aside_and_its_neighbours_are_settled(
    inbox: Inbox, poison: dict[str, Any], error: str
) -> None:
    bad = inbox.order(0, "bad", **poison)
    inbox.order(1, "good")
    for attempt in range(1, 4):
        settle_organization(inbox.shop.organization_id)
        waiting = PendingHit.objects.get(hit_id=bad)
        assert (waiting.attempts, waiting.is_dead) == (attempt, attempt == 3)
        assert error in waiting.error
        PendingHit.objects.update(next_at=NOON)
    assert conversion("good").net_minor == 4500
    assert not Conversion.objects.filter(order_ref="bad").exists()
    assert settle_organization(inbox.shop.organization_id).claimed == 0, "a dead letter waits for a person"


def test_money_is_settled_before_visits(inbox: Inbox) -> None:
    inbox.visit(0)
    order = inbox.order(1)
    settle_organization(inbox.shop.organization_id, limit=1)
    assert conversion().evidence.get().hit_id == order
    assert PendingHit.objects.count() == 1


def test_an_order_amended_later_keeps_its_refunds_exact(inbox: Inbox) -> None:
    inbox.order(0, "1", 1000, kind="shopify", as_of=at(0))
    inbox.refund(5, "r1", 800), inbox.refund(6, "r2", 800)
    inbox.settle()
    assert conversion().revenue == 0
    inbox.order(0, "1", 3000, kind="shopify", as_of=at(9))
    inbox.settle()
    assert conversion().revenue == 1400


def test_prices_that_include_tax_are_refunded_without_it(inbox: Inbox) -> None:
    inbox.order(0, "1", 10000, kind="shopify", as_of=at(0), taxes_included=True)
    payload = {
        "type": "refund", "order_ref": "1", "refund_ref": "r", "currency": "USD", "amount": 1190, "tax": 190,
        "at": at(3),
    }  # fmt: skip
    inbox.put("shopify", 3, payload=payload)
    inbox.settle()
    assert conversion().revenue == 9000
