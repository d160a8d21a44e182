"""Files that go out: CSV and XLSX whose cells can never be formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Font

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What spreadsheets take for the start of a formula (OWASP ASVS 1.2.10), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def literal(value: Any) -> Any:
    """Return the value as it may stand in a cell: text that looks like a formula gets an apostrophe in front.

    Numbers and dates stay what they are.
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal | date | datetime):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) or (text[:1] in "\t\r\n" and text) else text


def csv_response(filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return a CSV file in UTF-8 with a byte order mark, without which Excel garbles Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([literal(title) for title in header])
    for row in rows:
        writer.writerow([_plain(literal(value)) for value in row])
    return _attachment(("\ufeff" + text.getvalue()).encode(), "text/csv; charset=utf-8", filename)


def xlsx_response(filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return an XLSX file: a bold first row that stays in sight, text as text, numbers as numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("KolHub")
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, literal(title)) for title in header])
    for row in rows:
        sheet.append([_text(sheet, literal(value)) for value in row])
    out = io.BytesIO()
    book.save(out)
    return _attachment(out.getvalue(), XLSX, filename)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _text(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        # Excel knows no time zones.
        return value.replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


def _bold(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value=str(value))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _attachment(data: bytes, content_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in filename)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    return response
