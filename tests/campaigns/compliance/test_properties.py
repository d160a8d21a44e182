"""Properties of every judgement: exact quotes and sources, no accusation without proof, and stable under noise."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.compliance.cases import as_json, judge_line, parse_case
from campaigns.compliance.judge import judge
from campaigns.compliance.packs import PACKS
from campaigns.compliance.packs.load import load_packs
from campaigns.compliance.post import Connection, Overlay, Post, post_texts
from campaigns.compliance.required import PLAIN, required_text
from campaigns.compliance.verdict import ORDER

from .scoring import ACCUSATIONS, NOW, OWN, WORKED, read_cases

CASES = [parse_case(case) for path in (OWN, WORKED) for case in read_cases(path)]
MARKETS = sorted(name for name, pack in load_packs().items() if pack.worked)
LABELS = ("#ad", "AD", "Werbung", "广告", "[광고]", "#PR", "Publicité", "gifted", "thanks to @lumo", "إعلان", "#collab")
OTHERS = ("not sponsored", "use code MIA20", "https://liketk.it/4Ab", "cured my acne", "最佳", "@lumo", "Lumo", "内丹")
STRANGE = ("\u200b", "\n", "🍿", "\ud800", "\u202e")
WORDS = st.sampled_from((*LABELS, *OTHERS, *STRANGE))
TEXT = st.lists(WORDS | st.text(st.characters(exclude_categories=[]), max_size=12), max_size=10).map(" ".join)
POSTS = st.builds(
    Post,
    platform=st.sampled_from(["instagram", "youtube", "naver_blog", "x", "nowhere", ""]),
    media=st.sampled_from(["image", "video", "story", "live", "carousel", "audio", "text"]),
    published_at=st.dates(date(2000, 1, 1), date(2040, 1, 1)) | st.none(),
    language=st.sampled_from(["en", "de", "ja", "zh-Hans", "xx", None]),
    title=TEXT | st.none(),
    caption=TEXT | st.none(),
    overlay=st.lists(
        st.builds(Overlay, TEXT, st.floats(0, 60) | st.none(), st.floats(0, 60) | st.none()), max_size=3
    ).map(tuple)
    | st.none(),
    transcript=TEXT | st.none(),
    frames=st.lists(TEXT, max_size=3).map(tuple) | st.none(),
    author_comments=st.lists(TEXT, max_size=2).map(tuple) | st.none(),
    platform_label=st.booleans() | st.none(),
    duration_s=st.floats(0, 9000) | st.none(),
)
COMPLIANT = ORDER.index("compliant")  # what comes after it, not_sponsored, is not better, only different
TYPES = ["paid", "gifted", "affiliate", "code", "invited", "loan", "employee", "family", "own_brand", "none"]
KNOWN = st.builds(
    Connection,
    known=st.just(True),
    type=st.sampled_from(TYPES),
    brand=st.just("Lumo"),
    handles=st.just(("lumo",)),
    coupon_codes=st.sampled_from([(), ("MIA20",)]),
    posting_obligation=st.booleans() | st.none(),
    synthetic_performer=st.booleans(),
    licence_checked=st.booleans(),
)


def verdict(case, **changes):
    post, connection = case.post, case.connection
    connection = changes.pop("connection", connection)
    markets = changes.pop("markets", case.markets)
    return judge(replace(post, **changes), connection, markets, now=NOW)


def rank(judgement):
    return ORDER.index(judgement.verdict)


# A3 -----------------------------------------------------------------------------------------------------------


@settings(max_examples=70, deadline=None)
@given(POSTS, KNOWN | st.just(Connection()))
def test_every_finding_is_exact_and_cited(post, connection):
    packs = load_packs()
    judgement = judge(post, connection, PACKS, now=NOW)
    texts = dict(post_texts(post))
    day = post.day or NOW.date()
    assert set(judgement.markets) == set(PACKS)
    for finding in judgement.findings:
        pack = packs[finding.rule.split("-")[0]]
        version = pack.version_on(day)
        assert finding.rule in pack.rules
        assert finding.pack == version.id
        assert finding.source.title
        assert finding.source == pack.rules[finding.rule].source
        if finding.end:
            assert texts[finding.surface][finding.start : finding.end] == finding.quote != ""
        else:
            assert (finding.start, finding.quote) == (0, "")
    json.loads(json.dumps(as_json(judgement)))


@settings(max_examples=30, deadline=None)
@given(POSTS, KNOWN)
def test_stubs_and_unknown_markets_never_pass(post, connection):
    judgement = judge(post, connection, ["SE", "TR", "ATLANTIS"], now=NOW)
    assert {item.verdict for item in judgement.markets.values()} == {"needs_review"}


# A4 -----------------------------------------------------------------------------------------------------------


@settings(max_examples=70, deadline=None)
@given(POSTS, st.sampled_from([(), ("lumo",)]))
def test_nobody_is_accused_without_proof(post, handles):
    judgement = judge(post, Connection(False, "unknown", "Lumo", handles), MARKETS, now=NOW)
    if judgement.proof == "none":
        assert not {item.verdict for item in judgement.markets.values()} & set(ACCUSATIONS)


@settings(max_examples=30, deadline=None)
@given(POSTS)
def test_an_unpaid_post_is_never_accused(post):
    judgement = judge(post, Connection(True, "none", "Lumo"), MARKETS, now=NOW)
    assert judgement.verdict in ("not_sponsored", "needs_review")


# A8 -----------------------------------------------------------------------------------------------------------


CAPTIONED = [case for case in CASES if case.post.caption is not None]


def test_prepending_an_accepted_label_is_never_worse():
    for case in CAPTIONED:
        prepend(case)


def prepend(case):
    before = verdict(case)
    for market in before.markets:
        pack = load_packs()[market]
        label = required_text(pack, case.connection.type, before.language, case.connection)
        after = verdict(case, caption=f"{label} {case.post.caption}", markets=[market])
        assert rank(after) >= min(ORDER.index(before.markets[market].verdict), COMPLIANT), (case.id, market, label)


@pytest.mark.parametrize("kind", TYPES[:-1])
@pytest.mark.parametrize("market", MARKETS)
def test_required_label_passes_its_own_market(market, kind):
    pack = load_packs()[market]
    connection = Connection(True, kind, "Lumo", ("lumo",))
    for language in [name for name in pack.languages if name in PLAIN] or ["en"]:
        label = required_text(pack, kind, language, connection)
        post = Post("instagram", "image", date(2026, 10, 1), language, caption=f"{label} @lumo")
        assert judge(post, connection, [market], now=NOW).verdict == "compliant", (language, label)


@pytest.mark.parametrize("market", MARKETS)
def test_a_label_behind_600_characters_is_badly_placed(market):
    pack = load_packs()[market]
    language = next((name for name in pack.languages if name in PLAIN), "en")
    label = required_text(pack, "paid", language, Connection(True, "paid", "Lumo"))
    for platform in ("instagram", "tiktok", "facebook", "x", "threads", "weibo", "xiaohongshu", "blog", "nowhere"):
        post = Post(platform, "image", date(2026, 10, 1), language, caption=f"{'… ' * 300}{label} Lumo")
        judgement = judge(post, Connection(True, "paid", "Lumo"), [market], now=NOW)
        assert judgement.verdict == "poor_placement", platform


def test_ad_passes_in_the_netherlands_and_fails_in_germany():
    post = Post("instagram", "image", date(2026, 5, 15), "nl", caption="#ad Pannenkoeken met @lumo")
    judgement = judge(post, Connection(True, "paid", "Lumo", ("lumo",)), ["NL", "DE"], now=NOW)
    assert {name: item.verdict for name, item in judgement.markets.items()} == {
        "NL": "compliant",
        "DE": "inadequate_label",
    }
    assert judgement.verdict == "inadequate_label"


def test_stripping_the_connection_accuses_nobody():
    for case in CASES:
        judgement = verdict(case, connection=Connection())
        if judgement.proof == "none":
            assert judgement.verdict in ("needs_review", "not_sponsored", "compliant"), case.id


FULL_WIDTH = {**{code: code + 0xFEE0 for code in range(0x21, 0x7F)}}


HOMES = {
    "#ad": "US",
    "Werbung": "DE",
    "Publicité": "FR",
    "【PR】": "JP",
    "【广告】": "CN",
    "[광고]": "KR",
    "إعلان": "SA",
}


@pytest.mark.parametrize("label", HOMES)
def test_zero_width_and_full_width_letters_do_not_hide_a_label(label):
    middle = len(label) // 2 + (label[0] == "#")
    hidden = f"{label[:middle]}\u200b{label[middle:]}"
    for written, codes in ((label, set()), (label.translate(FULL_WIDTH), set()), (hidden, {"OBFUSCATION"})):
        post = Post("instagram", "image", date(2026, 5, 15), None, caption=f"{written} @lumo")
        judgement = judge(post, Connection(True, "paid", "Lumo", ("lumo",)), [HOMES[label]], now=NOW)
        assert judgement.verdict == "compliant", written
        assert {finding.code for finding in judgement.findings} - {"LABEL_CLEAR"} == codes, written


def test_links_and_handles_behind_change_nothing():
    for case in CAPTIONED:
        before = verdict(case)
        after = verdict(case, caption=f"{case.post.caption} https://example.com/p/1?x=2 @somebody.else")
        if case.connection.known:
            assert after.verdict == before.verdict, case.id
        else:
            assert rank(after) >= ORDER.index("needs_review") or after.verdict == before.verdict, case.id


# A9 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("market", ["US", "GB", "IT", "FR", "KR", "NL", "JP"])
@pytest.mark.parametrize("missing", [{"overlay"}, {"transcript"}, {"overlay", "transcript"}])
def test_an_uncaptured_video_is_never_compliant(market, missing):
    pack = load_packs()[market]
    label = required_text(pack, "paid", pack.languages[0], Connection(True, "paid", "Lumo"))
    surfaces = {"overlay": (Overlay(f"{label} Lumo", 0, 30),), "transcript": f"{label} Lumo. Hello."}
    kept = {name: value for name, value in surfaces.items() if name not in missing}
    for platform in ("youtube", "tiktok"):
        post = Post(
            platform,
            "video",
            date(2026, 5, 15),
            pack.languages[0],
            label,
            f"{label} Lumo",
            f"{label} Lumo",
            duration_s=30,
            **kept,
        )
        connection = Connection(True, "paid", "Lumo")
        assert judge(post, connection, [market], now=NOW).verdict != "compliant"
        assert judge(replace(post, **surfaces), connection, [market], now=NOW).verdict == "compliant"


def test_a_video_of_which_only_the_caption_is_known_is_not_missing():
    post = Post("tiktok", "video", date(2026, 5, 15), "en", caption="popcorn with @lumo")
    judgement = judge(post, Connection(True, "paid", "Lumo"), MARKETS, now=NOW)
    assert {(item.verdict, item.reason) for item in judgement.markets.values()} == {("needs_review", "not_observable")}


# dates and strange input ------------------------------------------------------------------------------------------


def test_todays_version_is_judged_too():
    post = Post("instagram", "image", date(2024, 10, 1), "fr", caption="Partenariat rémunéré avec @lumo")
    market = judge(post, Connection(True, "paid", "Lumo", ("lumo",)), ["FR"], now=NOW).markets["FR"]
    assert (market.pack, market.verdict) == ("FR-2023", "inadequate_label")
    assert (market.today.pack, market.today.verdict) == ("FR-2024", "compliant")


def test_a_draft_is_judged_by_the_rules_of_now_and_the_far_future_by_none():
    connection = Connection(True, "paid", "Lumo", ("lumo",))
    draft = Post("instagram", "image", None, "fr", caption="Partenariat rémunéré avec @lumo")
    assert judge(draft, connection, ["FR"], now=datetime(2024, 10, 1, tzinfo=UTC)).verdict == "inadequate_label"
    assert judge(draft, connection, ["FR"], now=NOW).verdict == "compliant"
    later = replace(draft, published_at=NOW.date() + timedelta(days=400))
    assert judge(later, connection, ["FR"], now=NOW).reason == "future_date"


HOSTILE = {
    "letters": "a" * 100_000,
    "labels": "#ad " * 25_000,
    "dots": ".\n" * 50_000,
    "emoji": "🍿" * 100_000,
    "marks": "e" + "\u0301" * 100_000,
    "rtl": "\u202eإعلان " * 14_000,
    "surrogates": "\ud800" * 100_000,
    "html": '<div class="ad"><script>alert("#ad")</script></div>' * 1_900,
    "links": "https://a.b/c?tag=1 " * 5_000,
    "brackets": "【" * 100_000,
    "openers": "sent me this received the " * 3_800,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_judged(name):
    connection = Connection(True, "paid", "Lumo", ("lumo",), ("MIA20",))
    judgement = judge(Post("nowhere", "image", date(2026, 5, 15), caption=HOSTILE[name]), connection, PACKS, now=NOW)
    assert judgement.verdict in ORDER[:5]
    json.dumps(as_json(judgement))


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ("[" * 100_000, "not JSON"),
        ('{"post": {}}', "jurisdiction: expected a list"),
        ('{"jurisdiction": ["US"], "post": 5}', "post: expected an object"),
        ('{"jurisdiction": ["US"], "post": {"caption": 5}}', "caption: expected text, got int"),
        ('{"jurisdiction": ["US"], "post": {"published_at": "soon"}}', "published_at: 'soon' is not an ISO 8601 date"),
        ('{"jurisdiction": ["US"], "post": {"duration_s": -1}}', "duration_s: expected a number of seconds"),
        (
            '{"jurisdiction": ["US"], "post": {}, "connection": {"type": "bribe"}}',
            "connection.type: 'bribe' is not one of",
        ),
        ('{"jurisdiction": ["US"], "post": {"caption": "' + "a" * 200_001 + '"}}', "more than 200000 cannot be judged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(line, error):
    answer = judge_line(line, now=NOW)
    assert (answer["verdict"], answer["reason"]) == ("needs_review", "refused")
    assert error in answer["error"]
