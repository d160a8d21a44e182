"""Judging posts: by the work's own connection, for every market, with decisions that only the brand can make."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from campaigns.compliance import review as reviewing
from campaigns.compliance.post import PostError
from campaigns.models import (
    Collaboration,
    Decision,
    Deliverable,
    Finding,
    Outcome,
    PaymentHold,
    PostSnapshot,
    Review,
    Shipment,
)
from kolhub.models import Credential
from tests.campaigns.work import NOW, Scene, agree
from tests.factories import make_creator, make_membership, make_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


def agency_at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.agency_org.slug, *args])


def agreed(scene: Scene, shared: bool = False, **terms: Any) -> Deliverable:
    row = scene.collaboration(scene.shared if shared else scene.own)
    agree(row, scene.member, **terms)
    found: Deliverable = row.deliverables.get()
    return found


def judged(scene: Scene, deliverable: Deliverable, caption: str, source: str = "draft") -> dict[str, Review]:
    seen = reviewing.Capture(source=source, surfaces={"caption": caption})
    return {review.market: review for review in reviewing.capture(deliverable, seen, scene.member, NOW)}


# ---- the connection ----


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ({"fee": True, "commission": True}, "paid"),
        ({"commission": True, "coupon": True}, "affiliate"),
        ({"coupon": True, "link": True}, "code"),
        ({"link": True, "shipment": True}, "affiliate"),
        ({"shipment": True}, "gifted"),
        ({}, "unknown"),
    ],
)
def test_the_strongest_record_is_the_connection(records: dict[str, bool], kind: str) -> None:
    none = dict.fromkeys(("fee", "commission", "coupon", "link", "shipment"), False)
    assert reviewing.means_of(**{**none, **records}) == kind


def test_the_connection_comes_from_the_work(scene: Scene) -> None:
    row = scene.collaboration()
    assert not reviewing.connection_of(row).known
    Shipment.objects.create(organization=scene.brand_org, collaboration=row, sku="S", currency="USD")
    assert reviewing.connection_of(row).type == "gifted"
    agree(row, scene.member, fee_minor=0, commission_bps=0, with_coupon=False, with_link=False)
    assert reviewing.connection_of(row).type == "gifted"
    agree(row, scene.member)
    connection = reviewing.connection_of(row)
    assert (connection.type, connection.brand, connection.handles) == ("paid", "Luma", ("luma",))
    assert connection.coupon_codes == ("ANNA10",)
    assert connection.posting_obligation is True


def test_a_licence_counts_where_its_market_asks_for_it(scene: Scene) -> None:
    row = scene.collaboration()
    assert reviewing.connection_of(row, "US").licence_checked is False
    found = reviewing.connection_of(row, "AE")
    assert (found.licence_checked, found.licence) == (True, None)
    Credential.objects.create(organization=scene.brand_org, creator=scene.own, kind="uae_permit", number="1234")
    assert reviewing.connection_of(row, "AE").licence == "1234"
    assert reviewing.connection_of(row, "SA").licence is None


# ---- capture ----


def test_each_market_has_its_verdict_with_findings_and_sources(scene: Scene) -> None:
    scene.campaign.markets = ["NL", "DE"]
    scene.campaign.save()
    caption = "#ad Mijn nieuwe serum van @luma, echt fijn."
    found = judged(scene, agreed(scene), caption)
    assert found["NL"].verdict == "compliant"
    assert found["DE"].verdict in reviewing.BREACHES
    finding = found["DE"].findings.filter(quote="#ad").get()
    assert caption[finding.start : finding.end] == "#ad"
    assert finding.source["title"]
    assert "Werbung" in finding.fix or "Werbung" in finding.params["label"]
    snapshot = PostSnapshot.objects.get()
    assert snapshot.surfaces == {"caption": caption}
    assert len(snapshot.sha256) == 64


def test_a_paid_post_without_a_word_is_missing_everywhere(scene: Scene) -> None:
    found = judged(scene, agreed(scene), "Three weeks with the @luma serum. Obsessed.", "paste")
    assert {market: review.verdict for market, review in found.items()} == {"US": "missing", "DE": "missing"}


def test_a_post_that_cannot_be_read_stores_nothing(scene: Scene) -> None:
    deliverable = agreed(scene)
    with pytest.raises(PostError):
        reviewing.capture(deliverable, reviewing.Capture("draft", {"caption": 7}), scene.member, NOW)
    assert not PostSnapshot.objects.exists()


def test_the_capture_form_judges(scene: Scene, client: Client) -> None:
    deliverable = agreed(scene)
    client.force_login(scene.member.user)
    address = at(scene, "capture", deliverable.pk)
    refused = client.post(address, {"is_published": "draft"})
    assert refused.status_code == 422
    assert "at least one of its texts" in refused.content.decode()
    client.post(
        address,
        {
            "is_published": "draft",
            "caption": "Werbung | Das Serum von @luma",
            "overlay": "0:02 Werbung\nso gut",
            "absent": ["transcript"],
            "platform_label": "no",
            "links": "https://shop.example/x",
        },
    )
    scene.as_brand()
    snapshot = PostSnapshot.objects.get()
    assert snapshot.surfaces["overlay"] == [{"text": "Werbung", "t": 2}, {"text": "so gut"}]
    assert snapshot.surfaces["transcript"] == ""
    assert snapshot.platform_label is False
    assert Review.objects.get(market="DE").verdict == "compliant"


def test_a_viewer_cannot_capture_but_a_reviewer_can(scene: Scene, client: Client) -> None:
    deliverable = agreed(scene)
    for role, status in (("viewer", 403), ("analyst", 403), ("compliance", 302)):
        client.force_login(make_membership(scene.brand_org, role).user)
        answer = client.post(at(scene, "capture", deliverable.pk), {"is_published": "draft", "caption": "#ad hello"})
        assert answer.status_code == status, role


def test_an_agency_submits_a_draft_and_reads_its_verdict(scene: Scene, client: Client) -> None:
    deliverable = agreed(scene, shared=True)
    client.force_login(scene.agency.user)
    client.post(agency_at(scene, "capture", deliverable.pk), {"is_published": "draft", "caption": "Serum von @luma"})
    scene.as_agency()
    found = Review.objects.get(market="DE")
    assert found.verdict == "missing"
    page = client.get(agency_at(scene, "review", found.pk))
    assert page.status_code == 200
    assert "Decide" not in page.content.decode()
    assert client.post(agency_at(scene, "review_decide", found.pk), {"kind": "dismiss"}).status_code == 404
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.create(
            organization=scene.brand_org,
            agency_organization=scene.agency_org,
            review=found,
            kind="dismiss",
            decided_by=scene.agency.user,
        )


# ---- the queue and the decisions ----


def test_open_breaches_come_first_and_money_orders_them(scene: Scene, client: Client) -> None:
    fine, poor, rich = scene.own, make_creator(scene.brand_org, name="Poor Seller"), scene.shared
    make_profile(poor)
    scene.as_brand()
    scene.campaign.markets = ["DE"]
    scene.campaign.save()
    rows = {}
    for creator, caption in ((fine, "Werbung | Serum"), (poor, "Serum!"), (rich, "Serum!!")):
        row = scene.collaboration(creator)
        agree(row, scene.member)
        rows[creator.name] = row
        judged(scene, row.deliverables.get(), caption)
    Outcome.objects.create(
        organization=scene.brand_org,
        collaboration=rows["李佳琦"],
        attributor="last",
        credited_minor=9_000_00,
        currency="USD",
        as_of=NOW,
    )
    client.force_login(scene.member.user)
    listed = client.get(at(scene, "review_list")).context["page_obj"].object_list
    names = [review.snapshot.deliverable.collaboration.creator_name for review in listed]
    assert names == ["李佳琦", "Poor Seller", "Anna Schmidt"]
    reviewing.decide(listed[0], "waive", "agreed with the regulator", scene.member)
    scene.as_brand()
    first = reviewing.queue(scene.member).first()
    assert first.snapshot.deliverable.collaboration.creator_name == "Poor Seller"


def test_a_newer_capture_takes_the_older_ones_place(scene: Scene) -> None:
    deliverable = agreed(scene)
    judged(scene, deliverable, "Serum!")
    newer = judged(scene, deliverable, "#ad Serum!")
    assert {review.pk for review in reviewing.queue(scene.member)} == {review.pk for review in newer.values()}


def decided(scene: Scene, client: Client, **data: object) -> Any:
    found = judged(scene, agreed(scene), "Serum!")["US"]
    client.force_login(scene.member.user)
    return client.post(at(scene, "review_decide", found.pk), data)


def test_a_confirmed_breach_can_hold_the_payment_until_released(scene: Scene, client: Client) -> None:
    decided(scene, client, kind="confirm", hold="on", reason="No label at all")
    scene.as_brand()
    hold = PaymentHold.objects.get()
    assert hold.collaboration == Collaboration.objects.get()
    assert hold.released_at is None
    found = Review.objects.get(market="US")
    assert "Payment is on hold" in client.get(at(scene, "review", found.pk)).content.decode()
    client.post(at(scene, "hold_release", found.pk))
    hold.refresh_from_db()
    assert hold.released_by == scene.member.user


@pytest.mark.parametrize("kind", ["waive", "dismiss"])
def test_letting_a_breach_go_needs_a_reason(scene: Scene, client: Client, kind: str) -> None:
    answer = decided(scene, client, kind=kind)
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    scene.as_brand()
    assert not Decision.objects.exists()


def test_only_a_confirmed_breach_holds_a_payment(scene: Scene, client: Client) -> None:
    assert decided(scene, client, kind="ask_fix", hold="on").status_code == 422
    scene.as_brand()
    assert not PaymentHold.objects.exists()


def test_managers_see_but_do_not_decide(scene: Scene, client: Client) -> None:
    found = judged(scene, agreed(scene), "Serum!")["US"]
    client.force_login(make_membership(scene.brand_org, "manager").user)
    page = client.get(at(scene, "review", found.pk)).content.decode()
    assert "Decide" not in page
    assert client.post(at(scene, "review_decide", found.pk), {"kind": "confirm"}).status_code == 403


def test_the_review_page_marks_the_quote_and_names_rule_source_and_fix(scene: Scene, client: Client) -> None:
    found = judged(scene, agreed(scene), "#ad <b>Serum</b> von @luma, das Beste für die Haut")["DE"]
    client.force_login(scene.member.user)
    page = client.get(at(scene, "review", found.pk)).content.decode()
    assert '<mark class="finding">#ad' in page
    assert "&lt;b&gt;Serum" in page
    finding = Finding.objects.filter(review=found, quote="#ad").get()
    assert finding.rule in page
    assert finding.source["url"] in page
    assert "Werbung" in page
    assert "style=" not in page


# ---- the draft check ----


def check(**fields: object) -> dict[str, object]:
    return {
        "markets": ["NL", "DE"],
        "platform": "instagram",
        "media": "image",
        "connection": "paid",
        "brand": "Luma",
        "caption": "#ad Das neue Serum von @luma ist großartig",
        **fields,
    }


def test_a_draft_passes_in_the_netherlands_and_fails_in_germany_with_the_corrected_text(
    scene: Scene, client: Client
) -> None:
    client.force_login(scene.agency.user)
    page = client.post(agency_at(scene, "draft_check"), check())
    results = {result["review"].market: result for result in page.context["results"]}
    assert results["NL"]["review"].verdict == "compliant"
    assert results["NL"]["corrected"] == []
    assert results["DE"]["review"].verdict in reviewing.BREACHES
    assert results["DE"]["corrected"][0][1].startswith("Werbung")
    assert results["DE"]["after"].verdict == "compliant"
    assert "Werbung | Das neue Serum" in page.content.decode()
    scene.as_brand()
    assert not PostSnapshot.objects.exists()


def test_the_draft_check_starts_from_the_collaboration(scene: Scene, client: Client) -> None:
    deliverable = agreed(scene, shared=True)
    row = deliverable.collaboration
    client.force_login(scene.agency.user)
    page = client.get(agency_at(scene, "draft_check") + f"?collaboration={row.pk}")
    assert page.context["form"].initial["markets"] == ["US", "DE"]
    assert page.context["form"].initial["connection"] == "paid"
    stranger = make_membership(kind="agency")
    client.force_login(stranger.user)
    elsewhere = reverse("campaigns:draft_check", args=[stranger.organization.slug])
    assert client.get(f"{elsewhere}?collaboration={row.pk}").status_code == 404


def test_an_empty_draft_is_refused(scene: Scene, client: Client) -> None:
    client.force_login(scene.member.user)
    assert client.post(at(scene, "draft_check"), check(caption="  ")).status_code == 422
    assert client.post(at(scene, "draft_check"), check(markets=[])).status_code == 422
