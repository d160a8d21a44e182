"""Orders and reports as a brand manager sees them: the numbers on the page sum."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from attribution.models import ConversionEvidence
from attribution.reports.run import attribute_brand
from campaigns.models import Contract, Deliverable, DeliverableMetric
from kolhub.models import ApiToken, Membership, User
from tests.attribution.records import NOW, BrandWorld, make_brand_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> BrandWorld:
    world = make_brand_world()
    ada = world.collaborations[0]
    Contract.objects.create(
        organization=world.organization, collaboration=ada, version=1, fee_minor=20_000, currency="USD",
        commission_bps=1000, starts_on=NOW.date(),
    )  # fmt: skip
    post = Deliverable.objects.create(
        organization=world.organization, collaboration=ada, platform="instagram", published_at=NOW
    )
    for views in (1000, 4000):
        DeliverableMetric.objects.create(
            organization=world.organization, deliverable=post, taken_at=NOW, views=views, likes=100, comments=20,
            source=str(views),
        )  # fmt: skip
    for number in range(6):
        person = world.person()
        world.touch(person, 0, days=4)
        world.touch(person, 1, days=2)
        order = world.order(person, 3333 + number, days=1)
        ConversionEvidence.objects.create(
            organization=world.organization, conversion=order, hit_id=person.touches.first().hit_id, kind="s2s", at=NOW
        )
    world.refund(order, 1000)
    world.order(None, 5000)
    world.order(world.person(), 700, coupon_codes=["WHOSE"])
    attribute_brand(world.organization.pk, world.brand.pk, NOW)
    return world


def login(client: Client, world: BrandWorld, role: str = "manager") -> Membership:
    user = User.objects.create_user(f"{role}@lumen.example", "a long password")
    membership = Membership.objects.create(organization=world.organization, user=user, role=role)
    client.force_login(user)
    return membership


def minors(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-minor="(-?\d+)"', html)]


def report_url(world: BrandWorld, extra: str = "") -> str:
    return f"/o/lumen/reports/{world.campaign.pk}/{extra}"


@pytest.mark.parametrize("attributor", ["last_non_direct", "linear", "markov", "shapley"])
def test_the_report_accounts_for_all_net_revenue(client: Client, world: BrandWorld, attributor: str) -> None:
    login(client, world)
    response = client.get(report_url(world), {"attributor": attributor})
    assert response.status_code == 200
    report = response.context["report"]
    assert report.balance == 0
    assert report.brand_revenue == sum(3333 + n for n in range(6)) - 1000 + 5000 + 700
    *lines, total = minors(response.content.decode())
    assert sum(lines) == total == report.total.revenue
    assert {share.reason for share in report.shares} == {"no_touch", "unknown_coupon"}


def test_costs_and_ratios_follow_their_definitions(client: Client, world: BrandWorld) -> None:
    login(client, world)
    report = client.get(report_url(world), {"attributor": "first"}).context["report"]
    ada = next(line for line in report.lines if line.creator == "Ada")
    revenue = sum(3333 + n for n in range(6)) - 1000
    # Pay follows the last creator touch, which was Bao's: Ada's commission is 0 whatever model is looked at.
    assert (ada.revenue, ada.cost.fee, ada.cost.commission) == (revenue, 20_000, 0)
    assert ada.orders == 6
    assert ada.views == 4000, "the newest count of a deliverable, not the sum of all counts"
    assert ada.engagements == 120
    assert ada.roas == pytest.approx(revenue / 20_000)
    assert ada.cpm == pytest.approx(20_000 / 4)
    assert ada.refund_rate == pytest.approx(1000 / (revenue + 1000))
    assert ada.aov == pytest.approx((revenue + 1000) / 6)
    assert [line.creator for line in report.renewals()] == ["Ada"]


def test_content_shows_the_counts_of_the_first_seventh_and_thirtieth_day(client: Client, world: BrandWorld) -> None:
    login(client, world)
    post = Deliverable.objects.get()
    Deliverable.objects.update(url="https://www.instagram.com/p/Kol1/")
    for age, views in ((1.2, 11), (7.5, 77), (30.1, 333), (40, 444)):
        DeliverableMetric.objects.create(
            organization=world.organization, deliverable=post, taken_at=NOW + timedelta(days=age), views=views,
            source=str(age),
        )  # fmt: skip
    response = client.get(report_url(world))
    piece = response.context["report"].pieces[0]
    assert piece.views == (11, 77, 333)
    assert piece.latest[0] == 444
    assert "https://www.instagram.com/p/Kol1/" in response.content.decode()


def test_exports_hold_the_same_numbers(client: Client, world: BrandWorld) -> None:
    login(client, world)
    response = client.get(report_url(world, "report.csv"), {"attributor": "linear"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    whole = next(row for row in rows if row["Creator"] == "Net revenue of the brand")
    total = next(row for row in rows if row["Creator"] == "Total")
    parts = [row for row in rows if row not in (whole, total)]
    cents = [round(float(row["Net revenue"]) * 100) for row in parts]
    assert sum(cents) == round(float(whole["Net revenue"]) * 100)
    sheet = load_workbook(io.BytesIO(client.get(report_url(world, "report.xlsx")).content)).active
    assert sheet.max_row == len(rows) + 1


def test_a_period_that_ends_before_it_begins_is_refused(client: Client, world: BrandWorld) -> None:
    login(client, world)
    response = client.get(report_url(world), {"since": "2026-10-02", "until": "2026-10-01"})
    assert response.status_code == 422
    assert "ends before it begins" in response.content.decode()
    assert client.get(report_url(world), {"attributor": "magic"}).status_code == 422


def test_an_order_shows_its_journey_and_every_split(client: Client, world: BrandWorld) -> None:
    login(client, world)
    listed = client.get("/o/lumen/orders/", {"q": "#6"})
    assert [order.order_ref for order in listed.context["page_obj"]] == ["#6"]
    order = listed.context["page_obj"][0]
    response = client.get(f"/o/lumen/orders/{order.pk}/")
    assert len(response.context["steps"]) == 2
    assert len(response.context["splits"]) == 10
    assert set(minors(response.content.decode())) == {order.revenue}
    assert order.revenue == 3338 - 1000


def test_lists_are_clear_when_empty(client: Client) -> None:
    world = make_brand_world("empty")
    login(client, world)
    assert "No orders yet" in client.get("/o/empty/orders/").content.decode()
    report = client.get(f"/o/empty/reports/{world.campaign.pk}/")
    assert report.status_code == 200
    assert "Not sure yet" in report.content.decode()


@pytest.mark.parametrize(("role", "status"), [("analyst", 200), ("viewer", 403), ("compliance", 403)])
def test_money_is_for_those_who_may_see_it(client: Client, world: BrandWorld, role: str, status: int) -> None:
    login(client, world, role)
    assert client.get(report_url(world)).status_code == status
    assert client.get("/o/lumen/orders/").status_code == status


def test_the_api_gives_the_same_report_and_order(client: Client, world: BrandWorld) -> None:
    _token, secret = ApiToken.issue(login(client, world), "reports")
    client.logout()
    headers = {"Authorization": f"Bearer {secret}"}
    url = f"/api/v1/o/lumen/campaigns/{world.campaign.pk}/report/"
    report = client.get(url, {"attributor": "linear"}, headers=headers).json()
    parts = [line["net_revenue_minor"] for line in [*report["lines"], *report["shares"]]]
    assert sum(parts) == report["brand_net_revenue_minor"]
    assert report["balance_minor"] == 0
    orders = client.get("/api/v1/o/lumen/orders/", {"order_ref": "#6"}, headers=headers).json()
    found = client.get(f"/api/v1/o/lumen/orders/{orders['results'][0]['id']}/", headers=headers).json()
    by_model: dict[str, int] = {}
    for credit in found["credits"]:
        by_model[credit["attributor"]] = by_model.get(credit["attributor"], 0) + credit["amount_minor"]
    assert set(by_model.values()) == {found["net_revenue_minor"]}
    assert client.get(url, {"since": "never"}, headers=headers).status_code == 400
