"""What each feature says, and what it keeps quiet about."""

from datetime import date, timedelta

import numpy as np
import pytest

from campaigns.matching.candidate import Past
from campaigns.matching.features import FEATURES, FORMS, KEYS, SERVES, is_sure, measure
from campaigns.matching.rankers.weighted import WEIGHTS
from campaigns.models import Brief
from kolhub.platforms import PLATFORMS
from tests.campaigns.matching.drawing import TODAY, candidate, drawing, value

UNKNOWN = pytest.approx(float("nan"), nan_ok=True)


@pytest.mark.parametrize(
    ("audience", "home", "expected"),
    [
        ("BR", "", 1.0),
        ("BR", "PT", 1.0),
        ("", "BR", 0.7),
        ("PT", "BR", 0.3),
        ("PT", "US", 0.0),
        ("", "US", 0.0),
        ("", "", UNKNOWN),
    ],
)
def test_market_trusts_the_audience_more_than_the_address(audience: str, home: str, expected: float) -> None:
    one = candidate(audience_country=audience, country=home)
    assert value("market", one, markets=("BR",)) == expected


@pytest.mark.parametrize(
    ("categories", "expected"),
    [(("beauty",), 1.0), (("fashion", "beauty"), 0.8), (("sports",), 0.0), ((), UNKNOWN)],
)
def test_category(categories: tuple[str, ...], expected: float) -> None:
    assert value("category", candidate(categories=categories), categories=("beauty",)) == expected


def test_language_compares_the_primary_tag() -> None:
    assert value("language", candidate(languages=("zh-hans",)), languages=("zh",)) == 1
    assert value("language", candidate(languages=("pt",)), languages=("zh",)) == 0
    assert value("language", candidate(), languages=("zh",)) == UNKNOWN


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [
        (20_000, "USD", 1.0),
        (60_000, "USD", 0.5),
        (100_000, "USD", 0.0),
        (200_000, "USD", 0.0),
        (20_000, "CNY", UNKNOWN),
        (None, "", UNKNOWN),
    ],
)
def test_price_is_compared_with_the_budget_in_one_currency_only(
    price: int | None, currency: str, expected: float
) -> None:
    one = candidate(price_minor=price, price_currency=currency)
    assert value("price", one, budget_minor=100_000, currency="USD") == expected


def test_a_number_counts_half_after_180_days_and_never_more_than_once() -> None:
    assert value("fresh", candidate(metrics_on=TODAY - timedelta(days=180))) == pytest.approx(0.5)
    assert value("fresh", candidate(metrics_on=TODAY)) == 1
    assert value("fresh", candidate(metrics_on=date(2099, 1, 1))) == 1
    assert value("fresh", candidate()) == UNKNOWN


def test_one_good_result_is_drawn_towards_the_mean() -> None:
    once, often = Past(1, 9.0, 1.0), Past(20, 180.0, 1.0)
    assert once.shrunk_roas == 3.0
    assert once.shrunk_roas < often.shrunk_roas < 9.0
    assert value("past", candidate(past=Past(3, 3.0, 1.0))) == pytest.approx(0.5)
    assert value("past", candidate()) == UNKNOWN


def test_a_topic_is_unknown_only_where_there_is_nothing_to_read() -> None:
    silent, named, off = candidate(1, name="Ana"), candidate(2, name="Ana Skincare"), candidate(3, bio="football")
    topic = measure(drawing(silent, named, off, text="skincare")).column("topic")
    assert np.isnan(topic[0])
    assert topic[1] == 1
    assert topic[2] == 0


def test_categories_are_read_as_words_only_where_the_brief_names_none() -> None:
    one = candidate(name="Ana", categories=("beauty",))
    assert value("topic", one, text="beauty") > 0
    assert value("topic", one, text="beauty", categories=("beauty",)) == UNKNOWN


def test_what_the_brief_does_not_ask_is_not_answered() -> None:
    full = candidate(country="US", languages=("en",), categories=("beauty",), price_minor=5, price_currency="USD")
    features = measure(drawing(full))
    assert {key for key, applies in zip(KEYS, features.applies, strict=True) if not applies} == {
        "topic",
        "category",
        "market",
        "language",
        "price",
    }
    assert np.isnan(features.values[0, ~features.applies]).all()


def test_every_value_is_a_share() -> None:
    rng = np.random.default_rng(1)
    many = [
        candidate(
            i,
            country=str(rng.choice(["US", "BR", ""])),
            followers=int(rng.integers(0, 10**7)) if rng.random() < 0.9 else None,
            engagement=float(rng.random() * 3),
            views_ratio=float(rng.random() * 50),
            categories=("beauty",) if rng.random() < 0.5 else (),
            bio="skincare" if rng.random() < 0.5 else "",
            metrics_on=TODAY - timedelta(days=int(rng.integers(-10, 4000))),
            price_minor=int(rng.integers(0, 10**6)),
            price_currency="USD",
            past=Past(1, float(rng.random() * 100), 2.0) if rng.random() < 0.5 else None,
        )
        for i in range(200)
    ]
    asked = {"text": "skincare", "markets": ("US",), "categories": ("beauty",), "budget_minor": 1000, "currency": "USD"}
    values = measure(drawing(*many, **asked)).values
    assert values.shape == (200, len(FEATURES))
    assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()


def test_nobody_is_no_trouble() -> None:
    assert measure(drawing(text="skincare", markets=("US",))).values.shape == (0, len(KEYS))


def test_sure_needs_followers_the_market_and_most_of_the_rest() -> None:
    asked = {"markets": ("US",), "categories": ("beauty",)}
    full = {
        "country": "US",
        "categories": ("beauty",),
        "followers": 50_000,
        "engagement": 0.02,
        "views_ratio": 0.3,
        "metrics_on": TODAY,
    }
    several = [
        candidate(1, **full),
        candidate(2, **{**full, "country": ""}),
        candidate(3, **{**full, "followers": None}),
        candidate(4, country="US", followers=50_000),
    ]
    features = measure(drawing(*several, **asked))
    assert [is_sure(features, row) for row in range(4)] == [True, False, False, False]
    assert is_sure(measure(drawing(several[1], categories=("beauty",))), 0)


def test_tables_cover_every_goal_and_platform() -> None:
    assert set(SERVES) == set(WEIGHTS) == set(Brief.Goal.values)
    assert set(FORMS) == {platform.key for platform in PLATFORMS}
    for goal, weights in WEIGHTS.items():
        assert set(weights) == set(KEYS)
        assert sum(weights.values()) == pytest.approx(100), goal
        assert set(SERVES[goal]) == set(FORMS.values())
