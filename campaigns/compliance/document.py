"""Lay the surfaces of a post end to end, folded once, so that every search runs over one text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from .normalise import Folded, fold
from .post import Connection, Post, post_texts

_GAP = "\n\x1f\n"
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”「」『』【】()\u3001-\u303f\uff00-\uffef]{3,2000}"
    r"|(?<![\w@.])[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9][a-z0-9-]{0,62}){0,3}\.[a-z]{2,12}/[^\s<>\"'“”「」『』【】()]{0,2000}"
)
_HANDLE = re.compile(r"(?<![a-z0-9_.])@[a-z0-9_][a-z0-9_.]{0,60}")
# Thai, Indic and Arabic vowel signs and the katakana dot belong to a hashtag although \w leaves them out.
_HASHTAG = re.compile(r"#([\w\u0300-\u036f\u0610-\u061a\u064b-\u0652\u0900-\u0dff\u0e00-\u0eff\u3099\u309a・·]{1,80})")


@dataclass(frozen=True, slots=True)
class Surface:
    """One captured text: `name` as in the post (`overlay[0]`), `kind` without the number."""

    name: str
    kind: str
    number: int
    folded: Folded
    offset: int

    @property
    def raw(self) -> str:
        """The text exactly as it was captured."""
        return self.folded.raw


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one surface: folded offsets into the surface, raw code-point offsets, the raw quote."""

    surface: Surface
    start: int
    end: int
    raw_start: int
    raw_end: int

    @property
    def quote(self) -> str:
        """The raw text of the span."""
        return self.surface.raw[self.raw_start : self.raw_end]


class Document:
    """A post's surfaces joined, with the places of its links, handles and hashtags and the brand's names."""

    def __init__(self, post: Post, connection: Connection) -> None:
        """Fold every surface of `post`; brand names come from `connection`."""
        self.surfaces: list[Surface] = []
        self.offsets: list[int] = []
        pieces: list[str] = []
        offset = 0
        for name, raw in post_texts(post):
            kind, _, number = name.partition("[")
            folded = fold(raw)
            self.surfaces.append(Surface(name, kind, int(number.rstrip("]") or 0), folded, offset))
            self.offsets.append(offset)
            pieces.append(folded.text)
            offset += len(folded.text) + len(_GAP)
        self.text = _GAP.join(pieces)
        self.urls = [match.span() for match in _URL.finditer(self.text)]
        self.handles = [match.span() for match in _HANDLE.finditer(self.text)] if "@" in self.text else []
        self.hashtags = [
            (match.start(), match.end(), match.group(1))
            for match in (_HASHTAG.finditer(self.text) if "#" in self.text else ())
            if not inside(match.span(), self.urls)
        ]
        folded_names = (fold(name).text for name in connection.names)
        self.names = tuple(sorted({name for name in folded_names if len(name) > 1}, key=len, reverse=True))

    def span(self, start: int, end: int) -> Span | None:
        """Locate a span of the joined text; None when it is empty or crosses surfaces."""
        place = bisect_right(self.offsets, start) - 1
        if place < 0 or end <= start:
            return None
        surface = self.surfaces[place]
        first, last = start - surface.offset, end - surface.offset
        if last > len(surface.folded.text):
            return None
        return Span(surface, first, last, *surface.folded.span(first, last))

    def brand_at(self, place: int) -> int:
        """Return the end of the handle or brand name that starts at `place`, or -1."""
        handle = _HANDLE.match(self.text, place)
        if handle:
            return handle.end()
        for name in self.names:
            if self.text.startswith(name, place) and bounded(self.text, place, place + len(name)):
                return place + len(name)
        return -1

    def brands(self) -> Iterator[tuple[int, int]]:
        """Find every handle and every mention of the brand's names, handles first."""
        yield from self.handles[:64]
        for name in self.names:
            for start, end in find(self.text, name):
                if bounded(self.text, start, end):
                    yield start, end


# Scripts that put spaces between words; a label in one of them must not touch another letter.
_SPACED = re.compile(r"[a-z0-9_\u00c0-\u024f\u0370-\u052f\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u1e00-\u1eff]")


def bounded(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands alone as a word where its script separates words."""
    if start > 0 and _SPACED.match(text, start) and _SPACED.match(text, start - 1):
        return False
    return not (end < len(text) and _SPACED.match(text, end - 1) and _SPACED.match(text, end))


def find(text: str, needle: str, limit: int = 64) -> Iterator[tuple[int, int]]:
    """Find `needle` in `text`, at most `limit` times."""
    place = text.find(needle)
    while place >= 0 and limit > 0:
        yield place, place + len(needle)
        limit -= 1
        place = text.find(needle, place + len(needle))


def inside(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    """Tell whether `span` lies within one of `spans` (sorted, disjoint)."""
    place = bisect_right(spans, (span[0], 1 << 60)) - 1
    return place >= 0 and spans[place][0] <= span[0] and span[1] <= spans[place][1]


def overlapping(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    """Tell whether `span` shares a character with one of `spans`."""
    return any(start < span[1] and span[0] < end for start, end in spans)
