"""A file as a table: headers found, rows on demand, a sample for whoever maps the columns."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from kolhub.roster import isolated
from kolhub.roster.encodings import bad_lines, bom_of
from kolhub.roster.header import Header, find_header, header_at
from kolhub.roster.problems import Problem, Unreadable
from kolhub.roster.sheets import Cell, Choices, RawRow, raw_rows

SAMPLE_ROWS = 300


@dataclass(frozen=True)
class Table:
    """A roster's rows, not yet understood.

    headers      cleaned names, '' where the file gives none; as wide as the widest of the first rows
    sample       the first data rows, for mapping and preview
    count        data rows, unreadable ones included
    problems     notes about the file as a whole
    rows()       yields (line, cells or Problem) of every data row, as often as wanted
    """

    choices: Choices
    header: Header
    sample: tuple[tuple[int, tuple[Cell, ...]], ...]
    count: int
    problems: tuple[Problem, ...] = ()
    _source: Callable[[], Iterator[RawRow]] = field(repr=False, default=lambda: iter(()))

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.header.names

    def rows(self) -> Iterator[RawRow]:
        """Yield (line, cells or Problem) of every data row."""
        for line, cells in self._source():
            if line >= self.header.first_data:
                yield line, cells


def read_table(data: bytes, choices: Choices) -> Table:
    """Read the file in this process; for trusted bytes. Raises Unreadable."""
    count = sum(1 for _ in raw_rows(data, choices))
    return _table(data, choices, lambda: raw_rows(data, choices), count)


def read_table_safely(data: bytes, choices: Choices) -> Table:
    """Read the file in a process of its own, with limits. Raises Unreadable."""
    spool = isolated.read_rows(data, choices)
    return _table(data, choices, spool.rows, spool.count)


def _table(data: bytes, choices: Choices, source: Callable[[], Iterator[RawRow]], count: int) -> Table:
    top: list[tuple[int, tuple[Cell, ...]]] = []
    for line, cells in source():
        if isinstance(cells, list):
            top.append((line, tuple(cells)))
        if len(top) >= SAMPLE_ROWS:
            break
    if not top:
        raise Unreadable("too_many_columns" if count else "no_rows")
    header = _header(top, choices)
    sample = tuple(row for row in top if row[0] >= header.first_data)
    before = sum(1 for line, _ in top if line < header.first_data)
    if count - before <= 0:
        raise Unreadable("no_rows")
    settled = replace(choices, header_row=header.line)
    return Table(settled, header, sample, count - before, _notes(data, choices, header), source)


def _header(top: list[tuple[int, tuple[Cell, ...]]], choices: Choices) -> Header:
    if choices.kind == "json":
        # Keys are headers by definition; a list of lists has none by itself.
        found = header_at(top, 0) if top[0][0] else Header(0, tuple(str(cell) for cell in top[0][1]), 1, sure=True)
        return find_header(top) if top[0][0] else found
    return find_header(top) if choices.header_row is None else header_at(top, choices.header_row)


def _notes(data: bytes, choices: Choices, header: Header) -> tuple[Problem, ...]:
    notes = []
    if choices.kind == "csv" and choices.encoding:
        broken = bad_lines(data[bom_of(data)[1] :], choices.encoding)
        if broken:
            shown = ", ".join(map(str, broken[:20])) + (" …" if len(broken) > 20 else "")
            params: dict[str, str | int] = {"encoding": choices.encoding, "count": len(broken), "lines": shown}
            notes.append(Problem("mixed_encodings", broken[0], params=params))
    if not any(header.names):
        notes.append(Problem("no_header_row"))
    for name, times in Counter(name.casefold() for name in header.names if name).items():
        if times > 1:
            notes.append(Problem("duplicate_header", header.line, column=name, params={"times": times}))
    return tuple(notes)
