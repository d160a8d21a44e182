"""What the pages of the work show beyond their forms: the dashboard's part, the history in words, ways onward."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from campaigns.models import Collaboration, Stage
from kolhub.models import AuditEvent, Membership
from kolhub.tenancy import act_for
from tests.campaigns.work import Scene, agree, make_brand
from tests.factories import make_creator, make_membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def begun(scene: Scene, name: str) -> Collaboration:
    act_for(scene.brand_org.pk)
    return scene.collaboration(make_creator(scene.brand_org, name=name))


def page(client: Client, member: Membership, name: str, *numbers: int, query: str = "") -> str:
    client.force_login(member.user)
    answer = client.get(reverse(name, args=[member.organization.slug, *numbers]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_dashboard_lists_what_is_late_or_due_within_a_week(scene: Scene, client: Client) -> None:
    today = timezone.localdate()
    late, soon, later = (begun(scene, name) for name in ("Ada", "Bao", "Cem"))
    for row, days in ((late, -2), (soon, 7), (later, 8)):
        row.due_on = today + timedelta(days=days)
        row.save()
    shown = page(client, scene.member, "campaigns:dashboard_part")
    assert late.creator_name in shown and soon.creator_name in shown
    assert later.creator_name not in shown
    assert shown.count("(overdue)") == 1


def test_the_dashboard_part_is_empty_where_nothing_is_due(scene: Scene, client: Client) -> None:
    assert page(client, scene.member, "campaigns:dashboard_part").strip() == ""


def test_first_steps_are_ticked_when_they_are_taken(scene: Scene, client: Client) -> None:
    newcomer = make_membership(kind="brand")
    client.force_login(newcomer.user)
    at = reverse("kolhub:dashboard", args=[newcomer.organization.slug])
    assert client.get(at).context["steps"] == set()
    client.force_login(scene.member.user)
    act_for(scene.brand_org.pk)
    steps = client.get(reverse("kolhub:dashboard", args=[scene.brand_org.slug])).context["steps"]
    assert "campaign" in steps and "shop" not in steps and "all" not in steps


def test_nobody_is_blocked_who_was_not_blocked(scene: Scene, client: Client) -> None:
    row = begun(scene, "Ada")
    for tab in ("contacts", "outreach"):
        assert "Do not contact this creator" not in page(
            client, scene.member, "campaigns:collaboration", row.pk, query=f"?tab={tab}"
        )
    assert "Write an e-mail" in page(client, scene.member, "campaigns:collaboration", row.pk, query="?tab=outreach")
    client.post(reverse("campaigns:do_not_contact", args=[scene.brand_org.slug, row.pk]), {"reason": "asked us"})
    shown = page(client, scene.member, "campaigns:collaboration", row.pk, query="?tab=contacts")
    assert "Do not contact this creator" in shown and "asked us" in shown


def test_numbers_in_forms_and_addresses_have_no_separators(scene: Scene, client: Client) -> None:
    act_for(scene.brand_org.pk)
    creator = make_creator(scene.brand_org, name="Zoe", pk=1_234_567)
    shown = page(client, scene.member, "campaigns:campaign", scene.campaign.pk)
    assert f'<option value="{creator.pk}">' in shown


def test_the_history_is_told_in_words(scene: Scene, client: Client) -> None:
    row = begun(scene, "Ada")
    row.move(Stage.CONTACTED, scene.member.user)
    shown = page(client, scene.member, "campaigns:collaboration", row.pk, query="?tab=history")
    assert "Moved to another stage" in shown
    assert "now: Contacted" in shown and "was: To contact" in shown
    with translation.override("zh-hans"):
        client.cookies["django_language"] = "zh-hans"
        chinese = page(client, scene.member, "kolhub:audit")
    assert "已移至其他阶段" in chinese and "待建联" in chinese


def test_agreed_terms_are_told_with_their_money(scene: Scene, client: Client) -> None:
    row = begun(scene, "Ada")
    agree(row, scene.member)
    shown = page(client, scene.member, "kolhub:audit")
    assert "$500.00" in shown and "10%" in shown and "fee_minor" not in shown


def test_every_verb_that_is_written_has_words(scene: Scene) -> None:
    row = begun(scene, "Ada")
    agree(row, scene.member)
    make_brand(scene.brand_org, name="Other")
    from kolhub.audit_words import verb_in_words

    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs and not {verb for verb in verbs if verb_in_words(verb) == verb}


def test_stages_without_cards_are_narrow(scene: Scene, client: Client) -> None:
    row = begun(scene, "Ada")
    row.due_on = date(2026, 6, 3)
    row.save()
    shown = page(client, scene.member, "campaigns:campaign_board", scene.campaign.pk)
    assert shown.count("board-column is-empty") == len(Stage) - 2  # the one with the card; that of the dropped
    assert Collaboration.objects.count() == 1
