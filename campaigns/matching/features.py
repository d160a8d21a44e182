"""One number per question a marketer asks about a candidate.

Every feature is a share from 0 (speaks against) to 1 (speaks for), NaN where the data is missing. A feature that the
brief does not ask about (no markets named, no budget given) does not apply, and weighs nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.candidate import Candidate, Wanted
from campaigns.matching.peers import Peers
from campaigns.matching.text import topical_fit

Floats = NDArray[np.float64]

# Days after which a number counts half.
HALF_LIFE_DAYS: Final = 180
# A budget is rarely spent on one creator: up to a fifth of it is no strain at all.
EASY_SHARE: Final = 0.2
# The half-way mark between a fit that is the best of the draw and none.
_BEST_FIT_QUANTILE: Final = 0.99

# Which form of content serves which goal, 0..1. A house judgement, not a measurement, hence its small weight.
FORMS: Final[dict[str, str]] = {
    "tiktok": "short",
    "douyin": "short",
    "kuaishou": "short",
    "kwai": "short",
    "likee": "short",
    "snapchat": "short",
    "youtube": "long",
    "bilibili": "long",
    "instagram": "image",
    "pinterest": "image",
    "facebook": "image",
    "xiaohongshu": "note",
    "blog": "note",
    "x": "text",
    "weibo": "text",
    "twitch": "live",
    "podcast": "audio",
    "amazon": "shop",
}
SERVES: Final[dict[str, dict[str, float]]] = {
    "awareness": {
        "short": 1.0,
        "image": 0.8,
        "long": 0.7,
        "text": 0.6,
        "live": 0.5,
        "audio": 0.5,
        "note": 0.5,
        "shop": 0.2,
    },
    "launch": {
        "short": 0.9,
        "image": 0.8,
        "long": 0.9,
        "text": 0.6,
        "live": 0.6,
        "audio": 0.5,
        "note": 0.7,
        "shop": 0.4,
    },
    "sales": {
        "short": 0.8,
        "image": 0.6,
        "long": 0.8,
        "text": 0.3,
        "live": 0.8,
        "audio": 0.6,
        "note": 0.9,
        "shop": 1.0,
    },
    "content": {
        "short": 0.9,
        "image": 1.0,
        "long": 0.8,
        "text": 0.2,
        "live": 0.3,
        "audio": 0.3,
        "note": 0.9,
        "shop": 0.2,
    },
}


@dataclass(frozen=True, slots=True)
class Draw:
    """What every feature is computed from: the brief, the candidates, their peers, and today."""

    wanted: Wanted
    candidates: Sequence[Candidate]
    peers: Peers
    today: date


@dataclass(frozen=True, slots=True)
class Feature:
    """A question: its key, whether the brief asks it, and the answers, shape (candidates,)."""

    key: str
    applies: Callable[[Wanted], bool]
    values: Callable[[Draw], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The answers to all questions about all candidates of a draw.

    `values` has shape (candidates, features), 0..1 or NaN; `applies` has shape (features,). Rows follow the candidates.
    """

    keys: tuple[str, ...]
    values: Floats
    applies: NDArray[np.bool_]
    goal: str = "sales"

    def __len__(self) -> int:
        return len(self.values)

    def column(self, key: str) -> Floats:
        """Return one feature of all candidates; KeyError where there is none of this name."""
        if key not in self.keys:
            raise KeyError(key)
        return np.asarray(self.values[:, self.keys.index(key)], dtype=np.float64)


def _each(draw: Draw, answer: Callable[[Wanted, Candidate], float | None]) -> Floats:
    found = (answer(draw.wanted, candidate) for candidate in draw.candidates)
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def own_words(wanted: Wanted, candidate: Candidate) -> str:
    """Return what the creator says of themselves and what others filed them under."""
    categories = () if wanted.categories else candidate.categories
    return " ".join((candidate.name, candidate.bio, *candidate.tags, *categories)).strip()


def topic(draw: Draw) -> Floats:
    """Return the topical fit of the creator's own words, relative to the best of the draw.

    Unknown where there is nothing to read but a name that says nothing. Categories are read as words only where the
    brief names none: otherwise they have a feature of their own, and would count twice.
    """
    words = [own_words(draw.wanted, candidate) for candidate in draw.candidates]
    fit = topical_fit(draw.wanted.text, words)
    if fit.any():
        fit = np.minimum(fit / np.quantile(fit[fit > 0], _BEST_FIT_QUANTILE), 1.0)
    silent = np.array([len(text) <= len(c.name) for text, c in zip(words, draw.candidates, strict=True)], dtype=bool)
    return np.where(silent & (fit == 0), np.nan, fit)


def category_match(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return 1 for the creator's first category, 0.8 for a further one, 0 for none; None where none is known."""
    if not candidate.categories:
        return None
    if candidate.categories[0] in wanted.categories:
        return 1.0
    return 0.8 if set(candidate.categories) & set(wanted.categories) else 0.0


def market_match(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return 1 where the audience is in a market, 0.7 where only the creator is known to be, 0.3 where the creator
    is but the audience is elsewhere, 0 where neither is; None where nothing is known."""
    home = candidate.country in wanted.markets
    if candidate.audience_country:
        if candidate.audience_country in wanted.markets:
            return 1.0
        return 0.3 if home else 0.0
    if not candidate.country:
        return None
    return 0.7 if home else 0.0


def language_match(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return 1 where the creator speaks a language of the brief, else 0; None where none is known."""
    if not candidate.languages:
        return None
    primary = {language.split("-")[0] for language in candidate.languages}
    return float(bool(primary & {language.split("-")[0] for language in wanted.languages}))


def platform_for_goal(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return how well the platform's usual form serves the goal (SERVES), 0..1; None for an unknown platform."""
    return SERVES.get(wanted.goal, {}).get(FORMS.get(candidate.platform, ""))


def freshness(draw: Draw) -> Floats:
    """Return 2^(−age ÷ HALF_LIFE_DAYS) of the metrics, age in days; unknown where they have no date."""
    days = np.array(
        [np.nan if c.metrics_on is None else max((draw.today - c.metrics_on).days, 0) for c in draw.candidates],
        dtype=np.float64,
    )
    return np.asarray(np.exp2(-days / HALF_LIFE_DAYS), dtype=np.float64)


def price_fit(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return 1 up to EASY_SHARE of the budget, falling to 0 at the whole of it.

    None where no price is known in the brief's currency: amounts in two currencies are not compared.
    """
    if candidate.price_minor is None or candidate.price_currency != wanted.currency or not wanted.budget_minor:
        return None
    share = candidate.price_minor / wanted.budget_minor
    return min(1.0, max(0.0, (1 - share) / (1 - EASY_SHARE)))


def past_outcomes(wanted: Wanted, candidate: Candidate) -> float | None:
    """Return r ÷ (1 + r) of the shrunk ROAS r (credited net revenue ÷ full cost): 0.5 is breaking even."""
    if candidate.past is None:
        return None
    roas = max(candidate.past.shrunk_roas, 0.0)
    return roas / (1 + roas)


def completeness(known: NDArray[np.bool_], applies: NDArray[np.bool_]) -> Floats:
    """Return the share of the applicable questions that have an answer. A creator without history is no gap."""
    asked = applies & np.array([key not in {"past", "complete"} for key in KEYS])
    return np.asarray(known[:, asked].mean(axis=1) if asked.any() else np.ones(len(known)), dtype=np.float64)


def _always(_wanted: Wanted) -> bool:
    return True


FEATURES: Final[tuple[Feature, ...]] = (
    Feature("topic", lambda w: bool(w.text.strip()), topic),
    Feature("category", lambda w: bool(w.categories), lambda d: _each(d, category_match)),
    Feature("market", lambda w: bool(w.markets), lambda d: _each(d, market_match)),
    Feature("language", lambda w: bool(w.languages), lambda d: _each(d, language_match)),
    Feature("platform", _always, lambda d: _each(d, platform_for_goal)),
    Feature("reach", _always, lambda d: d.peers.standings("followers", d.candidates)),
    Feature("engagement", _always, lambda d: d.peers.standings("engagement", d.candidates)),
    Feature("views", _always, lambda d: d.peers.standings("views", d.candidates)),
    Feature("fresh", _always, freshness),
    Feature("price", lambda w: bool(w.budget_minor), lambda d: _each(d, price_fit)),
    Feature("past", _always, lambda d: _each(d, past_outcomes)),
    # Computed from the others, last.
    Feature("complete", _always, lambda d: np.full(len(d.candidates), np.nan)),
)
KEYS: Final = tuple(feature.key for feature in FEATURES)


def measure(draw: Draw) -> Features:
    """Return every feature of every candidate of the draw."""
    applies = np.array([feature.applies(draw.wanted) for feature in FEATURES])
    values = np.column_stack([feature.values(draw) for feature in FEATURES])
    if not len(draw.candidates):
        values = np.empty((0, len(FEATURES)))
    values[:, ~applies] = np.nan
    values[:, KEYS.index("complete")] = completeness(~np.isnan(values), applies)
    return Features(KEYS, values, applies, draw.wanted.goal)


# Without these an order is a guess, whatever the rest says.
_DECISIVE: Final = ("reach", "market")
# At least this share of what was asked must be known.
_ENOUGH: Final = 0.6


def is_sure(features: Features, row: int) -> bool:
    """Say whether enough is known of a candidate: followers, the market where one is asked, and most of the rest."""
    known = ~np.isnan(features.values[row])
    decisive = all(known[KEYS.index(key)] or not features.applies[KEYS.index(key)] for key in _DECISIVE)
    return bool(decisive and features.values[row, KEYS.index("complete")] >= _ENOUGH)
