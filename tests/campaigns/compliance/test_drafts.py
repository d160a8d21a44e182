"""Drafts and briefs: the label a market wants, and the corrected text."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from campaigns.compliance.drafts import correct_draft
from campaigns.compliance.packs import PACKS
from campaigns.compliance.post import Connection, Overlay, Post
from campaigns.compliance.required import NoPackError, required_label
from campaigns.compliance.verdict import ORDER
from campaigns.compliance.wording import WHERE

from .scoring import NOW, OWN, read_cases
from .test_properties import CASES

PAID = Connection(True, "paid", "Lumo", ("lumo",))


def test_a_draft_that_passes_in_one_market_and_fails_in_the_other_is_corrected_there():
    draft = Post("instagram", "image", None, "en", caption="#ad Sunday cinnamon rolls with @lumo oat drink.")
    fixed = correct_draft(draft, PAID, ["NL", "DE"], now=NOW)
    assert fixed["NL"].post == draft
    assert fixed["NL"].label is None
    assert fixed["DE"].text == "Werbung | Sunday cinnamon rolls with @lumo oat drink."
    assert (fixed["DE"].before.verdict, fixed["DE"].after.verdict) == ("inadequate_label", "compliant")
    assert (fixed["DE"].label, fixed["DE"].where) == ("Werbung", "text_start")


def test_a_late_label_is_repeated_in_front_and_the_text_kept():
    draft = Post("instagram", "image", None, "en", caption=f"{'A long morning. ' * 12}#ad")
    fixed = correct_draft(draft, PAID, ["US"], now=NOW)["US"]
    assert fixed.text == f"#ad {draft.caption}"
    assert fixed.after.verdict == "compliant"


def test_every_slide_gets_the_label():
    draft = Post("instagram_story", "story", None, "de", frames=("Werbung – Handcreme", "riecht nach Feige"))
    fixed = correct_draft(draft, PAID, ["DE"], now=NOW)["DE"]
    assert (
        fixed.post.frames == ("Werbung | – Handcreme", "Werbung | riecht nach Feige")
        or fixed.after.verdict == "compliant"
    )
    assert fixed.where == "every_frame"


def test_corrections_are_never_worse_and_mend_image_posts():
    for case in CASES:
        for market, fixed in correct_draft(case.post, case.connection, case.markets, now=NOW).items():
            assert ORDER.index(fixed.after.verdict) >= ORDER.index(fixed.before.verdict), (case.id, market)
            if fixed.before.verdict == "missing" and case.post.media in ("image", "text"):
                assert fixed.after.verdict == "compliant", (case.id, market, fixed.text)


@pytest.mark.parametrize(
    ("market", "kind", "language", "text"),
    [
        ("DE", "paid", "en", "Werbung"),
        ("US", "paid", "es", "Publicidad"),
        ("US", "gifted", "en", "Lumo sent me this for free"),
        ("FR", "affiliate", "fr", "Publicité"),
        ("IT", "gifted", "it", "Prodotto inviato da Lumo"),
        ("KR", "gifted", "ko", "[광고] 제품 제공받음"),
        ("CN", "paid", "zh-Hans", "【广告】"),
        ("CA", "paid", "fr", "#pub"),
    ],
)
def test_required_label(market, kind, language, text):
    label = required_label(market, kind, "instagram", language, brand="Lumo")
    assert (label.market, label.text, label.where) == (market, text, "text_start")
    assert label.rule.startswith(market)


def test_where_the_label_goes():
    assert required_label("DE", "paid", "instagram_story", "de").where == "every_frame"
    assert required_label("NL", "paid", "youtube", "nl", media="video").where == "video_start_and_text"
    assert required_label("KR", "paid", "naver_blog", "ko").where == "title_or_first_part"
    assert required_label("JP", "paid", "twitch", "ja", media="live").where == "live_repeated"
    assert {"text_start", "video_start"} <= set(WHERE)


def test_a_label_that_names_the_brand_falls_back_without_one():
    assert "{brand}" not in required_label("IT", "gifted", "instagram", "it").text


@pytest.mark.parametrize("market", ["SE", "ATLANTIS"])
def test_no_label_without_rules(market):
    with pytest.raises(NoPackError, match=market):
        required_label(market, "paid", "instagram", "en")
    with pytest.raises(NoPackError):
        required_label("AE", "paid", "instagram", "en", on=date(2025, 1, 1))


def test_a_video_draft_still_asks_for_its_picture_and_sound():
    draft = Post("tiktok", "video", None, "fr", caption="Ma routine", overlay=(Overlay("coucou", 0, 5),), duration_s=30)
    fixed = correct_draft(replace(draft, transcript="Bonjour"), PAID, ["FR"], now=datetime(2026, 1, 1, tzinfo=UTC))[
        "FR"
    ]
    assert fixed.before.verdict == "missing"
    assert fixed.after.verdict == "poor_placement"
    assert fixed.where == "video_start"


def test_stub_markets_come_back_unchanged():
    draft = Post("instagram", "image", None, "en", caption="Sunday rolls")
    for market, fixed in correct_draft(draft, PAID, PACKS, now=NOW).items():
        assert (fixed.post == draft) == (fixed.before.reason == "no_pack"), market
    assert len(read_cases(OWN)) >= 60
