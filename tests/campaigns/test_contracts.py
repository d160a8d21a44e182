"""Confirming terms: one transaction that makes contract, link, coupon, QR, labels and planned content."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import coupons
from campaigns.models import Contract, Coupon, Deliverable, Stage, TrackingLink, TrackingLinkVersion
from campaigns.terms import DeliverableLine, TermsError
from kolhub.models import AuditEvent, SharingGrant
from tests.campaigns.work import NOW, Scene, agree, terms
from tests.factories import make_creator, make_membership, make_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


# ---- what a confirmation makes ----


def test_confirming_makes_everything_at_once(scene: Scene) -> None:
    row = scene.collaboration()
    contract = agree(row, scene.member, deliverables=(DeliverableLine("instagram", "review", 2, date(2026, 6, 20)),))
    row.refresh_from_db()
    assert (row.stage, row.agreed_at) == (Stage.AGREED, NOW)
    assert contract.version == 1
    link = row.links.get()
    version = link.versions.get()
    assert version.destination == "https://www.shop.example/serum"
    assert version.parameters == {
        "utm_source": "instagram",
        "utm_medium": "creator",
        "utm_campaign": "summer-launch",
        "utm_content": "anna.schmidt",
    }
    coupon = row.coupons.get()
    assert (coupon.code, coupon.code_key, coupon.discount_bps) == ("ANNA10", "anna10", 1000)
    assert coupon.valid_from == datetime(2026, 6, 1, tzinfo=UTC)
    assert coupon.valid_until == datetime(2026, 9, 1, tzinfo=UTC)
    planned = row.deliverables.all()
    assert [(d.platform, d.kind, d.due_on) for d in planned] == [("instagram", "review", date(2026, 6, 20))] * 2
    labels = {each["market"]: each["text"] for each in contract.disclosures}
    assert labels["DE"] in {"Werbung", "Anzeige"}
    assert "ad" in labels["US"].lower()
    assert AuditEvent.objects.filter(verb="collaboration.agree", subject=f"collaboration:{row.pk}").exists()


def test_confirming_again_is_a_new_version_that_keeps_link_and_coupon(scene: Scene) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    link, coupon = row.links.get(), row.coupons.get()
    lines = (DeliverableLine("instagram", "review", 3), DeliverableLine("tiktok", "tutorial", 1))
    again = agree(row, scene.member, fee_minor=70_000, deliverables=lines)
    assert again.version == 2
    assert (row.links.get(), row.coupons.get()) == (link, coupon)
    assert link.versions.count() == 1
    assert row.deliverables.filter(platform="instagram").count() == 3
    assert row.deliverables.get(platform="tiktok").media == "video"
    assert row.contract.fee_minor == 70_000
    assert Contract.objects.get(version=1).fee_minor == 50_000


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"deliverables": ()}, "deliverables", "no_deliverables"),
        ({"deliverables": (DeliverableLine("instagram", "review", 0),)}, "deliverables", "quantity"),
        ({"commission_bps": 10_001}, "commission", "share"),
        ({"fee_minor": -1}, "fee", "negative"),
        ({"ends_on": date(2026, 5, 1)}, "ends_on", "before_start"),
        ({"starts_on": date(2026, 9, 1), "ends_on": None}, "starts_on", "after_campaign"),
    ],
)
def test_bad_terms_write_nothing(scene: Scene, given: dict[str, object], field: str, code: str) -> None:
    row = scene.collaboration()
    with pytest.raises(TermsError) as trouble:
        agree(row, scene.member, **given)
    assert (trouble.value.field, trouble.value.code) == (field, code)
    row.refresh_from_db()
    assert row.stage == Stage.TO_CONTACT
    for model in (Contract, TrackingLink, Coupon, Deliverable):
        assert not model.objects.exists()


def test_a_landing_page_that_left_the_brands_domains_stops_the_confirmation(scene: Scene) -> None:
    row = scene.collaboration()
    scene.campaign.brand.domains = ["other.example"]
    scene.campaign.brand.save()
    with pytest.raises(TermsError) as trouble:
        agree(row, scene.member)
    assert trouble.value.code == "foreign_host"
    assert not Contract.objects.exists()


def test_terms_can_be_confirmed_after_the_sharing_has_ended(scene: Scene) -> None:
    row = scene.collaboration(scene.shared)
    scene.as_agency()
    SharingGrant.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    scene.as_brand()
    assert agree(row, scene.member).disclosures
    assert row.links.exists()


# ---- coupons ----


def test_two_creators_of_one_name_get_different_codes(scene: Scene) -> None:
    twin = make_creator(scene.brand_org, name="Anna Berg")
    make_profile(twin, handle="anna.berg")
    agree(scene.collaboration(), scene.member)
    agree(scene.collaboration(twin), scene.member)
    assert sorted(Coupon.objects.values_list("code", flat=True)) == ["ANNA10", "ANNA10B"]


def test_a_chinese_name_takes_the_handle(scene: Scene) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member, discount_bps=1250)
    assert row.coupons.get().code == "LIJIAQI125"


def test_a_wished_code_that_is_taken_is_refused_in_any_spelling(scene: Scene) -> None:
    agree(scene.collaboration(), scene.member, coupon_code="SUMMER")
    with pytest.raises(TermsError) as trouble:
        agree(scene.collaboration(scene.shared), scene.member, coupon_code="ｓummer")
    assert trouble.value.code == "code_taken"


def test_a_code_handed_over_belongs_to_one_creator_at_a_time(scene: Scene) -> None:
    first, second = scene.collaboration(), scene.collaboration(scene.shared)
    agree(first, scene.member, coupon_code="SUMMER")
    agree(second, scene.member)
    old = first.coupons.get()
    moment = NOW + timedelta(days=10)
    new = coupons.hand_over(old, second, moment, scene.member.user)
    old.refresh_from_db()
    assert old.valid_until == new.valid_from == moment
    assert new.valid_until == datetime(2026, 9, 1, tzinfo=UTC)
    assert new.agency_organization == scene.agency_org
    with pytest.raises(TermsError):
        coupons.hand_over(new, second, moment + timedelta(days=1), scene.member.user)
    with pytest.raises(TermsError):
        coupons.hand_over(old, second, moment + timedelta(days=1), scene.member.user)
    with pytest.raises(TermsError) as trouble:
        coupons.end(old, moment + timedelta(days=1), scene.member.user)
    assert trouble.value.code == "code_taken"


def test_a_code_cannot_end_before_it_began(scene: Scene) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    with pytest.raises(TermsError):
        coupons.end(row.coupons.get(), datetime(2026, 5, 1, tzinfo=UTC), scene.member.user)


# ---- pages ----


def form_data(**fields: object) -> dict[str, object]:
    return {
        "lines-TOTAL_FORMS": 2,
        "lines-INITIAL_FORMS": 0,
        "lines-0-platform": "instagram",
        "lines-0-kind": "review",
        "lines-0-quantity": 1,
        "lines-1-platform": "instagram",
        "lines-1-kind": "story",
        "lines-1-quantity": "",
        "fee": "500",
        "currency": "USD",
        "commission": "12.5",
        "starts_on": "2026-06-01",
        "ends_on": "2026-08-31",
        "with_link": "on",
        "with_coupon": "on",
        "discount": "10",
        **fields,
    }


def test_the_form_confirms(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    assert client.get(at(scene, "terms", row.pk)).status_code == 200
    answer = client.post(at(scene, "terms", row.pk), form_data(), follow=True)
    scene.as_brand()
    contract = row.contract
    assert (contract.fee_minor, contract.commission_bps) == (50_000, 1250)
    assert [line["kind"] for line in contract.deliverables] == ["review"]
    page = answer.content.decode()
    for shown in (row.links.get().short_url, "ANNA10", contract.disclosures[0]["text"]):
        assert shown in page


def test_the_forms_second_version_keeps_what_is_not_asked_again(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    client.force_login(scene.member.user)
    page = client.get(at(scene, "terms", row.pk))
    assert "coupon_code" not in page.context["form"].fields
    assert page.context["form"]["fee"].value() == 500
    client.post(at(scene, "terms", row.pk), form_data(fee="900.10"))
    scene.as_brand()
    assert row.contract.fee_minor == 90_010
    assert Coupon.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lines-0-quantity": ""}, "at least one deliverable"),
        ({"fee": "-3"}, "greater than or equal to 0"),
        ({"fee": "1.005"}, "decimals"),
        ({"commission": "101"}, "less than or equal to 100"),
        ({"ends_on": "2026-05-01"}, "after the start"),
        ({"currency": "XXX"}, "XXX"),
    ],
)
def test_the_form_says_what_is_wrong(scene: Scene, client: Client, fields: dict[str, object], says: str) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    answer = client.post(at(scene, "terms", row.pk), form_data(**fields))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    scene.as_brand()
    assert not Contract.objects.exists()


def test_the_contract_shows_both_languages_and_every_version(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member, usage_rights="Six months, paid ads <b>included</b>")
    agree(row, scene.member, fee_minor=123_456)
    client.force_login(scene.member.user)
    newest = client.get(at(scene, "contract", row.pk)).content.decode()
    assert "Collaboration agreement" in newest
    assert "达人合作协议" in newest
    assert "1,234.56" in newest
    first = client.get(at(scene, "contract_version", row.pk, 1)).content.decode()
    assert "$500.00" in first
    assert "&lt;b&gt;included" in first
    assert "style=" not in first
    assert client.get(at(scene, "contract_version", row.pk, 9)).status_code == 404


def test_a_contract_needs_the_right_to_see_money(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    for role, status in (("analyst", 200), ("compliance", 403), ("viewer", 403)):
        client.force_login(make_membership(scene.brand_org, role).user)
        assert client.get(at(scene, "contract", row.pk)).status_code == status


def test_the_qr_code_is_an_image_of_the_short_link(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    client.force_login(scene.member.user)
    answer = client.get(at(scene, "link_qr", row.links.get().pk))
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<?xml")
    assert b"<svg" in answer.content


# ---- links ----


def test_a_new_destination_is_a_new_version(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    link = row.links.get()
    client.force_login(scene.member.user)
    address = at(scene, "link_edit", link.pk)
    refused = client.post(address, {"destination": "https://evil.example/"})
    assert refused.status_code == 422
    assert "shop.example" in refused.content.decode()
    client.post(address, {"destination": "https://shop.example/other", "label": "bio"})
    client.post(address, {"destination": "https://shop.example/other", "label": "bio"})
    scene.as_brand()
    assert [(v.version, v.destination) for v in link.versions.all()] == [
        (1, "https://www.shop.example/serum"),
        (2, "https://shop.example/other"),
    ]
    assert link.versions.last().parameters["utm_source"] == "instagram"


def test_a_link_is_disabled_and_enabled(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    link = row.links.get()
    client.force_login(scene.member.user)
    client.post(at(scene, "link_disable", link.pk))
    link.refresh_from_db()
    assert link.disabled_at is not None
    client.post(at(scene, "link_disable", link.pk))
    link.refresh_from_db()
    assert link.disabled_at is None


def test_a_coupon_is_ended_and_handed_over_on_its_page(scene: Scene, client: Client) -> None:
    first, second = scene.collaboration(), scene.collaboration(scene.shared)
    agree(first, scene.member)
    agree(second, scene.member)
    coupon = first.coupons.get()
    client.force_login(scene.member.user)
    address = at(scene, "coupon_edit", coupon.pk)
    assert client.get(address).status_code == 200
    assert client.post(address, {"at": "2020-01-01T00:00"}).status_code == 422
    client.post(address, {"at": "2026-07-01T00:00", "to": second.pk})
    scene.as_brand()
    assert set(second.coupons.values_list("code", flat=True)) == {"ANNA10", "LIJIAQI10"}


def test_link_versions_and_contracts_cannot_be_rewritten(scene: Scene) -> None:
    row = scene.collaboration()
    contract = agree(row, scene.member)
    for statement in (
        "UPDATE campaigns_contract SET fee_minor = 1",
        "DELETE FROM campaigns_trackinglinkversion",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Contract.objects.get(pk=contract.pk).fee_minor == 50_000
    assert TrackingLinkVersion.objects.count() == 1


def test_the_list_of_links_exports_what_the_shop_needs(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    agree(row, scene.member)
    client.force_login(scene.member.user)
    assert "ANNA10" in client.get(at(scene, "links")).content.decode()
    rows = client.get(at(scene, "links_csv")).content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("Summer launch,Anna Schmidt,instagram,anna.schmidt,http")
    assert ",ANNA10,10.0," in rows[1]


def test_terms_are_a_value(scene: Scene) -> None:
    assert terms() == terms()
