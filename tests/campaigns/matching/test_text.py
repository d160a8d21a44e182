"""Topical fit: any language, no model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.matching.text import shared_terms, topical_fit


@pytest.mark.parametrize(
    ("wanted", "match", "other"),
    [
        ("natural skincare for dry skin", "I review skincare and serums", "football highlights every day"),
        ("护肤和美妆达人", "分享日常护肤心得", "足球赛事集锦"),
        ("スキンケア レビュー", "毎日のスキンケアを紹介", "サッカーの試合"),
        ("cuidado de la piel", "consejos para la piel sensible", "partidos de baloncesto"),
        ("уход за кожей", "советы по уходу за кожей лица", "видеоигры и стримы"),
        ("العناية بالبشرة", "نصائح العناية بالبشرة", "كرة القدم"),
        ("스킨케어 추천", "스킨케어 루틴", "축구 하이라이트"),
    ],
)
def test_a_text_about_the_same_thing_fits_better_in_every_language(wanted: str, match: str, other: str) -> None:
    fit = topical_fit(wanted, [other, match])
    assert fit[1] > fit[0] + 0.05


def test_full_width_and_capital_letters_do_not_matter() -> None:
    fit = topical_fit("ＳＫＩＮＣＡＲＥ", ["skincare", "Skincare", "football"])
    assert fit[0] == fit[1] > fit[2]


def test_a_wording_that_everybody_uses_counts_little() -> None:
    texts = ["official account vegan"] + ["official account"] * 50
    vegan, official = topical_fit("vegan official account", texts)[:2]
    assert vegan > 2 * official


def test_a_long_text_is_discounted() -> None:
    filler = " ".join(f"lorem{i}" for i in range(60))
    short, long = topical_fit("skincare", ["skincare", f"skincare {filler}"])[:2]
    assert short > long > 0


def test_texts_do_not_run_into_each_other() -> None:
    # "skin" + "care" meet at a border between two texts; neither says "skincare" or "护肤".
    assert not topical_fit("护肤", ["爱护", "肤色"]).any()


def test_nothing_wanted_and_nobody_there() -> None:
    assert not topical_fit("", ["a", "b"]).any()
    assert topical_fit("skincare", []).shape == (0,)
    assert not topical_fit("skincare", ["", "🙂", "\x00"]).any()


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=8))
def test_any_text_gives_a_finite_share(wanted: str, texts: list[str]) -> None:
    fit = topical_fit(wanted, texts)
    assert fit.shape == (len(texts),)
    assert np.isfinite(fit).all()
    assert (fit >= 0).all() and (fit <= 2).all()


def test_an_order_does_not_depend_on_the_others_order() -> None:
    texts = ["skincare serum", "football", "beauty skincare", "serum"]
    there = topical_fit("skincare serum", texts)
    back = topical_fit("skincare serum", texts[::-1])[::-1]
    assert there == pytest.approx(back)


def test_shared_terms_are_what_a_person_would_underline() -> None:
    assert shared_terms("Natural skincare for summer", "Skincare lover. Summer, sun & sea") == ["skincare", "summer"]
    assert shared_terms("寻找护肤达人推广防晒霜", "日常护肤与防晒霜测评") == ["防晒霜", "护肤"]
    assert shared_terms("the and for 2026", "the and for 2026") == []
    assert shared_terms("", "anything") == []
