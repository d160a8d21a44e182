"""What raised and what lowered a candidate: codes with parameters, for campaigns/wording to say in a person's language.

A reason is {code, params, effect}; effect is in points of the ranker's score. Parameters are JSON values as they were
when the shortlist was drawn: followers, shares 0..1, ISO dates, keys of platforms and categories.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from campaigns.matching.candidate import Candidate, size_bounds, size_of
from campaigns.matching.features import Draw, Features, own_words
from campaigns.matching.rankers import Effect
from campaigns.matching.text import shared_terms

Fact = tuple[str, dict[str, Any]]
Reason = dict[str, Any]


def _dated(candidate: Candidate) -> dict[str, Any]:
    return {
        "on": candidate.metrics_on.isoformat() if candidate.metrics_on else None,
        "source": candidate.metrics_source,
        "provenance": candidate.provenance,
    }


def _topic(draw: Draw, candidate: Candidate, value: float) -> Fact:
    if value <= 0:
        return "topic_none", {}
    terms = shared_terms(draw.wanted.text, own_words(draw.wanted, candidate))
    return ("topic_terms", {"terms": terms}) if terms else ("topic_some", {})


def _category(draw: Draw, candidate: Candidate, value: float) -> Fact:
    if value <= 0:
        return "category_other", {"categories": list(candidate.categories[:3])}
    category = next(key for key in candidate.categories if key in draw.wanted.categories)
    return ("category_first" if value >= 1 else "category_further"), {"categories": [category]}


def _market(draw: Draw, candidate: Candidate, value: float) -> Fact:
    if value >= 1:
        return "market_audience", {"country": candidate.audience_country}
    if candidate.country in draw.wanted.markets:
        if candidate.audience_country:
            return "market_audience_elsewhere", {
                "country": candidate.country,
                "audience": candidate.audience_country,
            }
        return "market_home", {"country": candidate.country}
    return "market_elsewhere", {"country": candidate.audience_country or candidate.country}


def _language(draw: Draw, candidate: Candidate, value: float) -> Fact:
    return ("language_shared" if value else "language_other"), {"languages": list(candidate.languages[:3])}


def _platform(draw: Draw, candidate: Candidate, value: float) -> Fact:
    code = "platform_suits" if value >= 0.5 else "platform_suits_less"
    return code, {"platform": candidate.platform, "goal": draw.wanted.goal}


def _reach(draw: Draw, candidate: Candidate, value: float) -> Fact:
    params = {"followers": candidate.followers, "platform": candidate.platform, **_dated(candidate)}
    return _compared("reach", value, params)


def _peer_metric(metric: str, raw: Callable[[Candidate], float | None]) -> Callable[[Draw, Candidate, float], Fact]:
    def fact(draw: Draw, candidate: Candidate, value: float) -> Fact:
        size = size_of(candidate.followers)
        curve = draw.peers.curve(metric, candidate)
        assert size is not None and curve is not None
        low, high = size_bounds(size)
        params = {
            "value": raw(candidate),
            "platform": candidate.platform,
            "size_from": low,
            "size_to": high,
            "peers": curve.count,
            **_dated(candidate),
        }
        return _compared(metric, value, params)

    return fact


def _compared(metric: str, share_below: float, params: dict[str, Any]) -> Fact:
    above = share_below >= 0.5
    share = share_below if above else 1 - share_below
    return f"{metric}_{'above' if above else 'below'}", {**params, "share": round(share, 4)}


def _fresh(draw: Draw, candidate: Candidate, value: float) -> Fact:
    assert candidate.metrics_on is not None
    days = max((draw.today - candidate.metrics_on).days, 0)
    return ("fresh" if value >= 0.5 else "stale"), {"days": days, "on": candidate.metrics_on.isoformat()}


def _price(draw: Draw, candidate: Candidate, value: float) -> Fact:
    assert candidate.price_minor is not None and draw.wanted.budget_minor
    return "price_share", {
        "amount_minor": candidate.price_minor,
        "currency": candidate.price_currency,
        "format": candidate.price_format,
        "share": round(candidate.price_minor / draw.wanted.budget_minor, 4),
        "on": candidate.price_on.isoformat() if candidate.price_on else None,
    }


def _past(draw: Draw, candidate: Candidate, value: float) -> Fact:
    past = candidate.past
    assert past is not None
    return "past_outcomes", {
        "collaborations": past.collaborations,
        "roas": round(past.roas_sum / past.collaborations, 2),
        "shrunk": round(past.shrunk_roas, 2),
        "mean": round(past.roas_mean, 2),
    }


def _complete(draw: Draw, candidate: Candidate, value: float) -> Fact:
    return ("complete" if value >= 0.5 else "incomplete"), {"share": round(value, 4)}


_FACTS: Final[dict[str, Callable[[Draw, Candidate, float], Fact]]] = {
    "topic": _topic,
    "category": _category,
    "market": _market,
    "language": _language,
    "platform": _platform,
    "reach": _reach,
    "engagement": _peer_metric("engagement", lambda candidate: candidate.engagement),
    "views": _peer_metric("views", lambda candidate: candidate.views_ratio),
    "fresh": _fresh,
    "price": _price,
    "past": _past,
    "complete": _complete,
}


def _unknown(draw: Draw, candidate: Candidate, key: str) -> Fact:
    if key == "price" and candidate.price_minor is not None:
        return "unknown_price_currency", {
            "amount_minor": candidate.price_minor,
            "currency": candidate.price_currency,
            "wanted": draw.wanted.currency,
        }
    values = {"reach": candidate.followers, "engagement": candidate.engagement, "views": candidate.views_ratio}
    if values.get(key) is not None:
        return "unknown_peers", {"feature": key, "platform": candidate.platform}
    return f"unknown_{key}", {}


def reasons(draw: Draw, features: Features, row: int, effects: Sequence[Effect]) -> list[Reason]:
    """Return why a candidate scored as it did, the largest |effect| first; then what is not known, with effect 0.

    Every effect is there, so the effects add up to what the ranker says. What is unknown is told even where it weighs
    nothing, except history and completeness, whose absence is no news.
    """
    candidate = draw.candidates[row]
    points = {effect.feature: effect.points for effect in effects}
    told: list[Reason] = []
    for key, applies, value in zip(features.keys, features.applies, features.values[row], strict=True):
        effect = points.get(key, 0.0)
        if math.isnan(value):
            if not effect and (not applies or key in {"past", "complete"}):
                continue
            code, params = _unknown(draw, candidate, key)
        elif effect:
            code, params = _FACTS[key](draw, candidate, float(value))
        else:
            continue
        told.append({"code": code, "params": params, "effect": round(effect, 4)})
    return sorted(told, key=lambda reason: -abs(reason["effect"]))


def missing(told: Sequence[Reason]) -> list[Reason]:
    """Return the reasons that say that something is not known."""
    return [reason for reason in told if reason["code"].startswith("unknown_")]
