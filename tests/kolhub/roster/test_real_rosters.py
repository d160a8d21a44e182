"""Rosters that nobody here wrote: all of them load, and their text numbers agree with their numeric twins."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from kolhub.roster.numbers import read_number
from tests.kolhub.roster.making import codes, read

ROSTERS = Path(__file__).resolve().parents[3] / "../shared/data/rosters"
pytestmark = pytest.mark.skipif(not ROSTERS.is_dir(), reason="../shared/data/rosters is not here")

# file → profiles, used, platform, problems that may occur
EXPECTED = {
    "instagram-2022-03.csv": (1000, 997, "instagram", {"duplicate_conflict"}),
    "instagram-2022-12.csv": (1000, 991, "instagram", {"duplicate_conflict", "duplicate_identical"}),
    "tiktok-2022-03.csv": (1000, 987, "tiktok", {"duplicate_conflict", "duplicate_identical"}),
    "tiktok-2022-12.csv": (1000, 999, "tiktok", {"duplicate_identical"}),
    "youtube-2022-03.csv": (1000, 998, "youtube", {"duplicate_conflict", "duplicate_identical", "handle_unreadable"}),
    "youtube-2022-12.csv": (1003, 999, "youtube", {"duplicate_conflict", "duplicate_identical", "handle_unreadable"}),
    "top_insta_influencers_data__original.csv": (200, 200, "instagram", {"text_repaired", "handle_unreadable"}),
    "youtubers_df.csv": (1000, 994, "youtube", {"duplicate_conflict", "duplicate_identical"}),
    "twitchdata-update.csv": (1000, 1000, "twitch", {"lost_characters"}),
    "notable_tech_influencers.csv": (169, 169, "instagram", set()),
    "podcasts-priced.json": (77, 77, "podcast", {"currency_missing", "handle_from_url"}),
}


def test_every_file_is_expected():
    assert {path.name for path in ROSTERS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_loads_without_a_question(name):
    count, used, platform, possible = EXPECTED[name]
    _table, mapping, parsed = read(name, (ROSTERS / name).read_bytes(), safely=True)
    assert mapping.missing == ()
    assert (len(parsed), sum(1 for one in parsed if one.row)) == (count, used)
    assert parsed[0].row.platform == platform
    assert set(codes(parsed)) <= possible, set(codes(parsed)) - possible
    # Nothing is lost without a word: what is not used is a duplicate of a line that is.
    lines = {one.line for one in parsed if one.row}
    assert all(one.duplicate_of in lines for one in parsed if one.row is None)


TWINNED = [name for name in EXPECTED if re.match(r"(?:instagram|tiktok|youtube)-2022", name)]


@pytest.mark.parametrize("name", TWINNED)
def test_text_numbers_agree_with_their_twins_cell_by_cell(name):
    text = (ROSTERS / name).read_text("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    compared = 0
    pairs = [
        (at, at + 1)
        for at in range(len(header) - 1)
        if all(re.fullmatch(r"[\d.]+[KMB]?|N/A", row[at]) and re.fullmatch(r"\d+|#VALOR!", row[at + 1]) for row in rows)
        and any(re.search(r"[KM]", row[at]) for row in rows)
    ]
    assert len(pairs) >= 3
    for row in rows:
        for left, right in pairs:
            written, twin = read_number(row[left]), read_number(row[right])
            if row[left] == "N/A":
                assert (written.value, written.problem, twin.problem) == (None, None, "spreadsheet_error")
            else:
                assert written.value == twin.value == Decimal(row[right]), (row[left], row[right])
                compared += 1
    assert compared > 2000


@pytest.mark.parametrize("name", TWINNED)
def test_the_mapping_pairs_the_twins(name):
    _, mapping, parsed = read(name, (ROSTERS / name).read_bytes())
    assert sum(1 for column in mapping.columns if column.twin is not None) >= 3
    assert "twins_disagree" not in codes(parsed)


def values(name: str, handle: str):
    _, _, parsed = read(name, (ROSTERS / name).read_bytes())
    return next(one.row for one in parsed if one.row and one.row.handle == handle)


def test_one_person_as_three_files_tell_of_her():
    first = values("instagram-2022-12.csv", "cristiano")
    assert (first.followers, first.country, first.categories) == (523_000_000, "IN", ("sports",))
    assert (first.avg_engagement, first.authentic_engagement) == (14_700_000, 11_700_000)
    second = values("top_insta_influencers_data__original.csv", "cristiano")
    assert (second.followers, second.posts, second.total_likes) == (475_800_000, 3_300, 29_000_000_000)
    assert second.engagement_rate == Decimal("0.0139")
    channel = values("youtubers_df.csv", "mrbeast")
    assert channel.aliases == ("UCX6OQ3DkcsbYNE6H8uQQuVA",) and channel.categories == ("gaming", "comedy")
    assert (channel.country, channel.followers) == ("US", 183_500_000)


def test_a_podcast_has_price_audience_and_coupon_when_the_currency_is_said():
    name = "podcasts-priced.json"
    _, mapping, parsed = read(name, (ROSTERS / name).read_bytes(), currency="USD")
    assert mapping.wishes == ("currency",)
    show = parsed[0].row
    assert (show.prices[0].format, show.prices[0].money.minor, show.prices[0].money.currency) == ("cpm", 1000, "USD")
    assert (show.audience_female, show.coupon, show.monthly_reach) == (Decimal("0.8"), "GILMOREGUYS", 45_000)
    assert show.languages == ("en-US",) and show.handle == "rss.art19.com/gilmore-guys"
    assert {one.row.platform for one in parsed} == {"podcast", "instagram", "x", "facebook"}
