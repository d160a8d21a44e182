"""Build the files that the roster tests read: honest ones and hostile ones, all from scratch."""

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence

import openpyxl

from kolhub.roster import Parsed, Sniffed, Table, parse_rows, propose_mapping, read_table, read_table_safely, sniff
from kolhub.roster.columns import Mapping
from kolhub.roster.wording import sentence


def csv_bytes(
    rows: Iterable[Sequence[object]], encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n"
) -> bytes:
    return end.join(delimiter.join(str(cell) for cell in row) for row in rows).encode(encoding)


def xlsx(sheets: dict[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        if name in hidden:
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def raw_xlsx(sheet_xml: bytes, extra: dict[str, bytes] | None = None, level: int = 9) -> bytes:
    """Return a workbook with this sheet part and whatever else is wanted in the archive."""
    parts = {
        "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'content-types"><Default Extension="rels" '
        b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": b'<?xml version="1.0"?><Relationships '
        b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": b'<?xml version="1.0"?><workbook '
        b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        b'<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/'
        b'package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet_xml,
        **(extra or {}),
    }
    return zipped(parts, level)


def zipped(parts: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def sheet_xml(*cells: str) -> bytes:
    """Return a sheet with these cells, each '<ref>=<text>'."""
    rows = "".join(
        f'<row r="{"".join(c for c in ref if c.isdigit())}"><c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for ref, text in (cell.split("=", 1) for cell in cells)
    )
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{rows}</sheetData></worksheet>"
    ).encode()


def ods(rows: Sequence[Sequence[object]]) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, int | float):
            typed = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {typed}><text:p>{value}</text:p></table:table-cell>"
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    body = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in rows)
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        }
    )


def ole(streams: dict[str, bytes]) -> bytes:
    """Return an OLE2 compound file (MS-CFB, version 3) with these streams, each padded past the mini-stream limit."""
    sector, free, end, fat_mark = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    bodies, entries, at = b"", [], 2
    fat = [fat_mark, end]
    for name, content in streams.items():
        content = content.ljust(max(4096, -(-len(content) // sector) * sector), b"\x00")
        count = len(content) // sector
        entries.append((name, at, len(content)))
        fat += [*range(at + 1, at + count), end]
        at += count
        bodies += content
    fat += [free] * (128 - len(fat))
    assert len(fat) == 128, "one sector of table is enough for tests"

    def entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\x00\x00"
        head = raw.ljust(64, b"\x00") + struct.pack("<HBBIII", len(raw) if name else 0, kind, 1, free, right, child)
        return head + b"\x00" * 36 + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, end, 0, 1, free)
    for number, (name, start, size) in enumerate(entries, 1):
        directory += entry(name, 2, start, size, free, number + 1 if number < len(entries) else free)
    while len(directory) < sector:
        directory += entry("", 0, 0, 0, free, free)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\x00" * 6 + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    return header + struct.pack("<128I", *fat) + directory + bodies


def xls(rows: Sequence[Sequence[object]]) -> bytes:
    """Return a BIFF8 workbook (MS-XLS) with one sheet of labels and numbers."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600))
    width = max(len(row) for row in rows)
    sheet += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, int | float):
                sheet += record(0x0203, struct.pack("<HHHd", r, c, 0, value))
            else:
                text = str(value)
                sheet += record(0x0204, struct.pack("<HHHHB", r, c, 0, len(text), 1) + text.encode("utf-16-le"))
    sheet += record(0x000A, b"")
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600))
    bound = record(0x0085, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"S")
    offset = len(start) + len(bound) + 4
    bound = record(0x0085, struct.pack("<IBBBB", offset, 0, 0, 1, 0) + b"S")
    return ole({"Workbook": start + bound + record(0x000A, b"") + sheet})


def settle(sniffed: Sniffed, **answers: str) -> Sniffed:
    assert sniffed.problem is None, sentence(sniffed.problem)
    for key, value in answers.items():
        sniffed = sniffed.answered(key, value)
    return sniffed


def read(
    filename: str, data: bytes, *, safely: bool = False, platform: str = "", currency: str = "", **answers: str
) -> tuple[Table, Mapping, list[Parsed]]:
    """Take a file through the whole room; every problem met on the way must have its sentence."""
    sniffed = settle(sniff(filename, data), **answers)
    table = (read_table_safely if safely else read_table)(data, sniffed.choices)
    mapping = propose_mapping(table, sniffed.filename)
    parsed = list(parse_rows(table, mapping, {"platform": platform, "currency": currency}))
    for problem in (*table.problems, *mapping.problems, *(p for one in parsed for p in one.problems)):
        assert "%" not in sentence(problem).replace("100 %", "")
    return table, mapping, parsed


def codes(parsed: Iterable[Parsed]) -> list[str]:
    return [problem.code for one in parsed for problem in one.problems]
