"""A collaboration's page, and what each side sees of it: by page, by queryset, by raw SQL as the application."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from campaigns.models import (
    AgencyTerms,
    Campaign,
    Collaboration,
    CollaborationNote,
    Contract,
    Outcome,
    OutreachMessage,
    PaymentHold,
    Shipment,
    TrackingLinkVersion,
)
from campaigns.views.collaborations import TABS
from tests.campaigns.work import NOW, Scene, agree
from tests.factories import make_membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


def agency_at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.agency_org.slug, *args])


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("tab", [key for key, _label, _kind in TABS])
def test_every_tab_opens(scene: Scene, client: Client, tab: str) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member)
    client.force_login(scene.member.user)
    page = client.get(at(scene, "collaboration", row.pk) + f"?tab={tab}")
    assert page.status_code == 200
    assert page.context["tab"] == tab
    assert "style=" not in page.content.decode()


@pytest.mark.parametrize(
    ("tab", "shown"), [("overview", "overview"), ("outreach", "overview"), ("history", "overview")]
)
def test_the_agency_has_no_brand_tabs(scene: Scene, client: Client, tab: str, shown: str) -> None:
    row = scene.collaboration(scene.shared)
    client.force_login(scene.agency.user)
    assert client.get(agency_at(scene, "collaboration", row.pk) + f"?tab={tab}").context["tab"] == shown


def test_an_agency_sees_its_own_collaborations_only(scene: Scene, client: Client) -> None:
    theirs, _own = scene.collaboration(scene.shared), scene.collaboration(scene.own)
    client.force_login(scene.agency.user)
    page = client.get(agency_at(scene, "collaboration_list"))
    assert [row.pk for row in page.context["page_obj"].object_list] == [theirs.pk]
    assert "Anna Schmidt" not in page.content.decode()
    other = make_membership(kind="agency")
    client.force_login(other.user)
    elsewhere = reverse("campaigns:collaboration_list", args=[other.organization.slug])
    assert list(client.get(elsewhere).context["page_obj"].object_list) == []


def test_what_is_the_brands_alone_stays_so(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    scene.collaboration(scene.own)
    agree(row, scene.member)
    scene.campaign.budget_minor = 9_999_00
    scene.campaign.save()
    CollaborationNote.objects.create(
        organization=scene.brand_org,
        collaboration=row,
        collaboration_organization=scene.brand_org,
        text="do not pay more than 300",
    )
    Outcome.objects.create(
        organization=scene.brand_org, collaboration=row, attributor="last", currency="USD", as_of=NOW
    )
    PaymentHold.objects.create(organization=scene.brand_org, collaboration=row, reason="x")
    OutreachMessage.objects.create(organization=scene.brand_org, collaboration=row, recipient="x", body="x")
    scene.as_agency()
    assert rows_of("campaigns_collaboration") == 1
    hidden = (Campaign, CollaborationNote, Outcome, PaymentHold, OutreachMessage, TrackingLinkVersion)
    for model in hidden:
        assert rows_of(model._meta.db_table) == 0, model
        assert not model.objects.exists()
    assert rows_of("campaigns_contract") == rows_of("campaigns_coupon") == rows_of("campaigns_trackinglink") == 1
    client.force_login(scene.agency.user)
    for tab in ("overview", "terms", "samples", "content", "compliance", "contacts"):
        page = client.get(agency_at(scene, "collaboration", row.pk) + f"?tab={tab}").content.decode()
        assert "do not pay more" not in page
        assert "9,999" not in page
        assert "Anna Schmidt" not in page


def test_buy_price_and_rebate_are_the_agencys_alone(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member)
    client.force_login(scene.agency.user)
    answer = client.post(
        agency_at(scene, "agency_terms", row.pk), {"buy_price": "321.50", "currency": "USD", "rebate_bps": "15"}
    )
    assert answer.status_code == 302
    scene.as_agency()
    terms = AgencyTerms.objects.get()
    assert (terms.buy_price_minor, terms.rebate_bps) == (32_150, 1500)
    again = client.get(agency_at(scene, "collaboration", row.pk) + "?tab=terms").content.decode()
    assert "321.50" in again
    scene.as_brand()
    assert rows_of("campaigns_agencyterms") == 0
    assert not AgencyTerms.objects.exists()
    client.force_login(scene.member.user)
    page = client.get(at(scene, "collaboration", row.pk) + "?tab=terms").content.decode()
    assert "321" not in page
    assert client.post(at(scene, "agency_terms", row.pk), {"buy_price": "1", "currency": "USD"}).status_code == 404


def test_the_agency_cannot_change_what_is_the_brands(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    agree(row, scene.member)
    client.force_login(scene.agency.user)
    for name in ("collaboration_move", "collaboration_plan", "terms", "outreach_compose", "shipment_create"):
        assert client.post(agency_at(scene, name, row.pk)).status_code == 404, name
    link, coupon = row.links.get(), row.coupons.get()
    assert client.post(agency_at(scene, "link_edit", link.pk)).status_code == 404
    assert client.post(agency_at(scene, "coupon_edit", coupon.pk)).status_code == 404
    scene.as_agency()
    assert Collaboration.objects.update(stage="reviewed") == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_coupon SET discount_bps = 9999")
        assert cursor.rowcount == 0
    assert Contract.objects.count() == 1


def test_the_agency_sees_link_code_labels_and_contract(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    contract = agree(row, scene.member)
    client.force_login(scene.agency.user)
    page = client.get(agency_at(scene, "collaboration", row.pk) + "?tab=terms").content.decode()
    assert row.links.get().short_url in page
    assert "LIJIAQI10" in page
    assert contract.disclosures[0]["text"] in page
    assert client.get(agency_at(scene, "contract", row.pk)).status_code == 200
    assert client.get(agency_at(scene, "link_qr", row.links.get().pk)).status_code == 200


def test_each_side_keeps_notes_of_its_own(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    client.force_login(scene.agency.user)
    client.post(agency_at(scene, "note_create", row.pk), {"text": "she would do it for 200"})
    client.force_login(scene.member.user)
    client.post(at(scene, "note_create", row.pk), {"text": "<script>budget</script>"})
    page = client.get(at(scene, "collaboration", row.pk)).content.decode()
    assert "she would do it" not in page
    assert "&lt;script&gt;budget" in page


def test_the_plan_is_saved_and_audited(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    address = at(scene, "collaboration_plan", row.pk)
    client.post(address, {"owner": scene.member.user.pk, "due_on": "2026-07-01", "next_action": "Call her"})
    row.refresh_from_db()
    assert row.next_action == "Call her"
    history = client.get(at(scene, "collaboration", row.pk) + "?tab=history").content.decode()
    assert "Call her" in history
    assert client.post(address, {"due_on": "tomorrow"}).status_code == 422


def test_a_sample_is_sent_changed_and_removed(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    client.force_login(scene.member.user)
    data = {"sku": "SER-1", "product": scene.product.pk, "quantity": 2, "unit_cost": "12.50", "freight": "7.25"}
    data |= {"currency": "USD", "shipped_on": "2026-06-03", "received_on": "2026-06-01"}
    assert client.post(at(scene, "shipment_create", row.pk), data).status_code == 422
    client.post(at(scene, "shipment_create", row.pk), {**data, "received_on": "2026-06-05"})
    scene.as_brand()
    shipment = Shipment.objects.get()
    assert shipment.cost_minor == 3225
    edit = at(scene, "shipment_edit", row.pk, shipment.pk)
    assert client.get(edit).context["form"]["unit_cost"].value() == 12.5
    client.post(edit, {**data, "quantity": 0})
    client.post(at(scene, "shipment_delete", row.pk, shipment.pk))
    scene.as_brand()
    assert not Shipment.objects.exists()


def test_an_agency_does_not_see_what_a_sample_cost(scene: Scene, client: Client) -> None:
    row = scene.collaboration(scene.shared)
    Shipment.objects.create(
        organization=scene.brand_org,
        agency_organization=scene.agency_org,
        collaboration=row,
        sku="SER-1",
        unit_cost_minor=4321,
        currency="USD",
    )
    client.force_login(scene.agency.user)
    page = client.get(agency_at(scene, "collaboration", row.pk) + "?tab=samples").content.decode()
    assert "SER-1" in page
    assert "43.21" not in page


def test_an_agency_keeps_terms_only_for_work_it_takes_part_in(scene: Scene) -> None:
    theirs, own = scene.collaboration(scene.shared), scene.collaboration(scene.own)
    scene.as_agency()

    def keep(row: Collaboration) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            AgencyTerms.objects.create(
                organization=scene.agency_org,
                collaboration=row,
                collaboration_organization=scene.brand_org,
                currency="USD",
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    keep(theirs)
    with pytest.raises(IntegrityError, match="agencyterms_collaboration_agency"):
        keep(own)
