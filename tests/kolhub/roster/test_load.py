"""Rosters in the database: every line has its outcome, and the same file twice changes nothing."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from kolhub.models import (
    Contact,
    Creator,
    Organization,
    Profile,
    ProfileSnapshot,
    RateCard,
    RosterImport,
    RosterLine,
    RosterProblem,
)
from kolhub.roster import load
from kolhub.tenancy import acting_for

DAY = date(2026, 10, 1)
HEADER = "昵称,抖音号,粉丝数,平均点赞,类目,视频报价,邮箱\n"
GBK = (
    HEADER
    + "小满,xiaoman88,4.53w,3200,美妆,¥3000,xm@mcn.example\n"
    + "阿岳,ayue_outdoor,3.2万,N/A,户外,¥2500,\n"
    + ",,12万,10,美食,,\n"
    + "大橙,dacheng,3K-30K,88,美食,面议,bad-mail\n"
)


@pytest.fixture
def agency(committed_database: object) -> Organization:
    return Organization.objects.create(name="Starlight", slug="starlight", kind="agency")


def bring(agency: Organization, name: str, data: bytes, on: date = DAY, **choices: object) -> RosterImport:
    with acting_for(agency.pk):
        roster = load.receive(agency, None, name, data, on)
        if choices:
            roster.choices = choices
            roster.save()
    load.work(agency.pk, roster.pk)
    return again(agency, roster)


def again(agency: Organization, roster: RosterImport) -> RosterImport:
    with acting_for(agency.pk):
        return RosterImport.objects.get(pk=roster.pk)


def apply(agency: Organization, roster: RosterImport) -> RosterImport:
    with acting_for(agency.pk):
        load.confirm(roster, None)
    load.work(agency.pk, roster.pk)
    return again(agency, roster)


def test_a_gbk_roster_from_upload_to_catalog(agency: Organization) -> None:
    roster = bring(agency, "达人名册.csv", GBK.encode("gb18030"))
    if roster.state == "choosing":
        assert [question["key"] for question in roster.found["questions"]] == ["encoding"]
        with acting_for(agency.pk):
            load.choose(roster, {"encoding": "gb18030"})
        load.work(agency.pk, roster.pk)
        roster = again(agency, roster)
    assert roster.state == "ready", (roster.failure, roster.found.get("questions"))
    assert roster.found["choices"]["encoding"] == "gb18030"
    assert roster.found["rows"][0]["followers"] == 45_300
    with acting_for(agency.pk):
        assert not Creator.objects.exists(), "a preview writes nothing"
    roster = apply(agency, roster)
    assert (roster.state, roster.added, roster.refused, roster.rows_total) == ("done", 3, 1, 4)
    with acting_for(agency.pk):
        profile = Profile.objects.get(handle="xiaoman88")
        assert (profile.platform, profile.followers, profile.metrics_on) == ("douyin", 45_300, DAY)
        assert profile.provenance == "claimed"
        assert profile.creator.categories == ["beauty"]
        price = RateCard.objects.get(profile=profile)
        assert (price.amount_minor, price.currency) == (300_000, "CNY")
        assert Contact.objects.get().value == "xm@mcn.example"
        assert Profile.objects.get(handle="dacheng").followers is None, "a range is no number"
        codes = set(RosterProblem.objects.values_list("line", "code"))
        assert (5, "number_range") in codes
        assert (5, "email_invalid") in codes
        refused = RosterLine.objects.get(outcome="refused")
        assert refused.line == 4


def test_the_same_file_twice_changes_nothing(agency: Organization) -> None:
    data = GBK.encode("utf-8")
    first = apply(agency, bring(agency, "a.csv", data))
    second = apply(agency, bring(agency, "a.csv", data))
    assert (first.added, first.unchanged) == (3, 0)
    assert (second.added, second.updated, second.unchanged, second.refused) == (0, 0, 3, 1)
    with acting_for(agency.pk):
        assert ProfileSnapshot.objects.count() == 3
        assert Contact.objects.count() == 1


def test_a_newer_roster_updates_and_an_older_one_only_adds_history(agency: Organization) -> None:
    apply(agency, bring(agency, "a.csv", GBK.encode("utf-8")))
    newer = apply(agency, bring(agency, "b.csv", GBK.replace("4.53w", "5w").encode(), on=date(2026, 11, 1)))
    assert newer.updated == 3, "each profile's date moves"
    older = apply(agency, bring(agency, "c.csv", GBK.replace("4.53w", "2w").encode(), on=date(2026, 9, 1)))
    assert older.unchanged == 3
    with acting_for(agency.pk):
        profile = Profile.objects.get(handle="xiaoman88")
        assert profile.followers == 50_000
        history = list(profile.snapshots.values_list("taken_on", "followers"))
        assert history == [(date(2026, 9, 1), 20_000), (DAY, 45_300), (date(2026, 11, 1), 50_000)]
        line = RosterLine.objects.get(roster_import=newer, label="小满")
        assert line.changes["douyin.followers"] == [45_300, 50_000]


def test_a_cancelled_import_writes_nothing(agency: Organization) -> None:
    roster = bring(agency, "a.csv", GBK.encode("utf-8"))
    with acting_for(agency.pk):
        load.confirm(roster, None)
        load.cancel(again(agency, roster), None)
    load.work(agency.pk, roster.pk)
    roster = again(agency, roster)
    assert roster.state == "cancelled"
    with acting_for(agency.pk):
        assert not Creator.objects.exists()
        assert not RosterLine.objects.exists()


def test_unreadable_files_fail_with_their_reason(agency: Organization) -> None:
    for name, data, code in (
        ("empty.csv", b"", "empty_file"),
        ("page.xlsx", b"<html><table><tr><td>x</td></tr></table></html>", "html_file"),
        ("x.pdf", b"%PDF-1.7 ...", "pdf_file"),
    ):
        roster = bring(agency, name, data)
        assert (roster.state, roster.failure["code"]) == ("failed", code)


def test_a_file_without_its_platform_asks_for_it(agency: Organization) -> None:
    roster = bring(agency, "list.csv", b"name,followers\nAda,1200\nBao,900\nCem,70\n")
    assert roster.state == "choosing"
    assert "platform" in roster.found["missing"]
    with acting_for(agency.pk):
        load.choose(roster, {"platform": "instagram"})
    load.work(agency.pk, roster.pk)
    roster = again(agency, roster)
    assert roster.state == "ready"
    assert apply(agency, roster).added == 3


def test_what_a_dead_worker_left_is_found(agency: Organization) -> None:
    with acting_for(agency.pk):
        roster = load.receive(agency, None, "a.csv", GBK.encode(), DAY)
        roster.state = "reading"
        roster.save()
    assert (agency.pk, roster.pk) in load.waiting()
    load.work(agency.pk, roster.pk)
    assert again(agency, roster).state == "ready"
    assert load.waiting() == []


def test_a_fault_of_our_own_ends_in_a_failure_and_not_in_endless_tries(agency: Organization) -> None:
    with acting_for(agency.pk):
        roster = load.receive(agency, None, "a.csv", GBK.encode(), DAY)
        # An answer that no door lets through.
        roster.choices = {"encoding": "klingon"}
        roster.save()
    load.work(agency.pk, roster.pk)
    roster = again(agency, roster)
    assert (roster.state, roster.failure["code"]) == ("failed", "not_loaded")
    assert load.waiting() == []


ROSTERS = Path(__file__).resolve().parents[4] / "shared" / "data" / "rosters"


@pytest.mark.skipif(not ROSTERS.is_dir(), reason="the real rosters (../shared/data/rosters) are not here")
@pytest.mark.parametrize("name", ["instagram-2022-12.csv", "youtube-2022-12.csv", "tiktok-2022-12.csv"])
def test_real_rosters_load_line_by_line(agency: Organization, name: str) -> None:
    roster = bring(agency, name, (ROSTERS / name).read_bytes(), on=date(2022, 12, 1))
    assert roster.state == "ready", (roster.failure, roster.found.get("questions"), roster.found.get("missing"))
    roster = apply(agency, roster)
    assert roster.state == "done"
    with acting_for(agency.pk):
        outcomes = Counter(RosterLine.objects.values_list("outcome", flat=True))
        assert sum(outcomes.values()) == roster.added + roster.updated + roster.unchanged + roster.refused
        assert sum(outcomes.values()) == roster.rows_total
        assert Profile.objects.count() == roster.added > 900
        assert not Profile.objects.filter(followers=None).exists()
