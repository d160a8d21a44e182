"""Find what a post says about being paid: labels, denials, and labels taken back."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .document import Document, Span, bounded, find, inside, overlapping
from .lexicon import Label, Lexicon, lexicon
from .patterns import MAX_HITS

MAX_LABELS = 400
_OPENING, _CLOSING = "([{【「『<«“\"'〔〖", ")]}】」』>»”\"'〕〗"
_DELIMITERS = frozenset(".!?…|·•:;–—-*~/。！？、＝=→>▶※\n\x1f\u2028\r\t" + _OPENING + _CLOSING)
_SEPARATOR = r"[\s.\-_·・*~|/,']{1,2}"
_WIDE = "[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e01-\u0e3a]"
_UNSPACED = re.compile(_WIDE)
_SPREAD_WIDE = re.compile(f"{_WIDE}(?:{_SEPARATOR}{_WIDE}){{1,6}}")
_SPREAD_LATIN = re.compile(r"(?<![a-z0-9])[a-z](?:[.\-_*· ][a-z](?![a-z0-9])){3,24}")
_JOINERS = re.compile(
    r"\s?(?:with|by|from|for|of|x|mit|von|durch|bei|avec|par|chez|con|da|di|de|por|com|da|do|met|van|door|voor|z|od|"
    r"marki|oleh|dengan|bersama|bareng|voi|cung|boi|cho|กับ|จาก|โดย|مع|من|ل|和|与|與|由|via)?[\s:]{0,2}"
)


@dataclass(frozen=True, slots=True)
class LabelHit:
    """One place where a post says it: the labels it may be, and how it stands there."""

    labels: tuple[Label, ...]
    span: Span
    hashtag: bool
    mention: bool
    branded: bool
    disguised: bool

    @property
    def place(self) -> int:
        """Where it begins in the joined text."""
        return self.span.surface.offset + self.span.start


@dataclass(frozen=True, slots=True)
class Denial:
    """A place where a post denies payment (`strong`), claims an own purchase (`weak`), talks its label down
    (`over`), or takes it back (`contradiction`)."""

    sort: str
    language: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sayings:
    """All labels and denials of a post."""

    hits: tuple[LabelHit, ...]
    denials: tuple[Denial, ...]


def find_labels(document: Document, words: Lexicon | None = None) -> Sayings:
    """Find every label and denial in `document`, leaving out hits inside links, handles, denials and talk of ads."""
    words = words or lexicon()
    guarded = _guarded(document, words)
    denials = tuple(
        Denial(sort, language, span)
        for sort, language, place in guarded
        if sort != "talk" and (span := document.span(*place)) is not None
    )
    closed = [place for sort, _, place in guarded if sort != "contradiction"]
    named = sorted(document.brands())
    found: dict[tuple[int, int], _Found] = {}
    for place, labels, kind in _candidates(document, words):
        if overlapping(place, closed) or inside(place, document.urls) or inside(place, document.handles):
            continue
        if any(start <= place[0] and place[1] <= end and (start, end) != place for start, end in named):
            continue  # "PR Coffee" is a name
        found.setdefault(place, _Found()).add(labels, kind)
    places = sorted(found.items())
    if len(places) > MAX_LABELS:  # a wall of labels: its beginning and its end say all there is to say
        places = places[: MAX_LABELS - 100] + places[-100:]
    hits = (_hit(document, place, what) for place, what in places)
    return Sayings(tuple(_longest([hit for hit in hits if hit is not None])), denials)


class _Found:
    """Labels gathered for one span, and the surest way in which they were found."""

    RANK = ("mention", "spread", "label", "tag")

    def __init__(self) -> None:
        self.labels: dict[Label, None] = {}
        self.kind = "mention"

    def add(self, labels: Iterable[Label], kind: str) -> None:
        if self.RANK.index(kind) > self.RANK.index(self.kind):
            self.kind, self.labels = kind, {}
        if kind == self.kind:
            self.labels.update(dict.fromkeys(labels))


def _guarded(document: Document, words: Lexicon) -> list[tuple[str, str, tuple[int, int]]]:
    """Find negations and talk about ads; a denial that lies within mere talk is none."""
    found = [
        (sort, language, place)
        for phrase, language, sort in (words.guards[number] for number in words.guard_gate.open(document.text))
        for place in phrase.find(document)
        if not inside(place, document.urls)
    ]
    talk = [place for sort, _, place in found if sort == "talk"]
    return [
        item
        for item in found
        if item[0] == "talk" or not any(start <= item[2][0] and item[2][1] <= end for start, end in talk)
    ]


def _candidates(document: Document, words: Lexicon) -> Iterator[tuple[tuple[int, int], Iterable[Label], str]]:
    text = document.text
    tags = [(start, end) for start, end, _ in document.hashtags]
    seen = 0
    for start, end, body in document.hashtags:
        plain = body.replace("·", "").rstrip("_")
        labels = words.tags.get(plain) or words.tags.get(plain.replace("_", "")) or _brand_tag(document, body)
        if labels and seen < 4 * MAX_HITS:
            seen += 1
            apart = "_" in plain and all(len(piece) < 2 for piece in plain.split("_"))  # "#a_d" hides, "#paid_ad" reads
            yield (start, end), labels, "spread" if apart else "tag"
    for word, labels in (words.words[number] for number in words.word_gate.open(text)):
        for place in find(text, word, MAX_HITS):
            if bounded(text, *place) and not _within_tag(place, tags):
                yield place, labels, "label" if stands_alone(text, *place) else "mention"
    for phrase, label in (words.phrases[number] for number in words.phrase_gate.open(text)):
        for place in phrase.find(document):
            if not _within_tag(place, tags):
                yield place, (label,), "label"
    yield from _spread(document, words)


def _within_tag(place: tuple[int, int], tags: list[tuple[int, int]]) -> bool:
    return bool(tags) and inside(place, tags)


def _brand_tag(document: Document, body: str) -> tuple[Label, ...]:
    """Read #LumaSkinPartner as the brand's partner; with another name in front it is nobody's partner."""
    for ending, kind in (("ambassador", "ambassador"), ("partner", "partner")):
        name = body.removesuffix(ending)
        if name == body or len(name) < 3:
            continue
        brands = [re.sub(r"\W|_", "", brand) for brand in document.names]
        known = any(brand[:4] == name.replace("_", "")[:4] for brand in brands) or not brands
        return (Label("en", f"{kind}_brand" if known and name not in ("brand", "proud") else kind),)
    return ()


def _spread(document: Document, words: Lexicon) -> Iterator[tuple[tuple[int, int], Iterable[Label], str]]:
    """Find outright labels whose letters were pushed apart: 광.고, 广 告, W.e.r.b.u.n.g."""
    for pattern in (_SPREAD_WIDE, _SPREAD_LATIN):
        for number, match in enumerate(pattern.finditer(document.text)):
            if number >= 4 * MAX_HITS:
                break
            run = match.group()
            letters = [(place, char) for place, char in enumerate(run) if re.match(r"[^\s.\-_·・*~|/,']", char)]
            together = "".join(char for _, char in letters)
            for word, labels in words.disguisable.items():
                at = together.find(word)
                if at < 0:
                    continue
                start, end = letters[at][0] + match.start(), letters[at + len(word) - 1][0] + 1 + match.start()
                if end - start > len(word) and stands_alone(document.text, start, end):
                    yield (start, end), labels, "spread"


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a word stands as a label: it opens the text or a line, or stands between marks."""
    left = start
    while left > 0 and (text[left - 1] in " #_" or _symbol(text[left - 1])):
        left -= 1
    opens = left == 0 or text[left - 1] in "\n\x1f\r\u2028"
    if opens and not (_UNSPACED.match(text, end - 1) and _UNSPACED.match(text, end)):
        return True
    # A comma sets a word apart where words are not spaced; elsewhere it makes lists. "Gil'ad" holds no label.
    marks = _DELIMITERS | {","} if _UNSPACED.match(text, end - 1) else _DELIMITERS
    letter = left > 1 and text[left - 1] in "'’" and text[left - 2].isalpha()
    before = opens or (text[left - 1] in marks and not letter) or any(_symbol(char) for char in text[left:start])
    right = end
    while right < len(text) and text[right] == " ":
        right += 1
    if right == len(text) or text.startswith(("http://", "https://", "www."), right):
        return before
    return before and (text[right] in marks or text[right] in ",@#" or _symbol(text[right]))


def _symbol(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("So", "Sk", "Cf", "Mn", "Sm")


def _hit(document: Document, place: tuple[int, int], found: _Found) -> LabelHit | None:
    start, end = place
    text = document.text
    if start > 0 and text[start - 1] == "#":
        start -= 1
    branded, stop = _named(document, end)
    branded = branded or any(start <= first and last <= end for first, last in document.brands())
    if not branded:
        branded = any(last <= start and not text[last:start].strip(" ,:'’s的의のが가") for _, last in document.brands())
    outer = (start, stop if stop > 0 else end)
    if any(label.kind == "gift_sentence" for label in found.labels):  # "LumaSkin sent me this": the giver belongs to it
        outer = (
            min((first for first, last in document.brands() if last in (start, start - 1)), default=start),
            outer[1],
        )
    if start > 0 and text[start - 1] in _OPENING and text[end : end + 1] == _CLOSING[_OPENING.index(text[start - 1])]:
        outer = (start - 1, end + 1)
    span = document.span(*outer)
    if span is None:
        return None
    core = document.span(start, end)
    disguised = found.kind == "spread" or (core is not None and core.surface.folded.disguised(core.start, core.end))
    return LabelHit(tuple(found.labels), span, found.kind == "tag", found.kind == "mention", branded, disguised)


def _named(document: Document, end: int) -> tuple[bool, int]:
    """Tell whether the brand is named right after a label ("#ad with @brand"), and where a joined name ends."""
    joiner = _JOINERS.match(document.text, end)
    stop = document.brand_at(joiner.end()) if joiner else -1
    joined = joiner is not None and (joiner.group().strip() != "" or document.text[joiner.end() :][:1] == "@")
    return stop > 0, stop if joined else -1


def _longest(hits: list[LabelHit]) -> list[LabelHit]:
    """Drop a hit that lies within a longer one of the same kinds, and a mention within any label."""
    kept: list[LabelHit] = []
    by_surface: dict[str, list[LabelHit]] = {}
    for hit in hits:
        by_surface.setdefault(hit.span.surface.name, []).append(hit)
    for group in by_surface.values():
        starts = [hit.span.start for hit in group]
        for number, hit in enumerate(group):
            rivals = group[max(0, number - 24) : bisect_right(starts, hit.span.end)]
            if not any(_swallows(other, hit) for other in rivals if other is not hit):
                kept.append(hit)
    return kept


def _swallows(outer: LabelHit, hit: LabelHit) -> bool:
    if not (outer.span.start <= hit.span.start and hit.span.end <= outer.span.end):
        return False
    if (outer.span.start, outer.span.end) == (hit.span.start, hit.span.end) and outer.mention >= hit.mention:
        return False
    return hit.mention or (outer.mention is hit.mention and set(hit.labels) <= set(outer.labels))
