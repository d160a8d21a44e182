"""Journeys as flat arrays: one row of numbers per touch, one per journey, no objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
SmallInts = npt.NDArray[np.int32]
Kinds = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# About 20,000 journeys keep every temporary of an attributor inside the processor's cache.
BLOCK = 20_000


class TouchKind(IntEnum):
    """How a visitor met a channel; the numbers are stored, so they never change meaning."""

    CLICK = 0
    VIEW = 1
    COUPON = 2
    DIRECT = 3


class Cells(NamedTuple):
    """The distinct channels of each journey: three parallel arrays, in journey order."""

    journey: Ints
    channel: Ints
    touches: Ints


@dataclass(frozen=True, eq=False)
class Journeys:
    """Hold P journeys with T touches between them as read-only columns.

    ``offsets`` int64[P+1]: the touches of journey p are ``offsets[p]:offsets[p + 1]``, oldest first (a
    journey may be empty: an order nobody can be credited for). ``channel`` int32[T] counts from 0;
    ``at`` int64[T] is seconds since 1970 UTC, ascending within a journey; ``kind`` int8[T] is a
    `TouchKind`. ``converted`` bool[P]; ``value`` int64[P] in minor units (negative after a refund larger
    than the order); ``ended_at`` int64[P] is the conversion, or the end of observation.

    ``channels`` is the number of channels K; left out, one more than the largest channel seen.
    ``conversions``, ``nulls`` and ``amount`` float64[P] are for aggregated paths only: how often this path
    ended in a conversion, how often without, and the value of all of them in whatever unit the file has.
    Left out, a journey counts once and ``value`` is its value.

    Raises `ValueError` naming the column, the place and the reason.
    """

    offsets: Ints
    channel: SmallInts
    at: Ints
    kind: Kinds
    converted: Bools
    value: Ints
    ended_at: Ints
    channels: int = -1
    conversions: Floats | None = None
    nulls: Floats | None = None
    amount: Floats | None = None
    _checked: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        """Bring every column to its type, make it read-only, and refuse what cannot be a journey."""
        for name, dtype in _TYPES.items():
            column = getattr(self, name)
            if column is not None:
                object.__setattr__(self, name, as_column(name, column, dtype))
        if self._checked:
            return
        if self.channels < 0:
            seen = int(self.channel.max()) + 1 if self.channel.size else 0
            object.__setattr__(self, "channels", seen)
        _check(self)

    @classmethod
    def from_lists(
        cls,
        paths: Sequence[Sequence[int]],
        *,
        at: Sequence[Sequence[int]] | None = None,
        kind: Sequence[Sequence[int]] | None = None,
        converted: Sequence[bool] | None = None,
        value: Sequence[int] | None = None,
        ended_at: Sequence[int] | None = None,
        channels: int = -1,
        conversions: Sequence[float] | None = None,
        nulls: Sequence[float] | None = None,
        amount: Sequence[float] | None = None,
    ) -> Journeys:
        """Build journeys from nested lists, one inner list per journey.

        Without ``at`` touches are one second apart from 0 on; without ``kind`` they are clicks; without
        ``ended_at`` a journey ends at its last touch; without ``converted`` all convert, or, where
        ``conversions`` are given, those that have any.
        """
        count = len(paths)
        lengths = [len(path) for path in paths]
        if at is None:
            at = [range(length) for length in lengths]
        if kind is None:
            kind = [[TouchKind.CLICK] * length for length in lengths]
        for name, nested in (("at", at), ("kind", kind)):
            if [len(row) for row in nested] != lengths:
                raise ValueError(f"{name}: needs one entry per touch of each journey")
        if converted is None:
            converted = [True] * count if conversions is None else [number > 0 for number in conversions]
        if ended_at is None:
            ended_at = [row[-1] if len(row) else 0 for row in at]
        return cls(
            offsets=np.cumsum([0, *lengths], dtype=np.int64),
            channel=_flat("channel", paths, np.int32),
            at=_flat("at", at, np.int64),
            kind=_flat("kind", kind, np.int8),
            converted=as_column("converted", converted, np.bool_),
            value=as_column("value", [0] * count if value is None else value, np.int64),
            ended_at=as_column("ended_at", ended_at, np.int64),
            channels=channels,
            conversions=None if conversions is None else as_column("conversions", conversions, np.float64),
            nulls=None if nulls is None else as_column("nulls", nulls, np.float64),
            amount=None if amount is None else as_column("amount", amount, np.float64),
        )

    def __len__(self) -> int:
        return len(self.converted)

    @property
    def touches(self) -> int:
        """Count the touches of all journeys."""
        return len(self.channel)

    @cached_property
    def lengths(self) -> Ints:
        """Count the touches of each journey, int64[P]."""
        return np.diff(self.offsets)

    @cached_property
    def owner(self) -> Ints:
        """Name the journey of each touch, int64[T]."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @property
    def weight(self) -> Floats:
        """Count the conversions of each journey, float64[P]: one or none, unless aggregated."""
        return self.converted.astype(np.float64) if self.conversions is None else self.conversions

    @property
    def null_weight(self) -> Floats:
        """Count how often each journey ended without a conversion, float64[P]."""
        return (~self.converted).astype(np.float64) if self.nulls is None else self.nulls

    @property
    def worth(self) -> Floats:
        """Give the value of each journey's conversions, float64[P]; 0 where it did not convert."""
        if self.amount is not None:
            return self.amount
        return np.where(self.converted, self.value, 0).astype(np.float64)

    @cached_property
    def cells(self) -> Cells:
        """List the distinct channels of each journey with the number of its touches on them."""
        keys = np.sort(self.cell_keys)
        first = np.flatnonzero(np.diff(keys, prepend=keys.dtype.type(-1)))
        touches = np.diff(first, append=self.touches)
        cell: Ints = keys[first].astype(np.int64)
        return Cells(cell >> self._channel_bits, cell & ((1 << self._channel_bits) - 1), touches)

    @cached_property
    def cell_keys(self) -> Ints | SmallInts:
        """Pack journey and channel of each touch into one number that sorts by both."""
        bits = self._channel_bits + len(self).bit_length()
        if bits > 63:  # pragma: no cover - 2^31 channels and 2^32 journeys
            raise ValueError("channel: too many channels for this many journeys")
        owner = self.owner.astype(np.int32) if bits <= 31 else self.owner
        return (owner << self._channel_bits) | self.channel

    @property
    def _channel_bits(self) -> int:
        return max(self.channels - 1, 0).bit_length()

    @cached_property
    def credited(self) -> tuple[Journeys, Ints | slice]:
        """Give the journeys that converted and have touches, and where their touches stand in these."""
        mask = self.converted & (self.lengths > 0)
        if mask.all():
            return self, slice(None)
        return self._pick(np.flatnonzero(mask))

    def subset(self, mask: npt.ArrayLike) -> Journeys:
        """Keep the journeys where ``mask`` (bool[P], or journey numbers) says so, in that order.

        K stays the same, so that results of a part and of the whole can be added.
        """
        chosen = np.asarray(mask)
        if chosen.dtype == np.bool_:
            if chosen.shape != (len(self),):
                raise ValueError(f"mask: has {chosen.size} entries for {len(self)} journeys")
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64)
        if chosen.size and not (chosen.min() >= 0 and chosen.max() < len(self)):
            raise ValueError(f"mask: names journeys outside 0..{len(self) - 1}")
        return self._pick(chosen)[0]

    def blocks(self, size: int = BLOCK) -> Iterator[Journeys]:
        """Give the journeys in runs of ``size``, each a view without a copy."""
        if len(self) <= size:
            yield self
            return
        for low in range(0, len(self), size):
            yield self._run(low, min(low + size, len(self)))

    def recode(self, mapping: npt.ArrayLike, channels: int = -1) -> Journeys:
        """Replace each channel c by ``mapping[c]``: collaborations become creators, tiers or platforms."""
        table = as_column("mapping", mapping, np.int32)
        if table.size < self.channels:
            raise ValueError(f"mapping: has {table.size} entries for {self.channels} channels")
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        columns |= {"channel": table[self.channel], "channels": channels, "_checked": False}
        return Journeys(**columns)

    def _pick(self, chosen: Ints) -> tuple[Journeys, Ints]:
        """Copy the journeys numbered ``chosen``; also say where each of their touches stood."""
        lengths = self.lengths[chosen]
        offsets = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        index = np.repeat(self.offsets[chosen] - offsets[:-1], lengths)
        index += np.arange(offsets[-1])
        return self._rows(offsets, index, chosen), index

    def _run(self, low: int, high: int) -> Journeys:
        """View the journeys ``low:high``."""
        start, stop = self.offsets[low], self.offsets[high]
        return self._rows(self.offsets[low : high + 1] - start, slice(start, stop), slice(low, high))

    def _rows(self, offsets: Ints, touch: Ints | slice, journey: Ints | slice) -> Journeys:
        columns: dict[str, Any] = {"offsets": offsets}
        for name in _PER_TOUCH:
            columns[name] = getattr(self, name)[touch]
        for name in _PER_JOURNEY:
            column = getattr(self, name)
            columns[name] = None if column is None else column[journey]
        return Journeys(**columns, channels=self.channels, _checked=True)


_PER_TOUCH = ("channel", "at", "kind")
_PER_JOURNEY = ("converted", "value", "ended_at", "conversions", "nulls", "amount")
_TYPES: dict[str, type[np.generic]] = {
    "offsets": np.int64,
    "channel": np.int32,
    "at": np.int64,
    "kind": np.int8,
    "converted": np.bool_,
    "value": np.int64,
    "ended_at": np.int64,
    "conversions": np.float64,
    "nulls": np.float64,
    "amount": np.float64,
}


def _flat(name: str, rows: Sequence[Sequence[int]], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Join the inner lists into one column."""
    return as_column(name, [entry for row in rows for entry in row], dtype)


def as_column(name: str, data: Any, dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Bring ``data`` to a read-only one-dimensional array of ``dtype`` without changing any number."""
    if isinstance(data, np.ndarray) and data.dtype == dtype and data.ndim == 1:
        column = data.view()
        column.flags.writeable = False
        return column
    try:
        given = np.asarray(data)
        # A number beyond 64 bits arrives as an object or unsigned array and overflows here, loudly.
        with np.errstate(invalid="ignore"):
            column = np.array(given, dtype=dtype) if given.size else np.empty(0, dtype)
    except (OverflowError, TypeError, ValueError) as problem:
        raise ValueError(f"{name}: not numbers of the type {np.dtype(dtype).name} ({problem})") from problem
    if column.ndim != 1:
        raise ValueError(f"{name}: must be a flat list, has {given.ndim} dimensions")
    if column.size:
        with np.errstate(invalid="ignore"):
            same = (given == column) | (np.isnan(column) if column.dtype.kind == "f" else False)
        if not np.all(same):
            place = int(np.flatnonzero(~np.asarray(same))[0])
            raise ValueError(f"{name}[{place}]: {given[place]!r} does not fit {np.dtype(dtype).name}")
    column.flags.writeable = False
    return column


def _check(journeys: Journeys) -> None:
    """Refuse columns that do not fit together; the message names the column and the first bad place."""
    offsets, touches, count = journeys.offsets, len(journeys.channel), len(journeys.converted)
    if len(offsets) != count + 1:
        raise ValueError(f"offsets: needs {count + 1} entries for {count} journeys, has {len(offsets)}")
    if offsets[0] != 0 or offsets[-1] != touches:
        raise ValueError(f"offsets: must run from 0 to {touches}, runs from {offsets[0]} to {offsets[-1]}")
    _refuse("offsets", np.diff(offsets) < 0, "offsets must not go down")
    for name in _PER_TOUCH:
        if len(getattr(journeys, name)) != touches:
            raise ValueError(f"{name}: has {len(getattr(journeys, name))} entries for {touches} touches")
    for name in _PER_JOURNEY:
        column = getattr(journeys, name)
        if column is not None and len(column) != count:
            raise ValueError(f"{name}: has {len(column)} entries for {count} journeys")
    check_touches(journeys.channel, journeys.kind, journeys.channels)
    _check_times(journeys)
    _check_weights(journeys)


def check_touches(channel: SmallInts, kind: Kinds, channels: int, prefix: str = "") -> None:
    """Refuse channels outside 0..K-1 and unknown kinds; ``prefix`` goes before the column's name."""
    if channel.size and (channel.min() < 0 or channel.max() >= channels):
        outside = (channel < 0) | (channel >= channels)
        _refuse(f"{prefix}channel", outside, f"a channel must be in 0..{channels - 1}")
    if kind.size and (kind.min() < 0 or kind.max() > max(TouchKind)):
        _refuse(f"{prefix}kind", (kind < 0) | (kind > max(TouchKind)), "an unknown kind of touch")


def _check_times(journeys: Journeys) -> None:
    """Refuse touches out of order, or later than the end of their journey."""
    earlier = np.zeros(journeys.touches, np.bool_)
    np.less(journeys.at[1:], journeys.at[:-1], out=earlier[1:])
    starts = journeys.offsets[:-1][journeys.lengths > 0]
    earlier[starts] = False
    _refuse("at", earlier, "earlier than the touch before it in the same journey")
    filled = journeys.lengths > 0
    late = np.zeros(len(journeys), np.bool_)
    late[filled] = journeys.at[journeys.offsets[1:][filled] - 1] > journeys.ended_at[filled]
    _refuse("ended_at", late, "the journey has a touch after its end")


def _check_weights(journeys: Journeys) -> None:
    """Refuse counts that are negative, not numbers, or contradict ``converted``."""
    for name in ("conversions", "nulls"):
        column = getattr(journeys, name)
        if column is not None:
            _refuse(name, ~(np.isfinite(column) & (column >= 0)), "a count must be finite and not negative")
    if journeys.amount is not None:
        _refuse("amount", ~np.isfinite(journeys.amount), "a value must be a finite number")
        stray = (journeys.amount != 0) & ~journeys.converted
        _refuse("amount", stray, "a value without a conversion")
    if journeys.conversions is not None:
        differs = journeys.converted != (journeys.conversions > 0)
        _refuse("converted", differs, "contradicts the number of conversions")


def _refuse(name: str, bad: Bools, reason: str) -> None:
    """Raise for the first place where ``bad``."""
    places = np.flatnonzero(bad)
    if places.size:
        more = f" ({places.size} such places)" if places.size > 1 else ""
        raise ValueError(f"{name}[{places[0]}]: {reason}{more}")
