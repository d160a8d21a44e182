"""Find claims that a paid post may not make, apart from the question whether it is labelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .document import Document, Span, inside, overlapping
from .lexicon import DATA, read_yaml
from .patterns import Gate, Phrase, compile_phrase

CHECKS = ("health", "green", "absolute", "banned", "synthetic", "licence")
CODES = {
    "health": "CLAIM_HEALTH",
    "green": "CLAIM_GREEN",
    "absolute": "CLAIM_ABSOLUTE",
    "banned": "BANNED_CATEGORY",
    "synthetic": "AI_LABEL_MISSING",
    "licence": "LICENCE_MISSING",
}
_EXEMPTABLE = ("health", "green", "absolute")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim found: which check, for `banned` which category, and where. `exempt`: the law lets it stand."""

    check: str
    category: str
    span: Span
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class _Book:
    phrases: tuple[tuple[str, str, Phrase], ...]
    exempt: tuple[tuple[str, Phrase], ...]
    synthetic: tuple[Phrase, ...]
    categories: frozenset[str]
    phrase_gate: Gate
    exempt_gate: Gate
    synthetic_gate: Gate


@lru_cache(maxsize=1)
def claim_book() -> _Book:
    """Load and compile data/claims.yaml."""
    data = read_yaml(DATA / "claims.yaml")
    phrases = [(check, "", text) for check in _EXEMPTABLE for text in _all(data[check])]
    phrases += [("banned", category, text) for category, texts in data["banned"].items() for text in _all(texts)]
    exempt = [(check, text) for check in _EXEMPTABLE for text in _all(data[f"{check}_exempt"])]
    compiled = tuple((check, category, compile_phrase(text)) for check, category, text in phrases)
    exemptions = tuple((check, compile_phrase(text)) for check, text in exempt)
    synthetic = tuple(compile_phrase(text) for text in data["synthetic_labels"])
    return _Book(
        compiled,
        exemptions,
        synthetic,
        frozenset(data["banned"]),
        Gate([phrase.needles for _, _, phrase in compiled]),
        Gate([phrase.needles for _, phrase in exemptions]),
        Gate([phrase.needles for phrase in synthetic]),
    )


def _all(by_language: dict[str, list[str]]) -> Iterable[str]:
    return (text for texts in by_language.values() for text in texts)


def find_claims(document: Document, certificates: Iterable[str] = ()) -> tuple[Claim, ...]:
    """Find claims; those a guideline, a brand's own name or a stored certificate covers come back as exempt.

    `certificates` are words that the brand's certificates cover ("organic", "climate neutral").
    """
    book = claim_book()
    opened = [book.phrases[number] for number in book.phrase_gate.open(document.text)]
    exempt_phrases = [book.exempt[number] for number in book.exempt_gate.open(document.text)] if opened else []
    covered = [(check, place) for check, phrase in exempt_phrases for place in phrase.find(document)]
    names = list(document.brands()) + [(start, end) for start, end, _ in document.hashtags]
    proven = tuple(word.casefold().strip() for word in certificates if word.strip())
    found: dict[tuple[str, str, int, int], Claim] = {}
    for check, category, phrase in opened:
        for place in phrase.find(document):
            span = document.span(*place)
            if span is None or inside(place, document.urls) or inside(place, document.handles):
                continue
            exempt = overlapping(place, [spot for sort, spot in covered if sort == check])
            if check in _EXEMPTABLE and not exempt:
                quote = document.text[place[0] : place[1]]
                exempt = any(word in quote for word in proven) or inside(place, sorted(names))
            found[check, category, *place] = Claim(check, category, span, exempt)
    return tuple(_outermost(list(found.values())))


def names_synthetic(document: Document) -> bool:
    """Tell whether the post says that its performer is artificial."""
    book = claim_book()
    opened = [book.synthetic[number] for number in book.synthetic_gate.open(document.text)]
    return any(True for phrase in opened for _ in phrase.find(document))


def _outermost(claims: list[Claim]) -> list[Claim]:
    """Drop a claim whose span lies in a longer one of the same check."""
    claims = claims[:256]
    return [
        claim
        for claim in claims
        if not any(
            other is not claim
            and (other.check, other.category, other.span.surface.name)
            == (claim.check, claim.category, claim.span.surface.name)
            and other.span.start <= claim.span.start
            and claim.span.end <= other.span.end
            and (other.span.end - other.span.start) > (claim.span.end - claim.span.start)
            for other in claims
        )
    ]
