"""Folding keeps every offset: what is highlighted is exactly what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.compliance.normalise import cells, fold, fold_pattern

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=80)
PRONE = st.lists(
    st.sampled_from(
        ["#ad", "Werbung", "광고", "ﾌﾟ", "é", "e\u0301", "\u200b", "ﬁ", "㎏", "\ud800", "ß", "İ", "…", "각", "🏳️‍🌈"]
    ),
    max_size=12,
).map("".join)


@given(ANYTHING | PRONE)
def test_offsets_are_monotone_and_within(raw):
    folded = fold(raw)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= start < end <= len(raw) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert folded.starts == sorted(folded.starts)


@given(ANYTHING)
def test_folding_twice_changes_nothing(raw):
    once = fold(raw).text
    assert fold(once).text == once or len(once) != len(fold(once).text)  # a folded pair may compose; it stays valid


@given(ANYTHING, st.sampled_from(["#ad", "Werbung", "广告", "[광고]", "Publicité"]), ANYTHING)
def test_a_folded_label_maps_back_to_itself(before, label, after):
    raw = f"{before} {label} {after}"
    folded = fold(raw)
    needle = fold(label).text
    place = folded.text.find(needle)
    assert place >= 0
    start, end = folded.span(place, place + len(needle))
    assert fold(raw[start:end]).text == needle


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("＃ＰＲ", "#pr"),
        ("Publicité", "publicite"),
        ("PUBLICITE\u0301", "publicite"),
        ("a\u200bd", "ad"),
        ("аd", "ad"),  # Cyrillic а
        ("ᴀᴅ", "ad"),
        ("реклама", "реклама"),  # real Cyrillic stays
        ("إعلاناً", "اعلانا"),
        ("Straße", "strasse"),
        ("quảng cáo", "quang cao"),
        ("광\u200d고", "광고"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_fold(raw, folded):
    assert fold(raw).text == folded


def test_disguises_are_noticed_only_inside():
    for raw, disguised in (("a\u200bd", True), ("\u200bad\u200b", False), ("аd", True), ("ＡＤ", False)):
        folded = fold(raw)
        place = folded.text.index("ad")
        assert folded.disguised(place, place + 2) is disguised, raw


def test_patterns_fold_like_texts():
    assert fold_pattern("publicité(?:s)?") == "publicite(?:s)?"


@pytest.mark.parametrize(
    ("char", "width"), [("a", 1), ("广", 2), ("ｱ", 1), ("🍿", 2), ("\u200b", 0), ("\u0301", 0), ("☀", 2)]
)
def test_cells(char, width):
    assert cells(char) == width
