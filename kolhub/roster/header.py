"""Find the row of a table that names its columns: below a title, in two storeys, or nowhere."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kolhub.platforms import platform_named
from kolhub.roster.meaning import known_header
from kolhub.roster.numbers import read_number, read_rate
from kolhub.roster.sheets import Cell
from kolhub.roster.vocabulary import PRICE, fold_header, says, words

SEARCHED_ROWS = 15
LONGEST_NAME = 200
Rows = Sequence[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Header:
    """The header's line (0: there is none), the cleaned names, and whether a person should be asked.

    `first_data` is the line from which rows are data.
    """

    line: int
    names: tuple[str, ...]
    first_data: int
    sure: bool


def clean_name(cell: Cell) -> str:
    """Return a header cell as one line of text."""
    return (
        re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(cell)[:LONGEST_NAME])).strip() if cell is not None else ""
    )


def find_header(rows: Rows) -> Header:
    """Return the header that the first rows suggest; rows are (line, cells)."""
    width = max((len(cells) for _, cells in rows), default=0)
    scored = [(_score(cells, width), -at) for at, (_, cells) in enumerate(rows[:SEARCHED_ROWS])]
    best, at = max(scored, default=(0.0, 0))
    if best >= 0.4:
        others = [score for score, other in scored if other != at and -other > -at + 1]
        sure = best - max(others, default=0.0) >= 0.25
        return _storeys(rows, -at, width, sure)
    return _unknown_words(rows, width)


def header_at(rows: Rows, line: int) -> Header:
    """Return the header at the line that a person chose; 0 means none."""
    width = max((len(cells) for _, cells in rows), default=0)
    if line == 0:
        return _headless(rows, width, sure=True)
    for at, (number, _) in enumerate(rows):
        if number == line:
            return _storeys(rows, at, width, sure=True)
    return _headless(rows, width, sure=False)


def _score(cells: Sequence[Cell], width: int) -> float:
    """Return how much the row reads like headers: known names minus values."""
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    if not filled or (len(filled) == 1 and width > 2):
        return 0.0
    names = sum(1 for cell in filled if isinstance(cell, str) and known_header(clean_name(cell)))
    values = sum(1 for cell in filled if _is_value(cell))
    return (names - values) / len(filled)


def _is_value(cell: Cell) -> bool:
    """Tell whether the cell is data beyond doubt: a number, a link, an address."""
    if not isinstance(cell, str):
        return True
    text = cell.strip()[:LONGEST_NAME]
    if re.match(r"(?i)https?://|www\.|@", text) or re.fullmatch(r"\S+@\S+\.\S+", text):
        return True
    return read_number(text).value is not None or read_rate(text, "percent").value is not None


def _unknown_words(rows: Rows, width: int) -> Header:
    """Decide for a table in words that we do not know: text above numbers is a header, equal rows are data."""
    if not rows:
        return Header(0, (), 1, sure=True)
    first = list(rows[0][1])
    below = [cells for _, cells in rows[1:SEARCHED_ROWS]]
    if any(cell is not None and _is_value(cell) for cell in first):
        return _headless(rows, width, sure=True)
    over_values = sum(
        1
        for at, cell in enumerate(first)
        if cell is not None and below and all(at < len(row) and _is_value(row[at]) for row in below)
    )
    if over_values and len(set(map(str, first))) == len(first):
        return _storeys(rows, 0, width, sure=over_values >= 2)
    return _headless(rows, width, sure=False)


def _headless(rows: Rows, width: int, sure: bool) -> Header:
    first = rows[0][0] if rows else 1
    return Header(0, tuple("" for _ in range(width)), first, sure)


def _storeys(rows: Rows, at: int, width: int, sure: bool) -> Header:
    """Return the header at this row, put together with a storey of groups above or of parts below it."""
    line, cells = rows[at]
    names = [clean_name(cell) for cell in cells] + [""] * (width - len(cells))
    if at + 1 < len(rows) and _is_lower_storey(names, rows[at + 1][1]):
        lower = [clean_name(cell) for cell in rows[at + 1][1]] + [""] * (width - len(rows[at + 1][1]))
        return Header(rows[at + 1][0], _joined(names, lower), rows[at + 1][0] + 1, sure)
    if at and rows[at - 1][0] > 0:
        upper = [clean_name(cell) for cell in rows[at - 1][1]] + [""] * (width - len(rows[at - 1][1]))
        if sum(map(bool, upper)) >= 1 and any(_is_group(name) for name in upper[1:]) and max(map(len, upper)) <= 20:
            return Header(line, _joined(upper, names), line + 1, sure)
    return Header(line, tuple(names), line + 1, sure)


def _is_group(name: str) -> bool:
    """Tell whether a header may stand over several columns: a platform, or a word for price."""
    return bool(name) and (platform_named(name) is not None or bool(says(fold_header(name), words(PRICE))))


def _is_lower_storey(upper: Sequence[str], cells: Sequence[Cell]) -> bool:
    """Tell whether the row only fills in what the header above leaves open."""
    filled = [at for at, cell in enumerate(cells) if cell is not None and str(cell).strip()]
    if not filled or any(_is_value(cells[at]) for at in filled):
        return False
    under_blank = [at for at in filled if at >= len(upper) or not upper[at]]
    return bool(under_blank) and all(at >= len(upper) or not upper[at] or _is_group(upper[at]) for at in filled)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Return '抖音 粉丝数' for parts under a group; a name alone where only one storey has one."""
    names, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        if above and not _is_group(above):
            group = ""
        if not below:
            names.append(above)
        elif above and above != group:
            names.append(f"{above} {below}".strip())
        else:
            names.append(f"{group} {below}".strip())
    return tuple(names)
