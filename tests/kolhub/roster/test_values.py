import datetime

import pytest

from kolhub.platforms import PLATFORMS
from kolhub.roster.categories import CATEGORIES, read_categories
from kolhub.roster.identity import text_of
from kolhub.roster.money import Money, currency_named, minor_digits, read_price
from kolhub.roster.places import country_code, language_code, repaired
from kolhub.roster.values import read_bool, read_date, read_emails, read_kind, split_list


@pytest.mark.parametrize(
    ("cell", "hint", "money"),
    [
        ("¥3,000", "CNY", Money(300_000, "CNY")),
        ("￥2w", "CNY", Money(2_000_000, "CNY")),
        ("2.5万元", "CNY", Money(2_500_000, "CNY")),
        ("人民币 800", "", Money(80_000, "CNY")),
        ("US$ 500/post", "", Money(50_000, "USD")),
        ("500 EUR", "", Money(50_000, "EUR")),
        ("€1.200,50", "", Money(120_050, "EUR")),
        ("R$ 1.200,00", "", Money(120_000, "BRL")),
        ("3000円", "", Money(3_000, "JPY")),
        ("¥3000", "JPY", Money(3_000, "JPY")),
        ("150000원", "", Money(150_000, "KRW")),
        ("KWD 1.5", "", Money(1_500, "KWD")),
        ("5000/条", "CNY", Money(500_000, "CNY")),
        ("8000(含税)", "CNY", Money(800_000, "CNY")),
        (3000, "USD", Money(300_000, "USD")),
        ("$500", "MXN", Money(50_000, "MXN")),
    ],
)
def test_prices(cell, hint, money):
    assert read_price(cell, hint).money == money


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("¥3,000", "currency_ambiguous"),
        ("2.5万元", "currency_ambiguous"),
        ("3000", "currency_missing"),
        ("500-800 USD", "number_range"),
        ("1,2 USD", "ambiguous_separator"),
        ("much", "price_unreadable"),
        ("", None),
        ("面议", None),
    ],
)
def test_prices_that_are_not_certain_are_not_prices(cell, problem):
    assert (read_price(cell).money, read_price(cell).problem) == (None, problem)


def test_what_is_assumed_about_a_price_is_said():
    assert read_price("$500").note == "currency_assumed"
    assert read_price("1200起", "CNY").note == "lower_bound"
    assert read_price("sob consulta").note == "price_on_request"
    assert currency_named("HK$ 5")[0] == "HKD" and minor_digits("JPY") == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United States", "US"),
        ("Estados Unidos", "US"),
        ("美国", "US"),
        ("USA", "US"),
        ("Brasil", "BR"),
        ("Tailandia", "TH"),
        ("대한민국", "KR"),
        ("日本", "JP"),
        ("浙江杭州", "CN"),
        ("中国·浙江", "CN"),
        ("台灣", "TW"),
        ("Côte d'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_countries(name, code):
    assert country_code(name) == code


def test_garbled_utf8_is_recognised():
    assert repaired("CÃ´te d'Ivoire") == "Côte d'Ivoire"
    assert repaired("Côte d'Ivoire") is None and repaired("France") is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"),
        ("en-us", "en-US"),
        ("英语", "en"),
        ("繁體中文", "zh-Hant"),
        ("粤语", "yue"),
        ("Español", "es"),
        ("xx", None),
    ],
)
def test_languages(name, code):
    assert language_code(name) == code


@pytest.mark.parametrize(
    ("raw", "keys", "unknown"),
    [
        ("Sports with a ball", ("sports",), ()),
        ("Cinema & Actors/actresses", ("film_tv",), ()),
        ("Películas, Videojuegos", ("film_tv", "gaming"), ()),
        ("美妆/护肤", ("beauty",), ()),
        ("穿搭、探店", ("fashion", "food"), ()),
        ("Music & Dance", ("music", "dance"), ()),
        ("ゲーム", ("gaming",), ()),
        ("뷰티", ("beauty",), ()),
        ("Comida y bebida", ("food",), ()),
        ("Underwater basketry", (), ("Underwater basketry",)),
        ("beauty; zorbing", ("beauty",), ("zorbing",)),
    ],
)
def test_categories(raw, keys, unknown):
    assert read_categories(raw) == (keys, unknown)
    assert set(keys) <= set(CATEGORIES)


def test_emails():
    assert read_emails("Ann <ann@example.org>; b.c@example.co.uk.") == (("ann@example.org", "b.c@example.co.uk"), False)
    assert read_emails("see bio") == ((), True)
    assert read_emails("-") == ((), False)


def test_dates_are_not_guessed():
    assert read_date("2024-03-05T10:00:00Z") == (datetime.date(2024, 3, 5), None)
    assert read_date("2024年3月5日") == (datetime.date(2024, 3, 5), None)
    assert read_date("25/03/2024") == (datetime.date(2024, 3, 25), None)
    assert read_date("05/03/2024") == (None, "date_ambiguous")
    assert read_date("2024-02-30") == (None, "date_invalid")
    assert read_date("soon") == (None, "date_invalid")


def test_small_values():
    assert [read_bool(text) for text in ("TRUE", "否", "sí", "maybe", False)] == [True, False, True, None, False]
    assert [read_kind(text) for text in ("真人", "VTuber", "自营", "?")] == ["human", "virtual", "in_house", None]
    assert split_list("a, b；a\nc") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.38E+10", ("", "scientific_notation")),
        (1.38e18, ("", "precision_lost")),
        (datetime.date(2024, 1, 2), ("", "changed_to_date")),
        (0.5, ("", "changed_to_date")),
        (13800000000.0, ("13800000000", None)),
        ("0013", ("0013", None)),
        ("=1+1", ("=1+1", None)),
        ("N/A", ("", None)),
    ],
)
def test_text_that_a_spreadsheet_changed_is_flagged(cell, expected):
    """Attack R8."""
    assert text_of(cell) == expected


def test_there_is_a_platform_for_yuan():
    from kolhub.roster.cells import YUAN_PLATFORMS

    assert {platform.key for platform in PLATFORMS} >= YUAN_PLATFORMS
