"""Turn the bytes of a file into rows of cells, one at a time: text tables, JSON, workbooks.

Run it on strangers' files only through isolated.py, which limits memory and time.
"""

import csv
import datetime
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from kolhub.roster.encodings import CODECS, UNDECODABLE, bom_of, decode, error_handler
from kolhub.roster.problems import Problem, Unreadable

Cell = str | int | float | bool | datetime.date | None
RawRow = tuple[int, "list[Cell] | Problem"]

MAX_BYTES = 40_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_FIELD = 100_000
MAX_DEPTH = 6
WORKBOOKS = ("xlsx", "xls", "ods")

csv.field_size_limit(MAX_FIELD)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the sniffer found, or a person chose. Empty: not settled; `header_row` 0: the file has no header.

    `header_row` counts like Problem.line.
    """

    kind: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None

    def with_answer(self, key: str, value: str) -> "Choices":
        """Return the choices with one answer given as text; LookupError or ValueError for what cannot be one."""
        if key == "header_row":
            return replace(self, header_row=int(value))
        if key == "encoding" and value not in CODECS:
            raise LookupError(f"No encoding is called {value!r}.")
        if key == "delimiter":
            return replace(self, delimiter={"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}.get(value, value))
        if key == "encoding":
            return replace(self, encoding=value)
        if key == "sheet":
            return replace(self, sheet=value)
        raise LookupError(f"{key!r} is not a choice.")


@dataclass(frozen=True, slots=True)
class SheetLook:
    """A worksheet at a glance: its first rows and its size in cells."""

    name: str
    visible: bool
    rows: int
    columns: int
    head: tuple[tuple[int, tuple[Cell, ...]], ...]


def raw_rows(data: bytes, choices: Choices) -> Iterator[RawRow]:
    """Yield (line, cells or Problem) for every row that is not blank; raise Unreadable when that is impossible."""
    if choices.kind in WORKBOOKS:
        rows = _workbook_rows(data, choices.sheet)
    elif choices.kind == "json":
        rows = _json_rows(data, choices.encoding or "utf-8")
    elif choices.kind == "csv":
        rows = _text_rows(data, choices.encoding or "utf-8", choices.delimiter or ",")
    else:
        raise Unreadable("unknown_format")
    return _limited(rows)


def _limited(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    count = 0
    for line, cells in rows:
        if isinstance(cells, list):
            while cells and (cells[-1] is None or cells[-1] == ""):
                cells.pop()
            if not any(
                cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace()) for cell in cells
            ):
                continue
            if len(cells) > MAX_COLUMNS:
                yield line, Problem("row_too_wide", line, params={"limit": MAX_COLUMNS, "found": len(cells)})
                continue
        count += 1
        if count > MAX_ROWS:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        yield line, cells


def _text_rows(data: bytes, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """Decode before splitting: the second byte of a Big5 character may be a backslash or a bar."""
    if encoding not in CODECS:
        raise Unreadable("no_such_encoding", encoding=encoding)
    _, mark = bom_of(data)
    raw = io.BytesIO(data)
    raw.seek(mark)
    stream = io.TextIOWrapper(raw, CODECS[encoding], error_handler(), newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    while True:
        start = reader.line_num + 1
        try:
            cells: list[Cell] = list(next(reader))
        except StopIteration:
            return
        except csv.Error:
            # The reader goes on with the next physical line: what an unclosed quote swallowed is named here.
            yield start, Problem("field_too_long", start, params={"limit": MAX_FIELD, "last_line": reader.line_num})
            continue
        if start == 1 and cells and re.fullmatch(r"sep=.?", str(cells[0])):
            continue
        if any(UNDECODABLE in cell for cell in cells if isinstance(cell, str)):
            shown = delimiter.join(str(cell) for cell in cells)
            yield start, Problem("undecodable_line", start, raw=shown, params={"encoding": encoding})
            continue
        yield start, cells


def _json_rows(data: bytes, encoding: str) -> Iterator[RawRow]:
    """Yield the keys as row 0, then one row per item, counted from 1."""
    items = _json_items(data, encoding)
    keys: dict[str, None] = {}
    flat: list[dict[str, Cell] | list[Cell] | Problem] = []
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            row = _flatten(item)
            keys.update(dict.fromkeys(row))
            flat.append(row)
        elif isinstance(item, list):
            flat.append([_scalar(cell) for cell in item])
        elif isinstance(item, str):
            flat.append([item])
        else:
            flat.append(Problem("not_a_row", number, raw=str(item)))
    if len(keys) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
    if keys:
        yield 0, list(keys)
    for number, found in enumerate(flat, 1):
        yield number, [found.get(key) for key in keys] if isinstance(found, dict) else found


def _json_items(data: bytes, encoding: str) -> list[Any]:
    _, mark = bom_of(data)
    text = decode(data[mark:], encoding)
    try:
        document = json.loads(text, parse_constant=lambda _: None)
    except RecursionError as error:
        raise Unreadable("json_too_deep", limit=MAX_DEPTH) from error
    except ValueError as error:
        return _json_lines(text, error)
    if isinstance(document, dict):
        # The list is often wrapped: {"data": [...]}, {"result": {"list": [...]}}.
        lists = [value for value in _inner_values(document, 3) if isinstance(value, list) and value]
        if len(lists) != 1:
            raise Unreadable("json_not_a_list")
        document = lists[0]
    if not isinstance(document, list):
        raise Unreadable("json_not_a_list")
    return document


def _inner_values(document: dict[str, Any], depth: int) -> Iterator[Any]:
    for value in document.values():
        yield value
        if isinstance(value, dict) and depth > 1:
            yield from _inner_values(value, depth - 1)


def _json_lines(text: str, error: ValueError) -> list[Any]:
    """Read one JSON value per line, or say where the document breaks."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        if len(lines) > 1:
            return [json.loads(line, parse_constant=lambda _: None) for line in lines]
    except (ValueError, RecursionError):
        pass
    at = error if isinstance(error, json.JSONDecodeError) else None
    raise Unreadable("json_invalid", line=at.lineno if at else 0, position=at.colno if at else 0) from error


def _flatten(item: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Cell]:
    row: dict[str, Cell] = {}
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            if depth < MAX_DEPTH:
                row.update(_flatten(value, name + ".", depth + 1))
        else:
            row[name] = _scalar(value)
    return row


def _scalar(value: Any) -> Cell:
    """Return a JSON value as a cell: lists of plain values joined, anything deeper dropped."""
    if isinstance(value, list):
        plain = [str(part) for part in value if isinstance(part, str | int | float) and not isinstance(part, bool)]
        return "; ".join(plain)[:MAX_FIELD]
    if isinstance(value, str):
        return value[:MAX_FIELD]
    return value if isinstance(value, bool | int | float) or value is None else None


def _open_workbook(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise Unreadable("encrypted_file") from error
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable("damaged_file") from error


def _workbook_rows(data: bytes, name: str) -> Iterator[RawRow]:
    book = _open_workbook(data)
    names = [meta.name for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    if not names:
        raise Unreadable("no_sheets")
    if name and name not in names:
        raise Unreadable("no_such_sheet", sheet=name[:80])
    yield from _sheet_rows(book, name or names[0])


def _sheet_rows(book: CalamineWorkbook, name: str) -> Iterator[RawRow]:
    try:
        sheet = book.get_sheet_by_name(name)
        first = sheet.start[0] + 1 if sheet.start else 1
        left = sheet.start[1] if sheet.start else 0
        for offset, cells in enumerate(sheet.iter_rows()):
            yield first + offset, [None] * left + [_typed(cell) for cell in cells[: MAX_COLUMNS * 4]]
    except PasswordError as error:
        raise Unreadable("encrypted_file") from error
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable("damaged_file") from error


def _typed(cell: Any) -> Cell:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if cell == "":
        return None
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, str | bool | int | datetime.date):
        return cell
    return str(cell)


def look(data: bytes, head: int = 12) -> list[SheetLook]:
    """Return every worksheet at a glance, in the workbook's order."""
    book = _open_workbook(data)
    looks = []
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        top: list[tuple[int, tuple[Cell, ...]]] = []
        rows = columns = 0
        for line, cells in _limited(_sheet_rows(book, meta.name)):
            rows += 1
            if isinstance(cells, list):
                columns = max(columns, len(cells))
                if len(top) < head:
                    top.append((line, tuple(cells)))
        looks.append(SheetLook(meta.name, meta.visible == SheetVisibleEnum.Visible, rows, columns, tuple(top)))
    if not looks:
        raise Unreadable("no_sheets")
    return looks
