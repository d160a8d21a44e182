"""Stitch touches and conversions into journeys: who had met whom, within the window, before the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from attribution.journeys.columns import Bools, Ints, Journeys, TouchKind, as_column, check_touches

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
    keys: Ints  # its visitor and time, packed: visitor << bits | time - base
    bits: int
    base: int
    kind: npt.NDArray[np.int8]
    buyer: Ints  # per conversion: its visitor, packed like a key without a time
    conversion_at: Ints
    low: Ints  # the first touch that can count for it
    high: Ints  # one past the last touch that is not later

    def at(self, index: Ints) -> Ints:
        """Unpack the times of touches."""
        return (self.keys[index] & ((1 << self.bits) - 1)) + self.base


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
    visitor = as_column("touch_visitor", touch_visitor, np.int64)
    at = as_column("touch_at", touch_at, np.int64)
    channel = as_column("touch_channel", touch_channel, np.int32)
    kind = as_column("touch_kind", touch_kind, np.int8)
    buyer = as_column("conversion_visitor", conversion_visitor, np.int64)
    bought_at = as_column("conversion_at", conversion_at, np.int64)
    value = as_column("conversion_value", conversion_value, np.int64)
    _same_length("touch", visitor=visitor, at=at, channel=channel, kind=kind)
    _same_length("conversion", visitor=buyer, at=bought_at, value=value)
    if channels < 0:
        channels = int(channel.max(initial=-1)) + 1
    check_touches(channel, kind, channels, "touch_")
    _check_seconds(windows, at, bought_at)

    line = _line_up(visitor, at, kind, buyer, bought_at, windows)
    lengths, index = _counted(line, windows, np.arange(len(buyer)))
    rest, rest_lengths, last = _left_over(line, index)
    position = np.concatenate([index, rest])
    touch = line.order[position]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([lengths, rest_lengths]))]).astype(np.int64)
    journeys = Journeys(
        offsets=offsets,
        channel=channel[touch],
        at=_in_blocks(len(position), lambda part: line.at(position[part])),
        kind=line.kind[position],
        converted=np.arange(len(offsets) - 1) < len(buyer),
        value=np.concatenate([value, np.zeros(len(last), np.int64)]),
        ended_at=np.concatenate([bought_at, line.at(last)]),
        channels=channels,
        _checked=True,  # in order by construction, and the input was checked
    )
    return Stitched(
        journeys=journeys,
        conversions=len(buyer),
        touch=touch,
        visitor=np.concatenate([buyer, visitor[line.order[last]]]),
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
    base = int(min(at.min(initial=LATEST), bought_at.min(initial=LATEST)))
    latest = int(max(at.max(initial=0), bought_at.max(initial=0)))
    bits = max(latest - base, 0).bit_length()
    who, whose, least = _narrow(visitor, buyer, 63 - bits)
    order = _sort_order(who, least, at, base)
    count = len(order)
    keys = _in_blocks(count, lambda part: ((who[order[part]] - least) << bits) | (at[order[part]] - base))
    own, clock = (whose - least) << bits, bought_at - base
    # Searching for sorted numbers walks the memory once instead of jumping through it for each.
    by_key = np.argsort(own | clock, kind="stable")

    def places(targets: Ints, side: Literal["left", "right"]) -> Ints:
        found = np.empty(len(targets), np.int64)
        found[by_key] = np.searchsorted(keys, targets[by_key], side=side)
        return found

    # A coupon may be older than any window, so only without one does the search start within the window.
    coupons = bool((kind == TouchKind.COUPON).any())
    start = own if coupons else own | np.maximum(clock - min(max(windows), LATEST), 0)
    return _Line(
        order=order,
        keys=keys,
        bits=bits,
        base=base,
        kind=kind[order],
        buyer=own,
        conversion_at=bought_at,
        low=places(start, "left"),
        high=places(own | clock, "right"),
    )


def _narrow(visitor: Ints, buyer: Ints, bits: int) -> tuple[Ints, Ints, int]:
    """Make visitors, less the number returned, fit ``bits``: as they are if they do, else by rank."""
    sides = [side for side in (visitor, buyer) if side.size]
    if not sides:
        return visitor, buyer, 0
    least = int(min(side.min() for side in sides))
    most = int(max(side.max() for side in sides))
    if (most - least).bit_length() <= min(bits, 63 - len(visitor).bit_length()):
        return visitor, buyer, least
    ranks = np.unique(np.concatenate([visitor, buyer]), return_inverse=True)[1].astype(np.int64)
    return ranks[: len(visitor)], ranks[len(visitor) :], 0


def _sort_order(who: Ints, least: int, at: Ints, base: int) -> Ints:
    """Order touches by visitor, time and input number, by sorting plain 64-bit integers once or twice."""
    count = len(who)
    if not count:
        return np.empty(0, np.int64)
    place, long = count.bit_length(), int(at.max() - base).bit_length()
    below = (1 << place) - 1
    if int(who.max() - least).bit_length() + long + place <= 63:

        def both(part: slice) -> Ints:
            packed: Ints = ((who[part] - least) << long) | (at[part] - base)
            return (packed << place) | np.arange(part.start, part.stop)

        order = _in_blocks(count, both)
        order.sort()
        order &= below
        return order
    by_time = _in_blocks(count, lambda part: ((at[part] - base) << place) | np.arange(part.start, part.stop))
    by_time.sort()
    by_time &= below
    order = _in_blocks(count, lambda part: ((who[by_time[part]] - least) << place) | np.arange(part.start, part.stop))
    order.sort()
    order &= below
    return _in_blocks(count, lambda part: by_time[order[part]])


def _in_blocks(count: int, make: Callable[[slice], Ints]) -> Ints:
    """Fill an array piece by piece: fresh memory for whole temporaries costs more than the arithmetic."""
    out = np.empty(count, np.int64)
    for low in range(0, count, 1 << 16):
        part = slice(low, min(low + (1 << 16), count))
        out[part] = make(part)
    return out


def _counted(line: _Line, windows: Windows, conversions: Ints) -> tuple[Ints, Ints]:
    """Give how many touches count for each of ``conversions``, and their places on the line."""
    low, high = line.low[conversions], line.high[conversions]
    index, owner = _expand(low, high)
    keep = _within(line, windows, index, line.conversion_at[conversions][owner])
    return np.bincount(owner[keep], minlength=len(conversions)).astype(np.int64), index[keep]


def _within(line: _Line, windows: Windows, index: Ints, bought_at: Ints) -> Bools:
    """Say which touches lie inside the window of their kind."""
    age = bought_at - line.at(index)
    kind = line.kind[index]
    reach = np.where(kind == TouchKind.VIEW, windows.view, windows.click)
    inside: Bools = (age <= reach) | (kind == TouchKind.COUPON)
    return inside


def _refusals(line: _Line, windows: Windows, conversions: Ints) -> Refused:
    """List the touches of each conversion's visitor that do not count, with the reason."""
    buyer = line.buyer[conversions]
    first = np.searchsorted(line.keys, buyer, "left")
    end = np.searchsorted(line.keys, buyer | ((1 << line.bits) - 1), "right")
    index, owner = _expand(first, end)
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


def _left_over(line: _Line, counted: Ints) -> tuple[Ints, Ints, Ints]:
    """Find the touches that count for no conversion: their places, each visitor's number of them, and his last."""
    left = np.ones(len(line.order), np.bool_)
    left[counted] = False
    rest = np.flatnonzero(left)
    heads = _heads(line, rest)
    lengths = np.diff(heads, append=len(rest))
    return rest, lengths, rest[heads + lengths - 1]


def _heads(line: _Line, rest: Ints) -> Ints:
    """Find where each visitor's run starts among ``rest``."""
    if not rest.size:
        return np.empty(0, np.int64)
    # Two neighbours on the line are of different visitors if they differ above the bits of the time.
    whose = _in_blocks(len(rest), lambda part: line.keys[rest[part]] >> line.bits)
    return np.concatenate([[0], np.flatnonzero(whose[1:] != whose[:-1]) + 1])


def _same_length(noun: str, **columns: npt.NDArray[np.generic]) -> None:
    lengths = {name: column.shape for name, column in columns.items()}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise ValueError(f"{noun} columns must be flat and equally long, are {lengths}")


def _check_seconds(windows: Windows, touch_at: Ints, conversion_at: Ints) -> None:
    if min(windows) < 0:
        raise ValueError(f"windows: must not be negative, are {tuple(windows)}")
    for name, column in (("touch_at", touch_at), ("conversion_at", conversion_at)):
        if column.min(initial=0) < 0 or column.max(initial=0) >= LATEST:
            bad = np.flatnonzero((column < 0) | (column >= LATEST))
            raise ValueError(f"{name}[{bad[0]}]: {column[bad[0]]} is not a time in seconds between 1970 and 3058")
