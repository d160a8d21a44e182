"""Drawing from the database: who is considered, who is left out and why, and what is stored."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.matching import shortlist as room
from campaigns.matching.shortlist import drawing
from campaigns.matching.shortlist.candidates import candidates, peers
from campaigns.models import Brand, Brief, Campaign, Collaboration, Outcome, RankerVersion, Shortlist, ShortlistEntry
from campaigns.wording.shortlists import FUNNEL, REASONS, say_note, say_reason
from kolhub.models import Creator, DoNotContact, Organization, Profile, RateCard
from kolhub.tenancy import act_for
from tests.campaigns.matching.rows import make_candidate
from tests.factories import make_grant, make_membership, make_organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Organization:
    organization = make_organization("brand")
    act_for(organization.id)
    return organization


def make_brief(organization: Organization, **asked: Any) -> Brief:
    house, _made = Brand.objects.get_or_create(organization=organization, name="House")
    return Brief.objects.create(**{"organization": organization, "brand": house, "title": "Brief", **asked})


def drawn(brief: Brief, *, ranker: str = "weighted", categories: str = "prefer") -> Shortlist:
    act_for(brief.organization_id)
    shortlist = room.request_draw(brief, ranker, categories, None)
    assert room.draw_waiting(brief.organization_id, shortlist.pk, NOW)
    shortlist.refresh_from_db()
    return shortlist


def funnel(shortlist: Shortlist) -> dict[str, int]:
    return {line["code"]: line["count"] for line in shortlist.funnel}


def names(shortlist: Shortlist) -> set[str]:
    return {entry.creator_name for entry in shortlist.entries.all()}


def test_everybody_is_accounted_for_once(brand: Organization) -> None:
    other = {"platform": "youtube", "handle": "tube"}
    make_candidate(brand, name="Kept", country="US")
    blocked = make_candidate(brand, name="Blocked", country="CN", profile=other)
    DoNotContact.objects.create(organization=brand, creator=blocked, creator_organization=brand)
    make_candidate(brand, name="Rival", bio="Face of ACME cosmetics", country="US")
    Creator.objects.create(organization=brand, name="Nowhere")
    make_candidate(brand, name="Tube", country="US", profile={**other, "handle": "tube2"})
    make_candidate(brand, name="Small", country="US", profile={"followers": 10})
    make_candidate(brand, name="Uncounted", country="US", profile={"followers": None})
    make_candidate(brand, name="Elsewhere", country="CN")
    make_candidate(brand, name="Sporty", country="US", categories=["sports"])
    dear = make_candidate(brand, name="Dear", country="US")
    RateCard.objects.create(
        organization=brand,
        profile=dear.profiles.get(),
        format="post",
        amount_minor=900_000,
        currency="USD",
        quoted_on=date(2026, 1, 1),
    )
    brief = make_brief(
        brand,
        platforms=["instagram"],
        markets=["US"],
        categories=["beauty"],
        min_followers=1_000,
        budget_minor=500_000,
        must_not="acme\n",
    )
    shortlist = drawn(brief, categories="require")
    assert funnel(shortlist) == {
        "considered": 10,
        "do_not_contact": 1,
        "must_not": 1,
        "no_profile": 1,
        "platform": 1,
        "followers_unknown": 1,
        "followers": 1,
        "market": 1,
        "category": 1,
        "price": 1,
        "kept": 1,
    }
    assert set(funnel(shortlist)) - set(FUNNEL) == set()
    assert names(shortlist) == {"Kept"}
    assert funnel(drawn(brief, categories="prefer"))["kept"] == 2


def test_of_more_than_can_be_compared_the_category_and_then_followers_decide(
    brand: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "COMPARED", 3)
    for followers in (10, 20, 30, 40, 50):
        categories = ["beauty"] if followers == 20 else ["sports"] if followers == 50 else []
        make_candidate(brand, name=f"has {followers}", profile={"followers": followers}, categories=categories)
    shortlist = drawn(make_brief(brand))
    assert funnel(shortlist) == {"considered": 5, "limit": 2, "kept": 3}
    assert names(shortlist) == {"has 30", "has 40", "has 50"}
    assert names(drawn(make_brief(brand, categories=["beauty"]))) == {"has 20", "has 40", "has 50"}


def test_an_unknown_market_is_kept_and_not_sure(brand: Organization) -> None:
    make_candidate(brand, name="Home", country="BR", categories=["beauty"])
    make_candidate(brand, name="Unknown", profile={"platform": "tiktok"}, categories=["beauty"])
    make_candidate(brand, name="Audience", country="PT", profile={"audience_country": "BR"})
    make_candidate(brand, name="Away", country="BR", profile={"audience_country": "US"})
    make_candidate(brand, name="Elsewhere", profile={"audience_country": "US"})
    shortlist = drawn(make_brief(brand, markets=["BR"]))
    assert names(shortlist) == {"Home", "Unknown", "Audience", "Away"}
    unknown = shortlist.entries.get(creator_name="Unknown")
    assert not unknown.is_sure
    assert "unknown_market" in {reason["code"] for reason in unknown.reasons}
    assert {"code": "market_unknown", "params": {"count": 1}} in shortlist.notes
    assert shortlist.entries.get(creator_name="Audience").rank < shortlist.entries.get(creator_name="Away").rank


@pytest.mark.parametrize(
    ("must_not", "left"),
    [
        ("dove", {"Dovetail", "竞品达人", "C++ coder", "Plain"}),
        ("竞品", {"Dove", "Dovetail", "C++ coder", "Plain"}),
        ("c++", {"Dove", "Dovetail", "竞品达人", "Plain"}),
        ("DOVE\n\n  plain  ", {"Dovetail", "竞品达人", "C++ coder"}),
        ("(", {"Dove", "Dovetail", "竞品达人", "C++ coder", "Plain"}),
        ("\\", {"Dove", "Dovetail", "竞品达人", "C++ coder", "Plain"}),
    ],
)
def test_must_not_takes_whole_words_in_alphabets_and_pieces_elsewhere(
    brand: Organization, must_not: str, left: set[str]
) -> None:
    for number, name in enumerate(("Dove", "Dovetail", "竞品达人", "C++ coder", "Plain")):
        make_candidate(brand, name=name, profile={"handle": f"h{number}"})
    assert names(drawn(make_brief(brand, must_not=must_not))) == left


def test_the_profile_in_the_range_with_most_followers_speaks_for_the_creator(brand: Organization) -> None:
    creator = make_candidate(brand, profile={"followers": 9_000_000, "handle": "huge"})
    for platform, followers in (("tiktok", 80_000), ("youtube", 60_000), ("x", None)):
        Profile.objects.create(
            organization=brand, creator=creator, platform=platform, handle=platform, followers=followers
        )
    entry = drawn(make_brief(brand, max_followers=100_000)).entries.get()
    assert (entry.platform, entry.followers) == ("tiktok", 80_000)
    assert drawn(make_brief(brand)).entries.get().handle == "huge"
    assert drawn(make_brief(brand, platforms=["youtube", "x"])).entries.get().platform == "youtube"


def test_the_lowest_current_price_in_the_briefs_currency(brand: Organization) -> None:
    profile = make_candidate(brand).profiles.get()
    cards = [
        ("post", 50_000, "USD", date(2026, 1, 1)),
        ("post", 10_000, "USD", date(2025, 1, 1)),
        ("reel", 70_000, "USD", date(2026, 1, 1)),
        ("story", 5_000, "CNY", date(2026, 1, 1)),
    ]
    for form, amount, currency, on in cards:
        RateCard.objects.create(
            organization=brand, profile=profile, format=form, amount_minor=amount, currency=currency, quoted_on=on
        )
    entry = drawn(make_brief(brand, currency="USD", budget_minor=100_000)).entries.get()
    assert (entry.price_minor, entry.price_currency) == (50_000, "USD")
    assert drawn(make_brief(brand, currency="CNY")).entries.get().price_minor == 5_000
    other = drawn(make_brief(brand, currency="EUR", budget_minor=1)).entries.get()
    assert "unknown_price_currency" in {reason["code"] for reason in other.reasons}


def test_an_agencys_creators_appear_only_while_its_grant_lasts(brand: Organization) -> None:
    agency, stranger = make_organization("agency"), make_organization("agency")
    make_candidate(stranger, name="Stranger")
    make_candidate(agency, name="Shared")
    make_candidate(brand, name="Own")
    brief = make_brief(brand)
    assert names(drawn(brief)) == {"Own"}
    grant = make_grant(agency, brand, starts_at=NOW - timedelta(days=2))
    shortlist = drawn(brief)
    assert names(shortlist) == {"Own", "Shared"}
    assert shortlist.entries.get(creator_name="Shared").creator_organization == agency
    act_for(agency.id)
    grant.ends_at = NOW - timedelta(days=1)
    grant.save()
    assert names(drawn(brief)) == {"Own"}


def test_engagement_and_peers_are_computed_alike(brand: Organization) -> None:
    for likes in range(1, 31):
        make_candidate(brand, profile={"followers": 10_000, "avg_likes": likes * 100, "avg_comments": None})
    make_candidate(brand, name="Told", profile={"followers": 20_000, "engagement_rate": 0.9, "avg_likes": 1})
    make_candidate(brand, name="Empty", profile={"followers": 0, "avg_likes": 5})
    membership = make_membership(brand)
    brief = make_brief(brand)
    curve = peers(room.wanted_by(brief), membership).engagement["instagram", 2]
    assert curve.count == 31
    assert (curve.quantiles[0], curve.quantiles[-1]) == (pytest.approx(0.01), pytest.approx(0.9))
    found = {one.name: one for one in candidates(list(Creator.objects.values_list("pk", flat=True)), brief, membership)}
    assert found["Told"].engagement == pytest.approx(0.9)
    assert found["Empty"].engagement is None
    entry = drawn(brief).entries.get(creator_name="Told")
    told = next(reason for reason in entry.reasons if reason["code"] == "engagement_above")
    assert told["params"]["peers"] == 31
    assert told["params"]["share"] > 0.95


def test_every_reason_and_note_has_a_sentence(brand: Organization) -> None:
    for i in range(25):
        make_candidate(
            brand,
            name="Ana" if i % 2 else "Skincare 护肤",
            country="US",
            languages=["en"],
            categories=["beauty"],
            bio="skincare",
            profile={
                "handle": f"h{i}",
                "audience_country": "CA" if i % 3 else "US",
                "avg_likes": i * 10,
                "avg_views": i * 1000,
                "metrics_on": date(2022, 12, 1),
                "metrics_source": "the MCN",
            },
        )
    brief = make_brief(brand, text="skincare", markets=["US"], categories=["beauty"], languages=["en"], budget_minor=1)
    shortlist = drawn(brief)
    sentences = [say_reason(reason) for entry in shortlist.entries.all() for reason in entry.reasons]
    assert not [sentence for sentence in sentences if "%(" in sentence or "None" in sentence]
    codes = {reason["code"] for entry in shortlist.entries.all() for reason in entry.reasons}
    assert codes <= set(REASONS)
    told = next(sentence for sentence in sentences if sentence.startswith("Engagement"))
    assert "creators of this size on Instagram" in told
    assert "claimed by the MCN" in told
    assert [say_note(note) for note in shortlist.notes]


def test_effects_of_the_stored_reasons_add_up_to_the_stored_score(brand: Organization) -> None:
    for i in range(30):
        make_candidate(brand, country="US" if i % 2 else "", profile={"followers": 1000 * (i + 1), "avg_likes": 7 * i})
    for ranker, base in (("weighted", 50), ("followers", 0)):
        for entry in drawn(make_brief(brand, markets=["US"]), ranker=ranker).entries.all():
            assert base + sum(reason["effect"] for reason in entry.reasons) == pytest.approx(entry.score, abs=0.01)


def test_fifty_are_kept_with_the_baselines_rank_beside(brand: Organization) -> None:
    for i in range(55):
        make_candidate(brand, profile={"followers": 1000 + i})
    shortlist = drawn(make_brief(brand), ranker="followers")
    entries = list(shortlist.entries.all())
    assert [entry.rank for entry in entries] == list(range(1, 51))
    assert [entry.baseline_rank for entry in entries] == list(range(1, 51))
    assert entries[0].followers == 1054
    assert funnel(shortlist)["kept"] == 55


def test_an_empty_catalog_gives_an_empty_shortlist(brand: Organization) -> None:
    shortlist = drawn(make_brief(brand, text="anything", markets=["US"], categories=["beauty"]))
    assert shortlist.state == Shortlist.State.DONE
    assert funnel(shortlist) == {"considered": 0, "kept": 0}


def test_a_draw_is_done_once_and_again_after_its_worker_died(brand: Organization) -> None:
    make_candidate(brand)
    shortlist = room.request_draw(make_brief(brand), "weighted", "prefer", None)
    assert room.draw_waiting(brand.id, shortlist.pk, NOW)
    assert not room.draw_waiting(brand.id, shortlist.pk, NOW)
    Shortlist.objects.filter(pk=shortlist.pk).update(state="drawing", claimed_at=NOW, attempts=1)
    assert not room.draw_waiting(brand.id, shortlist.pk, NOW + timedelta(seconds=59))
    assert room.draw_waiting(brand.id, shortlist.pk, NOW + timedelta(seconds=61))
    assert shortlist.entries.count() == 1
    Shortlist.objects.filter(pk=shortlist.pk).update(state="drawing", claimed_at=NOW, attempts=3)
    assert not room.draw_waiting(brand.id, shortlist.pk, NOW + timedelta(seconds=61))
    shortlist.refresh_from_db()
    assert shortlist.state == Shortlist.State.FAILED
    assert say_note(shortlist.notes[0]).startswith("The shortlist could not be drawn")


def test_an_unknown_ranker_is_refused(brand: Organization) -> None:
    with pytest.raises(LookupError):
        room.request_draw(make_brief(brand), "magic", "prefer", None)


def test_another_organization_cannot_draw_it(brand: Organization) -> None:
    shortlist = room.request_draw(make_brief(brand), "weighted", "prefer", None)
    assert not room.draw_waiting(make_organization().id, shortlist.pk, NOW)


def make_outcomes(brand: Organization, briefs: int, each: int) -> Brief:
    """Collaborations of shortlisted creators in a world where, against the weights, the quiet audiences buy."""
    creators = [
        make_candidate(brand, profile={"followers": 50_000, "avg_likes": 50 * i, "avg_views": 40_000 - 900 * i})
        for i in range(40)
    ]
    brief = make_brief(brand)
    for number in range(briefs):
        brief = make_brief(brand)
        shortlist = drawn(brief)
        campaign = Campaign.objects.create(
            organization=brand,
            brand=brief.brand,
            brief=brief,
            name=f"Campaign {number}",
            landing_url="https://example.com",
            starts_on=date(2026, 1, 1),
        )
        for creator in creators[number % 7 :: max(1, 40 // each)]:
            entry = shortlist.entries.get(creator=creator)
            collaboration = Collaboration.objects.create(
                organization=brand,
                campaign=campaign,
                campaign_name=campaign.name,
                creator=creator,
                creator_organization=brand,
                creator_name=creator.name,
                platform=entry.platform,
                handle=entry.handle,
            )
            returned = 10 - 10 * (entry.features["engagement"] or 0.0)
            Outcome.objects.create(
                organization=brand,
                collaboration=collaboration,
                attributor="last",
                credited_minor=int(returned * 10_000),
                cost_minor=10_000,
                currency="USD",
                as_of=NOW,
            )
    return brief


def test_the_learned_ranker_says_when_there_is_too_little_to_learn_from(brand: Organization) -> None:
    brief = make_outcomes(brand, briefs=2, each=4)
    shortlist = drawn(brief, ranker="learned")
    assert shortlist.ranker == "weighted"
    assert say_note(shortlist.notes[0]).startswith("The learned ranker needs results of at least 30 collaborations")
    assert not RankerVersion.objects.exists()


def test_the_learned_ranker_learns_from_outcomes_and_is_trained_once_per_state_of_them(brand: Organization) -> None:
    brief = make_outcomes(brand, briefs=7, each=8)
    first = drawn(brief, ranker="learned")
    version = RankerVersion.objects.get()
    assert version.promoted, version.metrics
    assert (first.ranker, first.ranker_version) == ("learned", "1")
    assert version.briefs == 7
    top = first.entries.first()
    assert top is not None and top.features["engagement"] < 0.3
    drawn(brief, ranker="learned")
    assert RankerVersion.objects.count() == 1
    Outcome.objects.filter(pk=Outcome.objects.first().pk).delete()
    drawn(brief, ranker="learned")
    assert RankerVersion.objects.order_by("version").last().version == 2


def test_a_learned_ranker_that_is_no_better_is_kept_but_not_used(brand: Organization) -> None:
    brief = make_outcomes(brand, briefs=7, each=8)
    Outcome.objects.update(credited_minor=5_000)
    shortlist = drawn(brief, ranker="learned")
    assert shortlist.ranker == "weighted"
    assert "did not beat the weighted score" in say_note(shortlist.notes[0])
    assert not RankerVersion.objects.get().promoted


def test_history_counts_and_is_told(brand: Organization) -> None:
    brief = make_outcomes(brand, briefs=1, each=4)
    shortlist = drawn(brief)
    told = [
        reason
        for entry in ShortlistEntry.objects.filter(shortlist=shortlist)
        for reason in entry.reasons
        if reason["code"] == "past_outcomes"
    ]
    assert len(told) == Outcome.objects.count()
    assert "1 collaboration" in say_reason(told[0])
    assert {"code": "no_outcomes", "params": {}} not in shortlist.notes


def test_a_draw_takes_as_many_queries_for_many_as_for_few(brand: Organization) -> None:
    counts = []
    for _round in range(2):
        for _i in range(5):
            make_candidate(brand)
        brief = make_brief(brand, markets=["US"])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            drawn(brief)
        counts.append(len(queries))
    assert counts[0] == counts[1]
