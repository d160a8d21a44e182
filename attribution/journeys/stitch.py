"""Stitch touches and conversions into journeys: who had met whom, within the window, before the order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from attribution.journeys.columns import Bools, Ints, Journeys, TouchKind, as_column

# The year 3058 in seconds: whoever is beyond it has brought milliseconds.
LATEST = 1 << 35


class Refusal(IntEnum):
    """Why a touch of the same visitor does not count for a conversion."""

    OUTSIDE_CLICK_WINDOW = 0
    OUTSIDE_VIEW_WINDOW = 1
    AFTER_CONVERSION = 2

    @property
    def code(self) -> str:
        """Name the reason the way pages and files spell it."""
        return self.name.lower()


class Windows(NamedTuple):
    """How many seconds before a conversion a touch still counts; coupon touches always do."""

    click: int
    view: int


class Refused(NamedTuple):
    """The touches that were not counted: three parallel arrays, by conversion, then oldest first."""

    conversion: Ints
    touch: Ints
    reason: npt.NDArray[np.int8]


class _Line(NamedTuple):
    """All touches by visitor, then time, then input order, and where each conversion falls among them."""

    order: Ints  # input number of each touch
    visitor: Ints  # input visitor of each touch
    at: Ints
    kind: npt.NDArray[np.int8]
    first: Ints  # per conversion: its visitor's first touch
    low: Ints  # first touch that can be within a window
    high: Ints  # one past the last touch that is not later
    end: Ints  # one past its visitor's last touch
    conversion_at: Ints


@dataclass(frozen=True, eq=False)
class Stitched:
    """Journeys, where each of their touches came from, and why others were refused.

    The first ``conversions`` journeys stand in the order of the conversions given, empty ones included;
    the rest are the touches that count for no conversion, one journey per visitor. ``touch`` int64[T]
    is the input number of each touch in `journeys`; ``visitor`` int64[P] the visitor of each journey.
    """

    journeys: Journeys
    conversions: int
    touch: Ints
    visitor: Ints
    windows: Windows
    _line: _Line

    def refused(self, conversion: int) -> list[tuple[int, Refusal]]:
        """List the touches of this conversion's visitor that do not count, oldest first, with the reason."""
        if not 0 <= conversion < self.conversions:
            raise IndexError(f"conversion {conversion} of {self.conversions}")
        found = _refusals(self._line, self.windows, np.array([conversion]))
        return [(int(t), Refusal(int(r))) for t, r in zip(found.touch, found.reason, strict=True)]

    def refusals(self) -> Refused:
        """List every refused touch of every conversion; for a page about one order use `refused`."""
        return _refusals(self._line, self.windows, np.arange(self.conversions))


def stitch(
    *,
    touch_visitor: npt.ArrayLike,
    touch_at: npt.ArrayLike,
    touch_channel: npt.ArrayLike,
    touch_kind: npt.ArrayLike,
    conversion_visitor: npt.ArrayLike,
    conversion_at: npt.ArrayLike,
    conversion_value: npt.ArrayLike,
    windows: Windows,
    channels: int = -1,
) -> Stitched:
    """Give each conversion its touches, and the touches left over a journey without conversion.

    Visitors are any int64; times are seconds since 1970 UTC; values minor units. A touch counts for a
    conversion of the same visitor if conversion - window <= touch <= conversion, the view window for
    views and the click window for clicks and direct visits; a coupon touch counts however old it is. A
    touch may count for several conversions. Touches are ordered by time, then by input order.
    Raises `ValueError` for columns of different lengths, negative windows and times outside 1970–3058.
    """
    visitor, at = (
        as_column("touch_visitor", touch_visitor, np.int64),
        as_column("touch_at", touch_at, np.int64),
    )
    channel = as_column("touch_channel", touch_channel, np.int32)
    kind = as_column("touch_kind", touch_kind, np.int8)
    buyer = as_column("conversion_visitor", conversion_visitor, np.int64)
    bought_at = as_column("conversion_at", conversion_at, np.int64)
    value = as_column("conversion_value", conversion_value, np.int64)
    _same_length("touch", visitor=visitor, at=at, channel=channel, kind=kind)
    _same_length("conversion", visitor=buyer, at=bought_at, value=value)
    _check_seconds(windows, at, bought_at)

    line = _line_up(visitor, at, kind, buyer, bought_at, windows)
    lengths, index = _counted(line, windows, np.arange(len(buyer)))
    left = np.ones(len(visitor), np.bool_)
    left[index] = False
    rest = np.flatnonzero(left)
    heads = _heads(line.visitor[rest])
    position = np.concatenate([index, rest])
    touch = line.order[position]
    rest_lengths = np.diff(heads, append=len(rest))
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([lengths, rest_lengths]))])
    nothing = np.zeros(len(heads), np.int64)
    last = rest[heads + rest_lengths - 1] if len(heads) else rest
    journeys = Journeys(
        offsets=offsets.astype(np.int64),
        channel=channel[touch],
        at=line.at[position],
        kind=line.kind[position],
        converted=np.arange(len(offsets) - 1) < len(buyer),
        value=np.concatenate([value, nothing]),
        ended_at=np.concatenate([bought_at, line.at[last]]),
        channels=channels,
    )
    return Stitched(
        journeys=journeys,
        conversions=len(buyer),
        touch=touch,
        visitor=np.concatenate([buyer, line.visitor[rest[heads]]]),
        windows=windows,
        _line=line,
    )


def _line_up(
    visitor: Ints, at: Ints, kind: npt.NDArray[np.int8], buyer: Ints, bought_at: Ints, windows: Windows
) -> _Line:
    """Sort the touches and find each conversion's place among them.

    Visitor and time are packed into one 64-bit number, so that sorting is sorting plain integers and a
    range of one visitor's time is a range of numbers.
    """
    base = min(at.min(initial=LATEST), bought_at.min(initial=LATEST))
    seconds = at - base
    clock = bought_at - base
    bits = int(max(seconds.max(initial=0), clock.max(initial=0))).bit_length()
    who, whose = _narrow(visitor, buyer, 63 - bits)
    order = _sort_order(who, seconds)
    keys = (who[order] << bits) | seconds[order]
    own = whose << bits
    # Searching for sorted numbers walks the memory once instead of jumping through it for each.
    by_key = np.argsort(own | clock, kind="stable")

    def places(targets: Ints, side: str) -> Ints:
        found = np.empty(len(targets), np.int64)
        found[by_key] = np.searchsorted(keys, targets[by_key], side=side)  # type: ignore[call-overload]
        return found

    first = places(own, "left")
    reach = min(max(windows), LATEST)
    coupons = bool((kind == TouchKind.COUPON).any())
    low = first if coupons else places(own | np.maximum(clock - reach, 0), "left")
    return _Line(
        order=order,
        visitor=visitor[order],
        at=at[order],
        kind=kind[order],
        first=first,
        low=low,
        high=places(own | clock, "right"),
        end=places(own | ((1 << bits) - 1), "right"),
        conversion_at=bought_at,
    )


def _narrow(visitor: Ints, buyer: Ints, bits: int) -> tuple[Ints, Ints]:
    """Renumber visitors from 0 so that they fit ``bits``: by subtraction if that does, else by rank."""
    everyone = np.concatenate([visitor, buyer])
    if not everyone.size:
        return visitor, buyer
    least = int(everyone.min())
    room = min(bits, 63 - len(visitor).bit_length())
    if (int(everyone.max()) - least).bit_length() <= room:
        return visitor - least, buyer - least
    ranks = np.unique(everyone, return_inverse=True)[1].astype(np.int64)
    return ranks[: len(visitor)], ranks[len(visitor) :]


def _sort_order(who: Ints, seconds: Ints) -> Ints:
    """Order touches by visitor, time and input number, by sorting plain 64-bit integers once or twice."""
    count = len(who)
    place = count.bit_length()
    below = (1 << place) - 1
    number = np.arange(count)
    wide = int(who.max(initial=0)).bit_length()
    long = int(seconds.max(initial=0)).bit_length()
    if wide + long + place <= 63:
        keys = (((who << long) | seconds) << place) | number
        keys.sort()
        return keys & below
    if count < 2 or bool((seconds[1:] >= seconds[:-1]).all()):
        by_time = number
        keys = (who << place) | number
    else:
        keys = (seconds << place) | number
        keys.sort()
        by_time = keys & below
        keys = (who[by_time] << place) | number
    keys.sort()
    order: Ints = by_time[keys & below]
    return order


def _counted(line: _Line, windows: Windows, conversions: Ints) -> tuple[Ints, Ints]:
    """Give how many touches count for each of ``conversions``, and their places on the line."""
    low, high = line.low[conversions], line.high[conversions]
    index, owner = _expand(low, high)
    keep = _within(line, windows, index, line.conversion_at[conversions][owner])
    return np.bincount(owner[keep], minlength=len(conversions)).astype(np.int64), index[keep]


def _within(line: _Line, windows: Windows, index: Ints, bought_at: Ints) -> Bools:
    """Say which touches lie inside the window of their kind."""
    age = bought_at - line.at[index]
    kind = line.kind[index]
    reach = np.where(kind == TouchKind.VIEW, windows.view, windows.click)
    inside: Bools = (age <= reach) | (kind == TouchKind.COUPON)
    return inside


def _refusals(line: _Line, windows: Windows, conversions: Ints) -> Refused:
    """List the touches of each conversion's visitor that do not count, with the reason."""
    index, owner = _expand(line.first[conversions], line.end[conversions])
    late = index >= line.high[conversions][owner]
    inside = _within(line, windows, index, line.conversion_at[conversions][owner])
    refused = late | ~inside
    old = np.where(line.kind[index] == TouchKind.VIEW, Refusal.OUTSIDE_VIEW_WINDOW, Refusal.OUTSIDE_CLICK_WINDOW)
    reason = np.where(late, Refusal.AFTER_CONVERSION, old).astype(np.int8)
    return Refused(conversions[owner[refused]], line.order[index[refused]], reason[refused])


def _expand(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Write out the ranges ``low:high`` one after another, and which range each number belongs to."""
    lengths = high - low
    owner = np.repeat(np.arange(len(low)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owner)) + (low - before)[owner], owner


def _heads(visitors: Ints) -> Ints:
    """Find where each visitor's run starts."""
    if not visitors.size:
        return np.empty(0, np.int64)
    return np.concatenate([[0], np.flatnonzero(visitors[1:] != visitors[:-1]) + 1])


def _same_length(noun: str, **columns: npt.NDArray[np.generic]) -> None:
    lengths = {name: column.shape for name, column in columns.items()}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise ValueError(f"{noun} columns must be flat and equally long, are {lengths}")


def _check_seconds(windows: Windows, touch_at: Ints, conversion_at: Ints) -> None:
    if min(windows) < 0:
        raise ValueError(f"windows: must not be negative, are {tuple(windows)}")
    for name, column in (("touch_at", touch_at), ("conversion_at", conversion_at)):
        bad = np.flatnonzero((column < 0) | (column >= LATEST))
        if bad.size:
            raise ValueError(f"{name}[{bad[0]}]: {column[bad[0]]} is not a time in seconds between 1970 and 3058")
