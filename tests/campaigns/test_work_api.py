"""Campaigns, collaborations, links, coupons, content and the judge over REST."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from campaigns.models import Campaign, Collaboration, DeliverableMetric, PostSnapshot, Review, Stage
from kolhub.models import ApiToken, Membership
from tests.campaigns.work import Scene, agree
from tests.factories import make_membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


class Api:
    """A machine with a token of one membership."""

    def __init__(self, membership: Membership) -> None:
        _token, secret = ApiToken.issue(membership, "test")
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        self.base = f"/api/v1/o/{membership.organization.slug}"

    def get(self, path: str) -> Any:
        return self.client.get(f"{self.base}/{path}", format="json")

    def post(self, path: str, data: Any = None) -> Any:
        return self.client.post(f"{self.base}/{path}", data or {}, format="json")

    def patch(self, path: str, data: Any) -> Any:
        return self.client.patch(f"{self.base}/{path}", data, format="json")


TERMS = {
    "deliverables": [{"platform": "instagram", "kind": "review", "quantity": 1}],
    "fee_minor": 50_000,
    "currency": "USD",
    "commission_bps": 1000,
    "discount_bps": 1000,
    "starts_on": "2026-06-01",
}


def test_from_campaign_to_credit_ready_collaboration(scene: Scene) -> None:
    api = Api(scene.member)
    made = api.post(
        "campaigns/",
        {
            "brand": scene.campaign.brand_id,
            "name": "By machine",
            "markets": ["US"],
            "landing_url": "https://shop.example/x",
            "budget_minor": 100_000,
            "starts_on": "2026-06-01",
            "ends_on": "2026-07-01",
        },
    )
    assert made.status_code == 201, made.data
    row = api.post("collaborations/", {"campaign": made.data["id"], "creator": scene.own.pk})
    assert row.status_code == 201, row.data
    assert row.data["owner"] == scene.member.user.email
    again = api.post("collaborations/", {"campaign": made.data["id"], "creator": scene.own.pk})
    assert again.data == {"creator": ["Already in this campaign."]}
    path = f"collaborations/{row.data['id']}"
    assert api.post(f"{path}/move/", {"stage": "published"}).status_code == 400
    contract = api.post(f"{path}/terms/", TERMS)
    assert contract.status_code == 201, contract.data
    assert contract.data["version"] == 1
    assert contract.data["disclosures"][0]["market"] == "US"
    assert api.get(f"{path}/").data["stage"] == Stage.AGREED
    assert api.patch(f"{path}/", {"next_action": "ship it"}).data["next_action"] == "ship it"
    assert [each["version"] for each in api.get(f"{path}/contracts/").data] == [1]
    link = api.get(f"links/?collaboration={row.data['id']}").data["results"][0]
    assert link["destination"] == "https://shop.example/x"
    assert api.patch(f"links/{link['id']}/", {"destination": "https://evil.example/"}).status_code == 400
    changed = api.patch(f"links/{link['id']}/", {"destination": "https://shop.example/y", "disabled": True})
    assert (changed.data["version"], changed.data["disabled"]) == (2, True)
    coupon = api.get("coupons/?code=ANNA10").data["results"][0]
    ended = api.post(f"coupons/{coupon['id']}/end/", {"at": "2026-06-20T00:00:00Z"})
    assert ended.data["valid_until"] == "2026-06-20T00:00:00Z"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"landing_url": "https://evil.example/"}, "landing_url"),
        ({"name": "Summer launch"}, "name"),
        ({"ends_on": "2026-01-01"}, "ends_on"),
        ({"markets": []}, "markets"),
        ({"budget_minor": -1}, "budget_minor"),
        ({"brand": 999_999}, "brand"),
        ({"budgetminor": 1}, "budgetminor"),
    ],
)
def test_bad_campaigns_are_refused_by_field(scene: Scene, change: dict[str, Any], field: str) -> None:
    data = {
        "brand": scene.campaign.brand_id,
        "name": "x",
        "markets": ["US"],
        "landing_url": "https://shop.example/x",
        "starts_on": "2026-06-01",
        **change,
    }
    answer = Api(scene.member).post("campaigns/", data)
    assert answer.status_code == 400
    assert list(answer.data) == [field]
    scene.as_brand()
    assert Campaign.objects.count() == 1


def test_bad_terms_are_refused_by_field(scene: Scene) -> None:
    row = scene.collaboration()
    api = Api(scene.member)
    for change, field in (
        ({"starts_on": "2027-01-01"}, "starts_on"),
        ({"deliverables": []}, "deliverables"),
        ({"fee": 5}, "fee"),
        ({"coupon_code": "A B"}, "coupon_code"),
    ):
        answer = api.post(f"collaborations/{row.pk}/terms/", {**TERMS, **change})
        assert answer.status_code == 400
        assert list(answer.data) == [field]


def test_an_agency_sees_its_side_only(scene: Scene) -> None:
    theirs = scene.collaboration(scene.shared)
    scene.collaboration(scene.own)
    agree(theirs, scene.member)
    Collaboration.objects.update(next_action="press the price")
    api = Api(scene.agency)
    rows = api.get("collaborations/").data["results"]
    assert [row["id"] for row in rows] == [theirs.pk]
    assert (rows[0]["next_action"], rows[0]["owner"]) == (None, None)
    assert api.get("campaigns/").status_code == 404
    assert api.patch(f"collaborations/{theirs.pk}/", {"next_action": "x"}).status_code == 404
    assert api.post(f"collaborations/{theirs.pk}/terms/", TERMS).status_code == 404
    link = api.get("links/").data["results"][0]
    assert link["destination"] is None
    assert link["short_url"].endswith(link["slug"])
    assert api.patch(f"links/{link['id']}/", {"disabled": True}).status_code == 404
    coupon = api.get("coupons/").data["results"][0]
    assert api.post(f"coupons/{coupon['id']}/end/", {"at": "2026-07-01T00:00:00Z"}).status_code == 404


def test_money_needs_its_verb(scene: Scene) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    scene.campaign.budget_minor = 5
    scene.campaign.save()
    viewer = Api(make_membership(scene.brand_org, "viewer"))
    assert viewer.get(f"campaigns/{scene.campaign.pk}/").data["budget_minor"] is None
    assert viewer.get(f"collaborations/{row.pk}/contracts/").data[0]["fee_minor"] is None
    assert viewer.post("campaigns/", {}).status_code == 403
    assert Api(scene.member).get(f"campaigns/{scene.campaign.pk}/").data["budget_minor"] == 5


def test_content_and_numbers(scene: Scene) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member)
    api = Api(scene.agency)
    data = {"collaboration": row.pk, "platform": "douyin", "kind": "live", "url": "https://www.douyin.com/video/7123"}
    made = api.post("deliverables/", {**data, "published_at": "2026-06-01T00:00:00Z"})
    assert made.status_code == 201, made.data
    assert api.post("deliverables/", data).status_code == 400
    assert api.post("deliverables/", {**data, "platform": "instagram"}).status_code == 400
    path = f"deliverables/{made.data['id']}/metrics/"
    number = {"taken_at": "2026-06-08T00:00:00Z", "views": 10, "provenance": "measured", "source": "us"}
    added = api.post(path, number)
    assert (added.status_code, added.data["provenance"], added.data["age_days"]) == (201, "claimed", 7)
    assert api.post(path, number).status_code == 400
    assert api.post(path, {"taken_at": "2026-06-09T00:00:00Z"}).status_code == 400
    assert [each["views"] for each in Api(scene.member).get(path).data] == [10]
    scene.as_brand()
    assert DeliverableMetric.objects.count() == 1


def test_capture_stores_and_judge_does_not(scene: Scene) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member)
    api = Api(scene.agency)
    scene.as_agency()
    found = row.deliverables.get()
    answer = api.post(f"deliverables/{found.pk}/capture/", {"source": "draft", "surfaces": {"caption": "Serum!"}})
    assert answer.status_code == 201, answer.data
    assert {review["market"]: review["verdict"] for review in answer.data} == {"US": "missing", "DE": "missing"}
    assert answer.data[0]["findings"][0]["explanation"].startswith("A connection is on record")
    assert api.post(f"deliverables/{found.pk}/capture/", {"source": "draft", "surfaces": {"x": 1}}).status_code == 400
    judged = api.post(
        "compliance/judge/",
        {
            "markets": ["NL", "DE"],
            "post": {"platform": "instagram", "caption": "#ad Serum von @luma"},
            "connection": {"known": True, "type": "paid", "brand": "Luma"},
        },
    )
    assert judged.status_code == 200, judged.data
    assert judged.data["markets"]["NL"]["verdict"] == "compliant"
    assert judged.data["verdict"] != "compliant"
    assert all(finding["sentence"] for finding in judged.data["findings"])
    wrong = api.post("compliance/judge/", {"markets": ["DE"], "post": {"caption": 7}})
    assert wrong.status_code == 400
    scene.as_brand()
    assert PostSnapshot.objects.count() == 1
    assert Review.objects.count() == 2


def test_strangers_find_nothing(scene: Scene) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    stranger = Api(make_membership(kind="brand"))
    for path in ("campaigns", "collaborations", "links", "coupons", "deliverables"):
        assert stranger.get(f"{path}/").data["results"] == []
    assert stranger.get(f"collaborations/{row.pk}/").status_code == 404
    outside = APIClient().get(f"/api/v1/o/{scene.slug}/collaborations/")
    assert outside.status_code == 401
    creator = stranger.post("collaborations/", {"campaign": scene.campaign.pk, "creator": scene.own.pk})
    assert set(creator.data) == {"campaign", "creator"}
