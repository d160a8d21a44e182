"""Fold text for matching, and keep for every folded character where it came from.

NFKC, zero-width characters removed, case folded, Latin accents and Arabic vowel signs dropped, look-alike
letters in mixed-script words read as the Latin ones they imitate. `raw[start:end]` of a span is exact.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Soft hyphen, combining grapheme joiner, bidi and zero-width controls, variation selectors, Hangul fillers, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ARABIC_SIGNS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670]")
# A character together with what composes with it: combining marks, half-width voicing marks, Hangul jamo.
_COMPOSING = re.compile("[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1161-\u11ff\u20d0-\u20f0]")
_SPECIAL = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي"})
_LOOKALIKE = dict(
    zip(
        "авсԁеһіјкӏмпорԛѕтцѵԝхуαβεικνορτυχωɑɡɩᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
        "abcdehijklmnopqstuvwxyabeiknoptuxwagiabcdeghijklmnoprstuvwyz",
        strict=True,
    )
)
_MIXED = re.compile(  # the look-behind keeps a run of 100,000 letters linear
    "(?<![a-z])[a-z]*[\u0251-\u0529\u1d00-\u1d22\ua731][a-z\u0251-\u0529\u1d00-\u1d22\ua731]*"
)
_SMALL_CAPITALS = re.compile("[\u0250-\u029f\u1d00-\u1d22\ua731]")


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `starts[i]`/`ends[i]` bound the raw code points folded character `i` came from."""

    raw: str
    text: str
    starts: list[int]
    ends: list[int]
    imitated: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty folded span to the raw span."""
        return self.starts[start], self.ends[end - 1]

    def disguised(self, start: int, end: int) -> bool:
        """Tell whether invisible or look-alike characters sit inside the folded span."""
        if self.imitated and any(place in self.imitated for place in range(start, end)):
            return True
        first, last = self.span(start, end)
        return last - first > end - start and _INVISIBLE.search(self.raw, first, last) is not None


def fold(raw: str) -> Folded:
    """Fold `raw`. Linear in its length; never raises on lone surrogates or unassigned code points."""
    if raw.isascii():
        places = list(range(len(raw) + 1))
        return Folded(raw, raw.lower(), places[:-1], places[1:], frozenset())
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    place, length = 0, len(raw)
    composing = _COMPOSING.search(raw) is not None
    while place < length:
        stop = place + 1
        if composing:
            while stop < length and stop - place < 32 and _COMPOSING.match(raw, stop):
                stop += 1
        folded = _fold_cluster(raw[place:stop])
        pieces.append(folded)
        for _ in folded:
            starts.append(place)
            ends.append(stop)
        place = stop
    text, imitated = _read_lookalikes("".join(pieces))
    return Folded(raw, text, starts, ends, imitated)


def fold_pattern(pattern: str) -> str:
    """Fold a regular expression the way texts are folded, so that it can match them."""
    return "".join(_fold_cluster(char) for char in unicodedata.normalize("NFC", pattern))


@lru_cache(maxsize=65_536)
def _fold_cluster(cluster: str) -> str:
    if cluster.isascii():
        return cluster.lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", cluster)).casefold()
    return "".join(_plain(char) for char in _ARABIC_SIGNS.sub("", text)).translate(_SPECIAL)


def _plain(char: str) -> str:
    """Drop the accents of a Latin letter; leave every other character alone."""
    if char.isascii():
        return char
    base = unicodedata.normalize("NFD", char)
    return base[0] if len(base) > 1 and base[0].isascii() else char


def _read_lookalikes(text: str) -> tuple[str, frozenset[int]]:
    """Read Cyrillic, Greek or small-capital letters that stand among Latin ones as Latin letters."""
    places: list[int] = []
    letters: list[str] | None = None
    for token in _MIXED.finditer(text):
        word = token.group()
        strange = [place for place, char in enumerate(word) if not "a" <= char <= "z"]
        mixed = len(strange) < len(word) or _SMALL_CAPITALS.search(word) is not None
        if not mixed or not all(word[place] in _LOOKALIKE for place in strange):
            continue
        letters = letters if letters is not None else list(text)
        for place in strange:
            letters[token.start() + place] = _LOOKALIKE[word[place]]
            places.append(token.start() + place)
    return (text, frozenset()) if letters is None else ("".join(letters), frozenset(places))


def cells(char: str) -> int:
    """Count the cells a character takes on screen: wide and emoji 2, zero-width 0, others 1."""
    if char.isascii():
        return 1
    if _INVISIBLE.match(char) or unicodedata.combining(char):
        return 0
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return 0
    if 0x1F3FB <= ord(char) <= 0x1F3FF:  # skin tones colour the emoji before them
        return 0
    if unicodedata.east_asian_width(char) in ("W", "F") or ord(char) >= 0x1F000:
        return 2
    return 2 if category == "So" and 0x2600 <= ord(char) <= 0x27BF else 1
