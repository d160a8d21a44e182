"""Pairs of a group (a brief, a brand) and an item (a creator) with a relevance, and simple orders to compare with.

Columns: group, item, relevance ≥ 0; for the formulas any of followers, tags, group_tags (words, or terms separated by
";"), text and group_text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.evaluate import Group
from campaigns.matching.text import fold, topical_fit

Floats = NDArray[np.float64]


class PairsError(ValueError):
    """A file that cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The file as columns, all of one length."""

    groups: NDArray[np.int64]
    items: tuple[str, ...]
    relevance: Floats
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scores: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def group_count(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1 if len(self) else 0


_KNOWN: Final = ("followers", "tags", "group_tags", "text", "group_text")


def read_pairs(rows: Iterable[Mapping[str, str | None]], scores: tuple[str, ...] = ()) -> Pairs:
    """Return the pairs. Raises PairsError that names the line and the column of the first wrong cell."""
    names: dict[str, int] = {}
    groups: list[int] = []
    items: list[str] = []
    relevance: list[float] = []
    columns: dict[str, list[str]] = {}
    own: dict[str, list[float]] = {name: [] for name in scores}
    for line, row in enumerate(rows, start=2):
        if line == 2:
            if missing := [name for name in ("group", "item", "relevance", *scores) if name not in row]:
                raise PairsError(f"line 1: there is no column {', '.join(missing)}")
            columns = {name: [] for name in _KNOWN if name in row}
        groups.append(names.setdefault(row["group"] or "", len(names)))
        items.append(row["item"] or "")
        relevance.append(_number(row, "relevance", line))
        if relevance[-1] < 0:
            raise PairsError(f"line {line}, column relevance: {relevance[-1]:g} is negative")
        for name, cells in columns.items():
            cells.append(row[name] or "")
        for name, values in own.items():
            values.append(_number(row, name, line))
    if not any(relevance):
        raise PairsError("no pair has a relevance above 0")
    return Pairs(
        np.array(groups, dtype=np.int64),
        tuple(items),
        np.array(relevance),
        {name: tuple(cells) for name, cells in columns.items()},
        {name: np.array(values) for name, values in own.items()},
    )


def _number(row: Mapping[str, str | None], name: str, line: int) -> float:
    cell = row[name]
    try:
        value = float(cell or "")
    except ValueError:
        raise PairsError(f"line {line}, column {name}: {cell!r} is not a number") from None
    if not np.isfinite(value):
        raise PairsError(f"line {line}, column {name}: {cell!r} is not a number")
    return value


def groups_of(pairs: Pairs, scores: Floats) -> list[Group]:
    """Return each group's relevance and scores."""
    order = np.argsort(pairs.groups, kind="stable")
    ends = np.flatnonzero(np.diff(pairs.groups[order])) + 1
    return [Group(pairs.relevance[part], scores[part]) for part in np.split(order, ends)]


# ---- orders that need no training ----


def chance(pairs: Pairs) -> Floats:
    """Score everything alike: what chance is worth, exactly."""
    return np.zeros(len(pairs))


def popularity(pairs: Pairs) -> Floats:
    """Score an item by how many other groups it is relevant to: strong wherever a few are chosen by all."""
    liked: dict[str, float] = {}
    for item, relevance in zip(pairs.items, pairs.relevance, strict=True):
        liked[item] = liked.get(item, 0.0) + (relevance > 0)
    own = pairs.relevance > 0
    return np.array([liked[item] for item in pairs.items]) - own


def followers(pairs: Pairs) -> Floats | None:
    """Score by followers; an empty cell is 0."""
    if "followers" not in pairs.columns:
        return None
    return np.array([float(re.sub(r"[^\d.]", "", cell) or 0) for cell in pairs.columns["followers"]])


def tag_overlap(pairs: Pairs) -> Floats | None:
    """Score by the Jaccard similarity of the item's and the group's tags."""
    if not {"tags", "group_tags"} <= set(pairs.columns):
        return None
    both = zip(pairs.columns["tags"], pairs.columns["group_tags"], strict=True)
    return np.array([_jaccard(_tags(ours), _tags(theirs)) for ours, theirs in both])


def topic(pairs: Pairs) -> Floats | None:
    """Score by the shortlist's own topical fit, of tags where there is no text."""
    theirs = pairs.columns.get("group_text") or pairs.columns.get("group_tags")
    ours = pairs.columns.get("text") or pairs.columns.get("tags")
    if theirs is None or ours is None:
        return None
    fit = np.zeros(len(pairs))
    for group in range(pairs.group_count):
        rows = np.flatnonzero(pairs.groups == group)
        fit[rows] = topical_fit(theirs[rows[0]], [ours[row] for row in rows])
    return fit


def _tags(cell: str) -> frozenset[str]:
    pieces = re.split(r"[;,|]", cell) if re.search(r"[;,|]", cell) else cell.split()
    return frozenset(filter(None, (fold(piece) for piece in pieces)))


def _jaccard(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


FORMULAS: Final[tuple[tuple[str, Callable[[Pairs], Floats | None]], ...]] = (
    ("random", chance),
    ("popularity", popularity),
    ("followers", followers),
    ("tags in common", tag_overlap),
    ("topical fit", topic),
)
