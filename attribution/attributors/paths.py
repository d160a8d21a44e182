"""Files of journeys from elsewhere: aggregated paths, or a log of events, credited by any attributor."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from attribution.attributors.base import Attributor, Totals
from attribution.journeys.columns import Journeys

# csv's own limit of 131,072 characters would refuse a path of some ten thousand touches.
LONGEST_CELL = 100_000_000


class PathFileError(ValueError):
    """A file or a request that cannot be credited: a ``code``, and ``params`` for the sentence about it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params}")
        self.code = code
        self.params = params


@dataclass(frozen=True)
class PathLayout:
    """Name the columns of a path file; an empty name for value or nulls says that the file has none."""

    path: str = "path"
    conversions: str = "total_conversions"
    value: str = "total_conversion_value"
    nulls: str = "total_null"
    separator: str = " > "


@dataclass(frozen=True)
class EventLayout:
    """Name the columns of an event log; an empty name for the value says that the file has none."""

    customer: str = "customer"
    time: str = "time"
    channel: str = "channel"
    conversion: str = "conversion"
    value: str = "value"


@dataclass(frozen=True)
class PathFile:
    """Hold what a file says: the names of channels by number, and its journeys."""

    channels: tuple[str, ...]
    journeys: Journeys
    has_times: bool


@dataclass
class _Rows:
    """Collect journeys row by row."""

    names: dict[str, int] = field(default_factory=dict)
    paths: list[list[int]] = field(default_factory=list)
    at: list[list[int]] = field(default_factory=list)
    ended_at: list[int] = field(default_factory=list)
    conversions: list[float] = field(default_factory=list)
    amount: list[float] = field(default_factory=list)
    nulls: list[float] = field(default_factory=list)

    def number(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def add(self, path: list[int], conversions: float, amount: float, nulls: float) -> None:
        self.paths.append(path)
        self.conversions.append(conversions)
        self.amount.append(amount)
        self.nulls.append(nulls)

    def file(self, timed: bool) -> PathFile:
        journeys = Journeys.from_lists(
            self.paths,
            at=self.at if timed else None,
            ended_at=self.ended_at if timed else None,
            conversions=self.conversions,
            amount=self.amount,
            nulls=self.nulls,
            channels=len(self.names),
        )
        return PathFile(tuple(self.names), journeys, timed)


def attribute_paths(
    lines: Iterable[str], attributors: Sequence[Attributor], layout: PathLayout | EventLayout
) -> dict[str, Any]:
    """Credit a file by each attributor.

    Gives ``{"totals": {conversions, value, nulls}, "attributors": {key: {channel: {conversions, value}}},
    "removal_effects": {key: {channel: {conversions, value}}}}``, floats in the file's own unit, channels
    in order of appearance. Raises `PathFileError` for a bad file and for an attributor that needs what
    such a file lacks; nothing is credited then.
    """
    timed = isinstance(layout, EventLayout)
    for attributor in attributors:
        if attributor.needs_times and not timed:
            raise PathFileError("needs_times", attributor=attributor.key)
        if attributor.needs_kinds:
            raise PathFileError("needs_kinds", attributor=attributor.key)
    file = read_events(lines, layout) if isinstance(layout, EventLayout) else read_paths(lines, layout)
    journeys = file.journeys
    credits, effects = {}, {}
    for attributor in attributors:
        try:
            attributor.fit(journeys)
        except ValueError as problem:
            raise PathFileError("cannot_fit", attributor=attributor.key, reason=str(problem)) from problem
        credits[attributor.key] = _by_name(file, attributor.totals(journeys))
        learned = getattr(attributor, "removal_effects_", None)
        if learned is not None:
            effects[attributor.key] = _by_name(file, learned)
    totals = {
        "conversions": float(journeys.weight.sum()),
        "value": float(journeys.worth.sum()),
        "nulls": float(journeys.null_weight.sum()),
    }
    return {"totals": totals, "attributors": credits, "removal_effects": effects}


def read_paths(lines: Iterable[str], layout: PathLayout) -> PathFile:
    """Read aggregated paths: one line per path with its conversions, their value, and its nulls.

    The delimiter is ``;`` if the header has one, else ``,``. Raises `PathFileError` with the line.
    """
    if not layout.separator:
        raise PathFileError("empty_separator")
    rows = _Rows()
    for line, cells in _cells(lines, (layout.path, layout.conversions), (layout.value, layout.nulls)):
        names = [name.strip() for name in cells[layout.path].split(layout.separator)]
        if not all(names):
            raise PathFileError("empty_path" if len(names) == 1 else "empty_channel", line=line)
        conversions = _count(cells, layout.conversions, line)
        amount = _number(cells, layout.value, line) if layout.value else 0.0
        nulls = _count(cells, layout.nulls, line) if layout.nulls else 0.0
        if amount and not conversions:
            raise PathFileError("value_without_conversion", line=line, column=layout.value)
        rows.add([rows.number(name) for name in names], conversions, amount, nulls)
    return rows.file(timed=False)


def read_events(lines: Iterable[str], layout: EventLayout) -> PathFile:
    """Read a log of events: a line with a channel is a touch, one with a conversion ends a journey.

    A line may be both. Times are ISO 8601 (UTC unless they say otherwise) or seconds since 1970; lines of a
    customer are taken by time, then by place in the file. What follows a customer's last conversion is a
    journey without one. Raises `PathFileError` with the line.
    """
    events: dict[str, list[tuple[int, int, str, float, float]]] = {}
    required = (layout.customer, layout.time, layout.channel, layout.conversion)
    for line, cells in _cells(lines, required, (layout.value,)):
        customer = cells[layout.customer].strip()
        if not customer:
            raise PathFileError("empty_customer", line=line)
        conversions = _count(cells, layout.conversion, line, blank=True)
        amount = _number(cells, layout.value, line, blank=True) if layout.value else 0.0
        if amount and not conversions:
            raise PathFileError("value_without_conversion", line=line, column=layout.value)
        at = _seconds(cells[layout.time], layout.time, line)
        events.setdefault(customer, []).append((at, line, cells[layout.channel].strip(), conversions, amount))
    rows = _Rows()
    for mine in events.values():
        _tell(rows, sorted(mine))
    return rows.file(timed=True)


def _tell(rows: _Rows, events: list[tuple[int, int, str, float, float]]) -> None:
    """Cut the events of one customer, in order, into journeys."""
    path: list[int] = []
    times: list[int] = []
    at = 0
    for at, _, channel, conversions, amount in events:
        if channel:
            path.append(rows.number(channel))
            times.append(at)
        if conversions:
            rows.add(path, conversions, amount, 0.0)
            rows.at.append(times)
            rows.ended_at.append(at)
            path, times = [], []
    if path:
        rows.add(path, 0.0, 0.0, 1.0)
        rows.at.append(times)
        rows.ended_at.append(at)


def _cells(
    lines: Iterable[str], required: Sequence[str], optional: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row as a mapping from column name to cell, with the line it ends on."""
    source = iter(lines)
    header = next(source, "").lstrip("\ufeff")
    if not header.strip():
        raise PathFileError("empty_file")
    delimiter = ";" if ";" in header else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    for wanted in (*required, *(name for name in optional if name)):
        if names.count(wanted) != 1:
            code = "missing_column" if wanted not in names else "doubled_column"
            raise PathFileError(code, column=wanted, found=", ".join(names))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        for row in _with_long_cells(reader):
            line = reader.line_num + 1
            if not row:
                continue
            if len(row) != len(names):
                raise PathFileError("wrong_cells", line=line, cells=len(row), wanted=len(names))
            yield line, dict(zip(names, row, strict=True))
    except csv.Error as problem:
        raise PathFileError("broken_row", line=reader.line_num + 1, reason=str(problem)) from problem


def _with_long_cells(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Read row by row with our limit: it is one for the whole process, and others read by a limit of their own."""
    while True:
        before = csv.field_size_limit(LONGEST_CELL)
        try:
            row = next(rows, None)
        finally:
            csv.field_size_limit(before)
        if row is None:
            return
        yield row


def _number(cells: dict[str, str], column: str, line: int, blank: bool = False) -> float:
    text = cells[column].strip()
    if blank and not text:
        return 0.0
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise PathFileError("not_a_number", line=line, column=column, text=text)
    return number


def _count(cells: dict[str, str], column: str, line: int, blank: bool = False) -> float:
    number = _number(cells, column, line, blank)
    if number < 0:
        raise PathFileError("negative", line=line, column=column, text=cells[column].strip())
    return number


def _seconds(text: str, column: str, line: int) -> int:
    """Read a time as whole seconds since 1970 UTC."""
    stripped = text.strip()
    try:
        if stripped.lstrip("-").isdigit():
            seconds = int(stripped)
        else:
            moment = datetime.fromisoformat(stripped)
            seconds = math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as problem:
        raise PathFileError("not_a_time", line=line, column=column, text=stripped) from problem
    if abs(seconds) >= 1 << 62:
        raise PathFileError("not_a_time", line=line, column=column, text=stripped)
    return seconds


def _by_name(file: PathFile, totals: Totals) -> dict[str, dict[str, float]]:
    return {
        name: {"conversions": float(totals.conversions[number]), "value": float(totals.value[number])}
        for number, name in enumerate(file.channels)
    }
