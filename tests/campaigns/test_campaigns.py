"""Campaigns: their frame, the board and the table, moves and their undo, bulk changes, export."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Brand, Campaign, Collaboration, Stage
from kolhub.models import SharingGrant
from tests.campaigns.work import Scene, agree, make_brand
from tests.factories import make_creator, make_membership, make_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def brand_client(scene: Scene, client: Client) -> Client:
    client.force_login(scene.member.user)
    return client


def at(scene: Scene, name: str, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[scene.slug, *args])


def frame(scene: Scene, **fields: object) -> dict[str, object]:
    return {
        "name": "Autumn",
        "brand": scene.campaign.brand_id,
        "state": "planned",
        "markets": ["US", "FR"],
        "landing_url": "https://shop.example/new",
        "currency": "USD",
        "budget": "12000.50",
        "starts_on": "2026-09-01",
        "ends_on": "2026-10-01",
        "click_window_days": 14,
        "view_window_days": 0,
        "pay_attributor": "linear",
        **fields,
    }


# ---- the frame ----


def test_a_campaign_is_created_with_its_policy(scene: Scene, brand_client: Client) -> None:
    answer = brand_client.post(at(scene, "campaign_create"), frame(scene))
    campaign = Campaign.objects.get(name="Autumn")
    assert answer["Location"] == at(scene, "campaign", campaign.pk)
    assert (campaign.budget_minor, campaign.markets, campaign.click_window_days) == (1_200_050, ["US", "FR"], 14)
    assert campaign.pay_attributor == "linear"
    assert campaign.organization == scene.brand_org


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"landing_url": "https://evil.example/"}, "landing_url", "shop.example"),
        ({"landing_url": "ftp://shop.example/"}, "landing_url", ""),
        ({"landing_url": "https://shop.example.evil.example/"}, "landing_url", "shop.example"),
        ({"ends_on": "2026-08-01"}, "ends_on", "before it starts"),
        ({"name": "Summer launch"}, "name", "already"),
        ({"click_window_days": 0}, "click_window_days", "1"),
        ({"currency": "JPY", "budget": "10.5"}, "budget", "decimals"),
        ({"markets": ["XX"]}, "markets", "XX"),
    ],
)
def test_bad_frames_are_refused_with_one_clear_message(
    scene: Scene, brand_client: Client, fields: dict[str, object], where: str, says: str
) -> None:
    answer = brand_client.post(at(scene, "campaign_create"), frame(scene, **fields))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [where]
    assert says in errors[where][0]
    assert Campaign.objects.count() == 1


def test_another_organizations_brand_cannot_be_chosen(scene: Scene, brand_client: Client) -> None:
    stranger = make_membership(kind="brand")
    foreign = make_brand(stranger.organization, name="Other")
    scene.as_brand()
    answer = brand_client.post(at(scene, "campaign_create"), frame(scene, brand=foreign.pk))
    assert answer.status_code == 422
    assert "brand" in answer.context["form"].errors


def test_a_shortlists_picks_become_collaborations(scene: Scene, brand_client: Client) -> None:
    shortlist = scene.shortlist(scene.own, scene.shared)
    address = at(scene, "campaign_create") + f"?shortlist={shortlist.pk}"
    page = brand_client.get(address)
    assert page.context["form"].initial["name"] == "Find us reviewers"
    assert "李佳琦" in page.content.decode()
    brand_client.post(address, frame(scene))
    scene.as_brand()
    rows = {row.creator_name: row for row in Collaboration.objects.filter(campaign__name="Autumn")}
    assert set(rows) == {"Anna Schmidt", "李佳琦"}
    assert rows["李佳琦"].agency_organization == scene.agency_org
    assert rows["Anna Schmidt"].agency_organization is None
    assert rows["李佳琦"].owner == scene.member.user
    assert rows["李佳琦"].markets == ["US", "FR"]


def test_a_creator_whose_sharing_has_ended_is_not_taken_over(scene: Scene, brand_client: Client) -> None:
    shortlist = scene.shortlist(scene.own, scene.shared)
    scene.as_agency()
    SharingGrant.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    scene.as_brand()
    answer = brand_client.post(at(scene, "campaign_create") + f"?shortlist={shortlist.pk}", frame(scene), follow=True)
    scene.as_brand()
    assert [row.creator_name for row in Collaboration.objects.all()] == ["Anna Schmidt"]
    assert "no longer shared" in answer.content.decode()


def test_a_strangers_shortlist_is_not_found(scene: Scene, client: Client) -> None:
    shortlist = scene.shortlist(scene.own)
    stranger = make_membership(kind="brand")
    client.force_login(stranger.user)
    address = reverse("campaigns:campaign_create", args=[stranger.organization.slug])
    assert client.get(f"{address}?shortlist={shortlist.pk}").status_code == 404
    assert client.get(f"{address}?shortlist=abc").status_code == 404


def test_a_changed_name_reaches_the_agencys_copy(scene: Scene, brand_client: Client) -> None:
    row = scene.collaboration(scene.shared)
    brand_client.post(at(scene, "campaign_edit", scene.campaign.pk), frame(scene, name="Renamed", markets=["JP"]))
    row.refresh_from_db()
    assert (row.campaign_name, row.markets) == ("Renamed", ["JP"])


def test_the_brand_stays_once_there_are_collaborations(scene: Scene, brand_client: Client) -> None:
    other = make_brand(scene.brand_org, name="Second", domains=[])
    brand_client.post(at(scene, "campaign_edit", scene.campaign.pk), frame(scene, brand=other.pk))
    scene.campaign.refresh_from_db()
    assert scene.campaign.brand == other
    scene.as_brand()
    scene.collaboration()
    brand_client.post(at(scene, "campaign_edit", scene.campaign.pk), frame(scene, name="Third"))
    scene.campaign.refresh_from_db()
    assert (scene.campaign.brand, scene.campaign.name) == (other, "Third")


# ---- board and table ----


def test_the_board_has_every_stage_in_order(scene: Scene, brand_client: Client) -> None:
    row = scene.collaboration()
    page = brand_client.get(at(scene, "campaign", scene.campaign.pk))
    assert [column.stage for column in page.context["columns"]] == list(Stage)[:-1]
    assert page.context["columns"][0].cards == (row,)
    assert "Write to the creator" in page.content.decode()


def test_htmx_gets_the_part_alone(scene: Scene, brand_client: Client) -> None:
    scene.collaboration()
    answer = brand_client.get(at(scene, "campaign_board", scene.campaign.pk), headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="standing">')


def test_overdue_is_shown_and_filtered(scene: Scene, brand_client: Client) -> None:
    late, done = scene.collaboration(), scene.collaboration(scene.shared)
    Collaboration.objects.update(due_on=date(2020, 1, 1))
    Collaboration.objects.filter(pk=done.pk).update(stage=Stage.REVIEWED)
    page = brand_client.get(at(scene, "campaign_table", scene.campaign.pk) + "?overdue=on")
    assert [row.pk for row in page.context["rows"]] == [late.pk]
    assert page.context["overdue_count"] == 1
    assert "overdue" in page.content.decode()


def test_filters_by_owner_and_stage(scene: Scene, brand_client: Client) -> None:
    mine, other = scene.collaboration(), scene.collaboration(scene.shared)
    colleague = make_membership(scene.brand_org, "manager")
    Collaboration.objects.filter(pk=other.pk).update(owner=colleague.user, stage=Stage.CONTACTED)
    address = at(scene, "campaign_table", scene.campaign.pk)
    shown = brand_client.get(f"{address}?owner={scene.member.user.pk}").context["rows"]
    assert [row.pk for row in shown] == [mine.pk]
    shown = brand_client.get(f"{address}?stage=contacted").context["rows"]
    assert [row.pk for row in shown] == [other.pk]


def test_a_move_can_be_undone(scene: Scene, brand_client: Client) -> None:
    row = scene.collaboration()
    move = at(scene, "collaboration_move", row.pk)
    answer = brand_client.post(move, {"stage": "contacted", "back": "board"}, headers={"HX-Request": "true"})
    row.refresh_from_db()
    assert row.stage == Stage.CONTACTED
    assert answer.context["undo"]["stage"] == "to_contact"
    again = brand_client.post(move, {"stage": "to_contact", "back": "board", "undo": "1"}, follow=True)
    row.refresh_from_db()
    assert row.stage == Stage.TO_CONTACT
    assert again.context["undo"] is None


def test_a_move_past_agreement_needs_terms(scene: Scene, brand_client: Client) -> None:
    row = scene.collaboration()
    answer = brand_client.post(at(scene, "collaboration_move", row.pk), {"stage": "published", "back": "board"})
    assert answer.status_code == 422
    assert "first confirm the terms" in answer.content.decode()
    row.refresh_from_db()
    assert row.stage == Stage.TO_CONTACT


def test_bulk_changes_owner_and_due_date(scene: Scene, brand_client: Client) -> None:
    rows = [scene.collaboration(), scene.collaboration(scene.shared)]
    colleague = make_membership(scene.brand_org, "manager")
    address = at(scene, "campaign_bulk", scene.campaign.pk)
    answer = brand_client.post(address, {"chosen": [row.pk for row in rows]})
    assert answer.status_code == 422
    brand_client.post(address, {"chosen": [row.pk for row in rows], "owner": colleague.user.pk, "due_on": "2026-07-07"})
    scene.as_brand()
    for row in Collaboration.objects.all():
        assert (row.owner, row.due_on) == (colleague.user, date(2026, 7, 7))


def test_strangers_cannot_own_work(scene: Scene, brand_client: Client) -> None:
    row = scene.collaboration()
    stranger = make_membership(kind="brand")
    scene.as_brand()
    answer = brand_client.post(
        at(scene, "campaign_bulk", scene.campaign.pk), {"chosen": [row.pk], "owner": stranger.user.pk}
    )
    assert answer.status_code == 422


def test_the_export_escapes_formulas_and_hides_money_from_those_without_it(scene: Scene, client: Client) -> None:
    creator = make_creator(scene.brand_org, name="=cmd()")
    make_profile(creator)
    agree(scene.collaboration(creator), scene.member)
    client.force_login(scene.member.user)
    rows = list(
        csv.reader(io.StringIO(client.get(at(scene, "campaign_csv", scene.campaign.pk)).content.decode("utf-8-sig")))
    )
    assert rows[1][0] == "'=cmd()"
    assert "500.00" in rows[1]
    reviewer = make_membership(scene.brand_org, "compliance")
    client.force_login(reviewer.user)
    without = client.get(at(scene, "campaign_csv", scene.campaign.pk)).content.decode("utf-8-sig")
    assert "500.00" not in without
    viewer = make_membership(scene.brand_org, "viewer")
    client.force_login(viewer.user)
    assert client.get(at(scene, "campaign_xlsx", scene.campaign.pk)).status_code == 403


def test_a_viewer_sees_but_cannot_change(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    viewer = make_membership(scene.brand_org, "viewer")
    client.force_login(viewer.user)
    page = client.get(at(scene, "campaign", scene.campaign.pk))
    assert page.status_code == 200
    assert "Move" not in page.content.decode()
    assert client.post(at(scene, "collaboration_move", row.pk), {"stage": "contacted"}).status_code == 403


def test_an_agency_has_no_campaign_pages(scene: Scene, client: Client) -> None:
    client.force_login(scene.agency.user)
    for name in ("campaign_list", "campaign_create"):
        assert client.get(reverse(f"campaigns:{name}", args=[scene.agency_org.slug])).status_code == 404
    address = reverse("campaigns:campaign", args=[scene.agency_org.slug, scene.campaign.pk])
    assert client.get(address).status_code == 404


def test_another_brand_cannot_open_the_campaign(scene: Scene, client: Client) -> None:
    row = scene.collaboration()
    stranger = make_membership(kind="brand")
    client.force_login(stranger.user)
    slug = stranger.organization.slug
    for name, number in (("campaign", scene.campaign.pk), ("collaboration", row.pk), ("contract", row.pk)):
        assert client.get(reverse(f"campaigns:{name}", args=[slug, number])).status_code == 404
    assert Brand.objects.count() == 0
