"""The words of disclosure, read once from data/lexicon.yaml: labels, and the phrases that cancel them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .normalise import fold
from .patterns import Gate, Phrase, compile_phrase

DATA = Path(__file__).parent / "data"
GUARDS = ("strong", "weak", "over", "talk", "contradiction")

# A label of these kinds says outright that the post is advertising; see `Lexicon.disguisable`.
OUTRIGHT = ("ad", "sponsored", "paid_partnership", "provided")


@dataclass(frozen=True, slots=True)
class Label:
    """A way of saying it: `de.ad` is language `de`, kind `ad`."""

    language: str
    kind: str

    @property
    def id(self) -> str:
        """The name packs use for the label."""
        return f"{self.language}.{self.kind}"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the label search needs; phrases are folded and compiled."""

    tags: dict[str, tuple[Label, ...]]
    words: tuple[tuple[str, tuple[Label, ...]], ...]
    phrases: tuple[tuple[Phrase, Label], ...]
    guards: tuple[tuple[Phrase, str, str], ...]
    disguisable: dict[str, tuple[Label, ...]]
    labels: frozenset[str]
    word_gate: Gate
    phrase_gate: Gate
    guard_gate: Gate


def read_yaml(path: Path) -> Any:
    """Read one data file with the fast parser where it is built in."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=loader)  # noqa: S506 - both are safe loaders


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Load the lexicon. Raises PatternError for a phrase that does not compile."""
    return build_lexicon(read_yaml(DATA / "lexicon.yaml"))


def build_lexicon(data: dict[str, dict[str, Any]]) -> Lexicon:
    """Compile a lexicon from the structure of data/lexicon.yaml."""
    tags: dict[str, list[Label]] = {}
    words: dict[str, list[Label]] = {}
    disguisable: dict[str, list[Label]] = {}
    phrases: list[tuple[Phrase, Label]] = []
    guards: list[tuple[Phrase, str, str]] = []
    labels: set[str] = set()
    for language, entries in data.items():
        for kind, entry in entries.items():
            if kind == "not":
                guards.extend((compile_phrase(text), language, sort) for sort, text in _guards(entry))
                continue
            label = Label(language, kind)
            labels.add(label.id)
            for word in entry.get("words", ()):
                folded = fold(str(word)).text
                words.setdefault(folded, []).append(label)
                tags.setdefault(_joined(folded), []).append(label)
                if kind in OUTRIGHT and len(folded) >= (4 if folded.isascii() else 2) and " " not in folded:
                    disguisable.setdefault(folded, []).append(label)
            for tag in entry.get("tags", ()):
                tags.setdefault(_joined(fold(str(tag)).text), []).append(label)
            phrases.extend((compile_phrase(text), label) for text in entry.get("phrases", ()))
    return Lexicon(
        {tag: tuple(dict.fromkeys(found)) for tag, found in tags.items()},
        tuple((word, tuple(dict.fromkeys(found))) for word, found in words.items()),
        tuple(phrases),
        tuple(guards),
        {word: tuple(dict.fromkeys(found)) for word, found in disguisable.items()},
        frozenset(labels),
        Gate([(word,) for word in words]),
        Gate([phrase.needles for phrase, _ in phrases]),
        Gate([phrase.needles for phrase, _, _ in guards]),
    )


def _guards(entry: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for sort, texts in entry.items():
        if sort not in GUARDS:
            raise ValueError(f"lexicon: {sort!r} is not one of {', '.join(GUARDS)}")
        for text in texts:
            yield sort, text


def _joined(word: str) -> str:
    return word.replace(" ", "").replace("-", "").replace("·", "")
