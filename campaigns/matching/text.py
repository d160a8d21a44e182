"""How much of a brief's wording turns up in a creator's own words, in any language.

Character n-grams need no tokenizer, no stop words and no model: four letters of an alphabet (blanks around words count,
so that short words have one too), two of a script without spaces. Rare ones count more (inverse document frequency
among this draw's candidates), and long texts are discounted as in BM25 (Robertson & Zaragoza 2009,
https://doi.org/10.1561/1500000019).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 20
LENGTH_DISCOUNT: Final = 0.5
# The first letters say who a creator is; a pasted novel should not cost more than they do.
MAX_LETTERS: Final = 600
_FIRST_IDEOGRAPHIC: Final = 0x2E80
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)

Floats = NDArray[np.float64]


def fold(text: str) -> str:
    """Return the text as it is compared: NFKC, case-folded, anything but letters and digits as one space."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return all code points in one row, each text between two spaces, and which text each belongs to."""
    padded = [f" {text} " for text in texts]
    points = np.frombuffer("".join(padded).encode("utf-32-le"), dtype="<u4").astype(np.uint32)
    return points, np.repeat(np.arange(len(padded)), [len(text) for text in padded])


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the hashes (0..2^BITS) of every n-gram of every text, and which text each belongs to."""
    points, owners = _points(texts)
    ideographic = points >= _FIRST_IDEOGRAPHIC
    found: list[NDArray[np.int64]] = []
    found_owners: list[NDArray[np.int64]] = []
    for length in (2, 4):
        if len(points) < length:
            continue
        windows = len(points) - length + 1
        hashes = np.full(windows, length, dtype=np.uint64)
        inside = owners[:windows] == owners[length - 1 :]
        for offset in range(length):
            part = slice(offset, offset + windows)
            hashes = (hashes ^ points[part]) * _MULTIPLIER
            hashes ^= hashes >> np.uint64(29)
            # Pairs are words only in scripts without spaces; longer pieces only in those with them.
            inside &= ideographic[part] if length == 2 else ~ideographic[part]
        found.append((hashes[inside] >> np.uint64(64 - BITS)).astype(np.int64))
        found_owners.append(owners[:windows][inside])
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(found), np.concatenate(found_owners)


def topical_fit(wanted: str, texts: Sequence[str]) -> Floats:
    """Return how much of the wanted wording each text has: 0 (nothing) to about 1, shape (len(texts),).

    fit = Σ idf over the distinct n-grams that both have ÷ Σ idf over the wanted ones, divided by
    (1 − b + b · length ÷ mean length), b = LENGTH_DISCOUNT; idf = ln(1 + (N − df + ½) ÷ (df + ½)) over these texts.
    All zeros where the wanted wording is empty.
    """
    fit = np.zeros(len(texts))
    sought = np.unique(_grams([fold(wanted)])[0])
    if not len(sought) or not len(texts):
        return fit
    hashes, owners = _grams([fold(text[:MAX_LETTERS]) for text in texts])
    lengths = np.bincount(owners, minlength=len(texts)).astype(np.float64)
    place = np.full(1 << BITS, -1, dtype=np.int64)
    place[sought] = np.arange(len(sought))
    hit = place[hashes]
    shared = hit >= 0
    pairs = np.unique(owners[shared] * len(sought) + hit[shared])
    which, gram = np.divmod(pairs, len(sought))
    frequency = np.bincount(gram, minlength=len(sought))
    idf = np.log1p((len(texts) - frequency + 0.5) / (frequency + 0.5))
    fit = np.bincount(which, weights=idf[gram], minlength=len(texts)) / idf.sum()
    discount = 1 - LENGTH_DISCOUNT + LENGTH_DISCOUNT * lengths / max(lengths.mean(), 1.0)
    return np.asarray(fit / np.maximum(discount, 1 - LENGTH_DISCOUNT), dtype=np.float64)


def shared_terms(wanted: str, text: str, limit: int = 3) -> list[str]:
    """Return the longest words (or runs of ideographs) that both texts contain, longest first, at most `limit`."""
    ours = fold(text)
    words = set(ours.split())
    terms: dict[str, None] = {}
    for word in fold(wanted).split():
        if word in words and (len(word) >= 4 or ord(word[0]) >= _FIRST_IDEOGRAPHIC) and not word.isdigit():
            terms[word] = None
        elif ord(word[0]) >= _FIRST_IDEOGRAPHIC:
            terms.update(dict.fromkeys(_shared_runs(word, ours)))
    chosen: list[str] = []
    for term in sorted(terms, key=len, reverse=True):
        if not any(term in longer for longer in chosen):
            chosen.append(term)
    return chosen[:limit]


def _shared_runs(word: str, text: str) -> list[str]:
    """Return the maximal pieces of two letters or more of an ideographic word that the text contains."""
    runs: list[Any] = []
    start = 0
    while start < len(word) - 1:
        end = start + 2
        while end <= len(word) and word[start:end] in text:
            end += 1
        piece = word[start : end - 1]
        if len(piece) >= 2:
            runs.append(piece)
            start = end - 1
        else:
            start += 1
    return runs
