"""Credits in the database: they sum to net revenue under every attributor, and say which rule fired."""

import random
from datetime import timedelta

import pytest
from django.db.models import Sum

from attribution.attributors import ATTRIBUTORS
from attribution.models import AttributionRun, Conversion, Credit, PolicyChange
from attribution.reports.order import read_order
from attribution.reports.run import REFIT_AFTER, attribute_brand
from campaigns.models import Contract, Outcome, Shipment
from tests.attribution.records import NOW, BrandWorld, make_brand_world

pytestmark = pytest.mark.django_db

EVERY = [each.key for each in ATTRIBUTORS]


@pytest.fixture
def world() -> BrandWorld:
    return make_brand_world()


def attribute(world: BrandWorld, *, later: timedelta = timedelta(0), refit: bool = False) -> int:
    return attribute_brand(world.organization.pk, world.brand.pk, NOW + later, refit=refit)


def credits_of(order: Conversion, attributor: str) -> dict[object, int]:
    rows = Credit.objects.filter(run__is_current=True, run__attributor=attributor, conversion=order)
    return {row.collaboration.creator_name if row.collaboration else row.kind: row.amount_minor for row in rows}


def reason_of(order: Conversion, attributor: str = "linear") -> tuple[str, str]:
    row = Credit.objects.get(run__is_current=True, run__attributor=attributor, conversion=order)
    return row.kind, row.reason


def assert_reconciles(world: BrandWorld) -> None:
    for order in Conversion.objects.filter(state="counted").with_revenue():
        for key in EVERY:
            rows = Credit.objects.filter(run__is_current=True, run__attributor=key, conversion=order)
            assert rows.aggregate(total=Sum("amount_minor"))["total"] == order.revenue, (key, order.order_ref)
    assert not Credit.objects.exclude(conversion__state="counted").exists()
    assert AttributionRun.objects.filter(is_current=True).count() == len(EVERY)


def test_splits_by_the_rules_and_shows_direct_visits_without_paying_them(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=9)
    world.touch(person, 1, days=5)
    world.touch(person, None, days=1)
    order = world.order(person, 1001)
    assert attribute(world) == 1
    assert credits_of(order, "first") == {"Ada": 1001}
    assert credits_of(order, "last_non_direct") == {"Bao": 1001}
    assert credits_of(order, "last") == {"organic": 1001}
    assert credits_of(order, "linear") == {"Ada": 501, "Bao": 500}
    assert_reconciles(world)


def test_every_attributor_sums_to_net_revenue_after_refunds(world: BrandWorld) -> None:
    chance = random.Random(7)
    orders = []
    for _each in range(40):
        person = world.person()
        for _touch in range(chance.randrange(5)):
            world.touch(
                person,
                chance.choice([0, 1, 2, None]),
                days=chance.uniform(0.1, 45),
                kind=chance.choice(["click", "view"]),
                refusal=chance.choice(["", "", "double_click"]),
            )
        if chance.random() < 0.8:
            orders.append(world.order(person, chance.randrange(0, 20_000), days=chance.uniform(0, 3)))
    attribute(world)
    assert_reconciles(world)
    for order in chance.sample(orders, 10):
        world.refund(order, order.net_minor // 3)
    assert attribute(world) == 10
    assert_reconciles(world)
    attribute(world, later=REFIT_AFTER, refit=True)
    assert_reconciles(world)


def test_windows_follow_the_campaign_of_each_touch(world: BrandWorld) -> None:
    inside, outside, seen = world.person(), world.person(), world.person()
    world.touch(inside, 0, days=30)
    world.touch(outside, 0, days=30.001)
    world.touch(seen, 0, days=2, kind="view")
    orders = [world.order(person, 900) for person in (inside, outside, seen)]
    attribute(world)
    assert credits_of(orders[0], "linear") == {"Ada": 900}
    assert reason_of(orders[1]) == ("unattributed", "outside_window")
    assert reason_of(orders[2]) == ("unattributed", "outside_window")


def test_says_why_nobody_is_credited(world: BrandWorld) -> None:
    clicked = world.person()
    world.touch(clicked, 1, days=1, refusal="campaign_ended")
    refused = world.order(clicked, 100)
    nobody = world.order(None, 100)
    strange = world.order(world.person(), 100, coupon_codes=["FRIENDS"])
    attribute(world)
    assert reason_of(refused) == ("unattributed", "refused_touch")
    assert reason_of(nobody) == ("organic", "no_touch")
    assert reason_of(strange) == ("unattributed", "unknown_coupon")
    assert_reconciles(world)


def test_a_coupon_outranks_other_touches_only_where_the_campaign_says_so(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=2)
    world.touch(person, 1, days=0, kind="coupon")
    order = world.order(person, 1000, coupon_codes=["BAO10"])
    attribute(world)
    assert credits_of(order, "last_non_direct") == {"Bao": 1000}
    assert reason_of(order, "last_non_direct") == ("collaboration", "coupon")
    assert credits_of(order, "linear") == {"Ada": 500, "Bao": 500}
    world.campaign.coupon_first = False
    world.campaign.save()
    Conversion.objects.update(is_stale=True)
    attribute(world)
    assert credits_of(order, "last_non_direct") == {"Ada": 1000}


def test_a_coupon_alone_earns_even_where_others_go_first(world: BrandWorld) -> None:
    world.campaign.coupon_first = False
    world.campaign.save()
    person = world.person()
    world.touch(person, 1, days=0, kind="coupon")
    order = world.order(person, 1000, coupon_codes=["BAO10"])
    attribute(world)
    for key in EVERY:
        assert credits_of(order, key) == {"Bao": 1000}, key


def test_cancelling_takes_the_credits_back(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=1)
    order = world.order(person, 1000)
    attribute(world)
    order.state, order.net_minor, order.is_stale = "cancelled", 0, True
    order.save()
    attribute(world)
    assert not Credit.objects.filter(conversion=order).exists()


def test_markov_credits_new_orders_at_once_with_what_it_knows(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=3)
    world.order(person, 1000)
    attribute(world)
    run = AttributionRun.objects.get(attributor="markov", is_current=True)
    newcomer = world.person()
    world.touch(newcomer, 0, days=2)
    world.touch(newcomer, 2, days=1)
    order = world.order(newcomer, 800)
    attribute(world, later=REFIT_AFTER / 2)
    assert AttributionRun.objects.get(attributor="markov", is_current=True) == run
    # Cem was unknown to the run, so all of it goes to Ada until the next fit.
    assert credits_of(order, "markov") == {"Ada": 800}
    world.order(world.person(), 100)
    attribute(world, later=REFIT_AFTER)
    assert AttributionRun.objects.get(attributor="markov", is_current=True) != run
    assert set(credits_of(order, "markov")) == {"Ada", "Cem"}
    assert_reconciles(world)


def test_attributing_again_changes_nothing(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=3)
    world.touch(person, 1, days=2)
    world.order(person, 333)
    attribute(world)

    def everything() -> set[tuple[object, ...]]:
        return set(Credit.objects.values_list("run__attributor", "conversion", "collaboration", "amount_minor"))

    before = everything()
    digest = AttributionRun.objects.get(attributor="markov", is_current=True).data_hash
    assert attribute(world) == 0
    attribute(world, later=timedelta(days=1), refit=True)
    assert everything() == before
    assert AttributionRun.objects.get(attributor="markov", is_current=True).data_hash == digest


def test_writes_down_what_came_of_each_collaboration(world: BrandWorld) -> None:
    ada = world.collaborations[0]
    Contract.objects.create(
        organization=world.organization,
        collaboration=ada,
        version=1,
        fee_minor=10_000,
        currency="USD",
        commission_bps=1_000,
        starts_on=NOW.date(),
    )
    Shipment.objects.create(
        organization=world.organization,
        collaboration=ada,
        sku="S",
        quantity=2,
        unit_cost_minor=300,
        freight_minor=50,
        currency="USD",
    )
    person = world.person()
    world.touch(person, 0, days=1)
    world.touch(person, 0, days=0.5, refusal="double_click")
    world.order(person, 9_999)
    attribute(world)
    outcome = Outcome.objects.get(collaboration=ada)
    assert (outcome.clicks, outcome.orders, outcome.credited_minor) == (1, 1, 9_999)
    assert outcome.cost_minor == 10_000 + 1_000 + 650
    assert Outcome.objects.get(collaboration=world.collaborations[1]).credited_minor == 0


def contract(world: BrandWorld, version: int, currency: str, fee: int, bps: int = 0) -> None:
    Contract.objects.create(
        organization=world.organization,
        collaboration=world.collaborations[0],
        version=version,
        fee_minor=fee,
        currency=currency,
        commission_bps=bps,
        starts_on=NOW.date(),
    )


def test_commission_is_rounded_once(world: BrandWorld) -> None:
    contract(world, 1, "USD", 0, 1_000)
    person = world.person()
    world.touch(person, 0, days=1)
    world.order(person, 10_000)
    attribute(world)
    assert Outcome.objects.get(collaboration=world.collaborations[0]).cost_minor == 1_000


def test_a_superseded_contract_costs_nothing_whatever_its_currency(world: BrandWorld) -> None:
    contract(world, 1, "USD", 50_000, 500)
    contract(world, 2, "EUR", 70_000, 1_000)
    person = world.person()
    world.touch(person, 0, days=1)
    world.order(person, 10_000)
    attribute(world)
    cost = Outcome.objects.get(collaboration=world.collaborations[0]).cost_minor
    assert cost == 1_000, "the commission on dollars is in dollars; a fee in euros is not added to it"


def test_markov_is_fitted_again_without_waiting_for_another_order(world: BrandWorld) -> None:
    person, newcomer = world.person(), world.person()
    world.touch(person, 0, days=3)
    world.order(person, 1000)
    attribute(world)
    world.touch(newcomer, 0, days=2)
    world.touch(newcomer, 2, days=1)
    order = world.order(newcomer, 800)
    attribute(world, later=REFIT_AFTER / 2)
    assert credits_of(order, "markov") == {"Ada": 800}
    before = AttributionRun.objects.get(attributor="markov", is_current=True)
    rules = set(AttributionRun.objects.filter(is_current=True).exclude(attributor="markov"))
    attribute(world, later=REFIT_AFTER)
    assert set(credits_of(order, "markov")) == {"Ada", "Cem"}
    after = AttributionRun.objects.get(attributor="markov", is_current=True)
    assert after != before
    assert set(AttributionRun.objects.filter(is_current=True).exclude(attributor="markov")) == rules
    attribute(world, later=REFIT_AFTER * 3)
    assert AttributionRun.objects.get(attributor="markov", is_current=True) == after, "nothing new to learn from"
    assert_reconciles(world)


def test_runs_of_older_code_are_replaced(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=3)
    world.order(person, 1000)
    attribute(world)
    before = set(AttributionRun.objects.filter(is_current=True))
    AttributionRun.objects.update(code_version="0")
    attribute(world)
    assert not before & set(AttributionRun.objects.filter(is_current=True))
    assert_reconciles(world)


def test_a_change_of_the_campaigns_policy_is_applied_to_orders_there_are(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, 0, days=9)
    order = world.order(person, 1000)
    attribute(world)
    assert credits_of(order, "linear") == {"Ada": 1000}
    world.campaign.click_window_days = 7
    world.campaign.save()
    attribute(world)
    assert reason_of(order) == ("unattributed", "outside_window")
    assert not PolicyChange.objects.exists()
    world.campaign.name = "Late autumn"
    world.campaign.save()
    assert not PolicyChange.objects.exists(), "names decide nothing"


def test_old_direct_visits_leave_an_order_organic(world: BrandWorld) -> None:
    person = world.person()
    world.touch(person, None, days=370)
    order = world.order(person, 1000)
    attribute(world)
    assert reason_of(order) == ("organic", "no_touch")


def test_the_orders_page_and_the_credits_agree_at_the_windows_edge(world: BrandWorld) -> None:
    edge = timedelta(days=30)
    bought = NOW.replace(microsecond=600_000)
    orders = []
    # Whole seconds decide: .4 and .6 of one second are the same one.
    for seconds, microsecond in ((0, 400_000), (0, 600_000), (-1, 999_999), (1, 0)):
        person = world.person()
        touch = world.touch(person, 0, days=0)
        touch.at = NOW.replace(microsecond=microsecond) + timedelta(seconds=seconds) - edge
        touch.save()
        orders.append(world.order(person, 100))
    Conversion.objects.update(at=bought)
    late = world.person()
    touch = world.touch(late, 0, days=0)
    touch.at = bought + timedelta(milliseconds=300)
    touch.save()
    orders.append(world.order(late, 100))
    Conversion.objects.update(at=bought)
    attribute(world)
    counted = [credits_of(order, "linear") == {"Ada": 100} for order in orders]
    assert counted == [True, True, False, True, True]
    for order, counts in zip(orders, counted, strict=True):
        order.refresh_from_db()
        (step,) = read_order(order).steps
        assert (step.why == "") is counts, step.why
