"""Compile the data files' phrases, each with the literal a text must contain before it is worth running."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from .document import Document, bounded
from .normalise import fold_pattern

MAX_HITS = 48  # per phrase and post: a wall of ten thousand "#ad" says no more than forty-eight
_UNSAFE = re.compile(r"(?<!\\)[*+](?!\+)|\{\d+,\}|\\[A-Z]")


class PatternError(ValueError):
    """A phrase that does not compile or could run away; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A folded regular expression. `before`/`after` surround the brand's name where the source had a `~`."""

    source: str
    needles: tuple[str, ...]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    branded: bool

    def find(self, document: Document) -> Iterator[tuple[int, int]]:
        """Find the phrase as (start, end) in the joined text; word boundaries are respected. See Gate."""
        for span in islice(self._spans(document), MAX_HITS):
            if bounded(document.text, *span):
                yield span

    def _spans(self, document: Document) -> Iterator[tuple[int, int]]:
        text = document.text
        if not self.branded:
            assert self.before is not None
            yield from (match.span() for match in self.before.finditer(text))
        elif self.before is None:
            assert self.after is not None
            for start, end in document.brands():
                tail = self.after.match(text, end)
                if tail:
                    yield start, tail.end()
        else:
            for match in islice(self.before.finditer(text), 4 * MAX_HITS):
                end = document.brand_at(match.end())
                tail = self.after.match(text, end) if self.after and end > 0 else None
                if end > 0 and (self.after is None or tail):
                    yield match.start(), tail.end() if tail else end


class Gate:
    """Tell which of many phrases are worth running on a text, by the literals they need."""

    def __init__(self, needles: Sequence[tuple[str, ...]]) -> None:
        """Take the needles of each phrase; a phrase without needles always passes."""
        self._always = [number for number, texts in enumerate(needles) if not texts]
        numbers: dict[str, list[int]] = {}
        for number, texts in enumerate(needles):
            for text in texts:
                numbers.setdefault(text, []).append(number)
        self._by_first: dict[str, list[tuple[str, list[int]]]] = {}
        for text, found in numbers.items():
            self._by_first.setdefault(text[0], []).append((text, found))

    def open(self, text: str) -> list[int]:
        """Return the numbers of the phrases whose literals `text` contains, in order."""
        passed = set(self._always)
        for char in set(text) & self._by_first.keys():
            for needle, numbers in self._by_first[char]:
                if needle in text:
                    passed.update(numbers)
        return sorted(passed)


def compile_phrase(source: str) -> Phrase:
    """Compile one phrase of a data file. Raises PatternError (bad syntax, unbounded repetition, \\W and its kin)."""
    if _UNSAFE.search(source):
        raise PatternError(f"{source!r}: unbounded repetition or an upper-case escape")
    before, tilde, after = source.partition("~")
    if "~" in after:
        raise PatternError(f"{source!r}: more than one ~")
    try:
        compiled = [re.compile(fold_pattern(part)) if part else None for part in (before, after)]
    except re.error as problem:
        raise PatternError(f"{source!r}: {problem}") from None
    for part in compiled:
        if part is not None and part.match("") and not tilde:
            raise PatternError(f"{source!r}: matches the empty text")
    needles = _needles(fold_pattern(before)) or _needles(fold_pattern(after))
    return Phrase(source, needles, compiled[0], compiled[1], bool(tilde))


def _needles(pattern: str) -> tuple[str, ...]:
    """Derive literals one of which every match contains: a top-level run, else the first plain group's branches."""
    runs, groups = _top_level(pattern)
    longest = max(runs, key=len, default="").strip()
    if len(longest) >= (3 if longest.isascii() else 2):
        return (longest,)
    for group in groups:
        heads = tuple(_head(branch) for branch in group)
        if all(len(head) >= (2 if head.isascii() else 1) for head in heads):
            return heads
    return (longest,) if longest else ()


def _head(branch: str) -> str:
    """Return the literal a branch begins with, without a last letter that is optional."""
    match = re.match(r"[^\\.^$*+?{}\[\]|()]*", branch)
    assert match is not None
    head = match.group()
    return head[:-1] if branch[len(head) : len(head) + 1] in ("?", "*", "{") else head


def _top_level(pattern: str) -> tuple[list[str], list[list[str]]]:
    """Split a pattern into its mandatory literal runs and its mandatory groups' branches."""
    runs, groups = [""], []
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if char == "|":
            return [], []
        if char in "([":
            stop = _closing(pattern, place)
            optional = pattern[stop + 1 : stop + 2] in ("?", "*") or pattern.startswith("{0", stop + 1)
            if char == "(" and pattern.startswith("(?:", place) and not optional:
                groups.append(_branches(pattern[place + 3 : stop]))
            place = stop
            runs.append("")
        elif char in "?*{":
            runs[-1] = runs[-1][:-1]
            runs.append("")
            place = pattern.index("}", place) if char == "{" else place
        elif char == "\\":
            runs.append("")
            place += 1
        elif char in ".^$+":
            runs.append("")
        else:
            runs[-1] += char
        place += 1
    return runs, groups


def _closing(pattern: str, place: int) -> int:
    """Return where the group or class opened at `place` closes."""
    depth, in_class = 0, False
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            place += 1
        elif in_class:
            if char == "]":
                in_class = False
                if depth == 0:
                    return place
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    return len(pattern) - 1


def _branches(body: str) -> list[str]:
    """Split a group's body at its own `|`s."""
    branches, depth, in_class = [""], 0, False
    place = 0
    while place < len(body):
        char = body[place]
        if char == "\\":
            branches[-1] += body[place : place + 2]
            place += 2
            continue
        if char == "|" and not depth and not in_class:
            branches.append("")
        else:
            branches[-1] += char
        in_class = char == "[" or (in_class and char != "]")
        if not in_class:
            depth += {"(": 1, ")": -1}.get(char, 0)
        place += 1
    return branches
