"""The campaign report: its parts are the brand's net revenue, whatever the currency, the clock and the moment."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from attribution.attributors import ATTRIBUTORS
from attribution.models import Conversion
from attribution.reports.campaign_report import CampaignReport, campaign_report
from attribution.reports.run import attribute_brand
from campaigns.models import Contract, Shipment
from tests.attribution.records import NOW, BrandWorld, make_brand_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> BrandWorld:
    return make_brand_world()


def attribute(world: BrandWorld) -> None:
    attribute_brand(world.organization.pk, world.brand.pk, NOW)


def report(world: BrandWorld, since: date, until: date, attributor: str = "linear") -> CampaignReport:
    world.campaign.refresh_from_db()
    return campaign_report(world.campaign, attributor, since, until)


def sold(world: BrandWorld, net: int, at: datetime, currency: str = "USD", which: int = 0) -> Conversion:
    person = world.person()
    touch = world.touch(person, which, days=0)
    order = world.order(person, net)
    touch.at = order.at = at
    order.currency = currency
    touch.save()
    order.save()
    return order


def test_days_are_those_of_the_organization_and_none_is_lost_between_them(world: BrandWorld) -> None:
    world.organization.timezone = "America/New_York"
    world.organization.save()
    here = ZoneInfo("America/New_York")
    # The clocks go back on 1 November 2026: that day has 25 hours.
    moments = [
        datetime(2026, 10, 31, 23, 59, 59, 999_999, here),
        datetime(2026, 11, 1, 0, 0, 0, 0, here),
        datetime(2026, 11, 1, 23, 59, 59, 999_999, here),
        datetime(2026, 11, 2, 0, 0, 0, 0, here),
    ]
    for number, moment in enumerate(moments):
        sold(world, 10**number, moment.astimezone(UTC))
    attribute(world)
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]
    assert [report(world, day, day).total.revenue for day in days] == [1, 110, 1000]
    whole = report(world, days[0], days[-1])
    assert [(day, amount) for day, amount, _clicks in whole.days] == list(zip(days, (1, 110, 1000), strict=True))
    assert (whole.brand_revenue, whole.balance) == (1111, 0)


def test_a_clock_nobody_knows_counts_as_utc(world: BrandWorld) -> None:
    world.organization.timezone = "Mars/Olympus"
    world.organization.save()
    sold(world, 500, NOW)
    attribute(world)
    assert report(world, NOW.date(), NOW.date()).total.revenue == 500


def test_reconciles_under_every_model_beside_other_currencies_and_campaigns(world: BrandWorld) -> None:
    sold(world, 1001, NOW)
    sold(world, 777, NOW, "EUR")
    world.order(None, 400)
    refunded = sold(world, 900, NOW, which=1)
    world.refund(refunded, 333)
    attribute(world)
    for each in ATTRIBUTORS:
        read = report(world, NOW.date(), NOW.date(), each.key)
        assert (read.balance, read.brand_revenue, read.waiting) == (0, 1001 + 400 + 900 - 333, 0), each.key
        assert list(read.other_currencies) == [("EUR", 777)]


def test_what_is_being_attributed_explains_what_is_missing(world: BrandWorld) -> None:
    order = sold(world, 1000, NOW)
    attribute(world)
    Conversion.objects.filter(pk=order.pk).update(state="cancelled", net_minor=0, is_stale=True)
    read = report(world, NOW.date(), NOW.date())
    assert read.balance == -1000
    assert read.waiting == 1, "the page must not call this a fault"


def test_costs_in_other_currencies_stand_apart_and_are_not_forgotten(world: BrandWorld) -> None:
    ada = world.collaborations[0]
    own = {"organization": world.organization, "collaboration": ada}
    Contract.objects.create(**own, version=1, fee_minor=5_000, currency="USD", starts_on=NOW.date())
    Contract.objects.create(
        **own, version=2, fee_minor=70_000, currency="CNY", commission_bps=1_000, starts_on=NOW.date()
    )
    for currency in ("USD", "EUR"):
        Shipment.objects.create(**own, sku="S", quantity=2, unit_cost_minor=100, freight_minor=30, currency=currency)
    sold(world, 10_000, NOW)
    attribute(world)
    read = report(world, NOW.date(), NOW.date(), "last_non_direct")
    cost = read.total.cost
    assert (cost.fee, cost.commission, cost.samples, cost.freight) == (0, 1_000, 200, 30)
    assert list(read.other_costs) == [("CNY", 70_000), ("EUR", 230)]
