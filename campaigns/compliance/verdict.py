"""The judge's answer as frozen values: findings, a verdict per market, the judgement of the post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .packs.load import Source

# Worst first. `not_sponsored` stands apart: no market has anything to say about an unpaid post.
ORDER = (
    "missing",
    "inadequate_label",
    "wrong_language",
    "poor_placement",
    "needs_review",
    "compliant",
    "not_sponsored",
)
SEVERITIES = ("none", "info", "low", "medium", "high")
REASONS = (
    "labelled",
    "platform_tool",
    "no_label",
    "label_wording",
    "label_language",
    "label_placement",
    "denied",
    "contradicted",
    "judgement",
    "not_observable",
    "suspected",
    "record_contradicted",
    "no_pack",
    "unknown_market",
    "no_version",
    "future_date",
    "no_market",
    "no_connection",
    "no_sign",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one place of a post.

    `start`/`end` are code points of the raw text of `surface`, and `quote` is exactly that slice; a missing
    label has nothing to quote (0, 0, ""). `certainty`: firm, guidance or review. `explanation` is a key of
    wording.EXPLANATIONS to be filled with `params`; `fix` is in the post's language, "" when there is none.
    """

    code: str
    market: str
    rule: str
    pack: str
    source: Source
    surface: str
    start: int
    end: int
    quote: str
    severity: str
    certainty: str
    explanation: str
    params: Mapping[str, str]
    fix: str = ""


@dataclass(frozen=True, slots=True)
class MarketVerdict:
    """The verdict for one market under the pack version in force at publication.

    `pack` is the version id, None without a pack. `today` is the verdict under the version in force now, when
    that is another one.
    """

    market: str
    verdict: str
    reason: str
    rules: tuple[str, ...]
    pack: str | None
    certainty: str
    severity: str
    findings: tuple[Finding, ...]
    today: MarketVerdict | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of a post: the worst market counts. `connection` is the type it was judged by;
    `proof` says how that is known: record, our_code, our_link, affiliate_link, or none."""

    verdict: str
    reason: str
    severity: str
    language: str | None
    connection: str
    proof: str
    markets: Mapping[str, MarketVerdict]
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]


def worst(verdicts: Iterable[MarketVerdict]) -> MarketVerdict:
    """Return the worst verdict; among equals the first."""
    return min(verdicts, key=lambda item: ORDER.index(item.verdict))


def gravest(severities: Iterable[str]) -> str:
    """Return the gravest severity, `none` for no severities."""
    return max(severities, key=SEVERITIES.index, default="none")
