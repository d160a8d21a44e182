"""Attacks R3 to R7: files made to hurt are refused by limits, each with its reason, and the parent lives on."""

import io
import resource
import struct
import zipfile

import pytest

from kolhub.roster import Choices, Unreadable, isolated, read_table, read_table_safely, sniff
from tests.kolhub.roster.making import codes, csv_bytes, ole, raw_xlsx, read, sheet_xml, xls, xlsx, zipped

ROWS = [["name", "instagram handle", "followers"], ["Ann", "ann", 5], ["Bo", "bo", 6]]


def refusal(data: bytes, name: str = "roster.xlsx") -> str:
    sniffed = sniff(name, data)
    assert sniffed.problem is not None, sniffed
    return sniffed.problem.code


def test_one_cell_far_away_does_not_take_the_memory():
    """A file of 1 KiB whose used range is 17 billion cells."""
    data = raw_xlsx(sheet_xml("A1=name", "B1=handle", "XFD1048576=x"))
    assert len(data) < 2_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(data) == "sheet_too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_bomb_is_seen_in_the_directory_before_anything_is_unpacked():
    data = raw_xlsx(b"<worksheet>" + b" " * 250_000_000)
    assert len(data) < 600_000
    assert refusal(data) == "unpacks_too_large"


def test_a_bomb_that_lies_about_its_size_is_refused():
    """The directory says 20 bytes; the stream holds 60 MB in one cell."""
    honest = raw_xlsx(sheet_xml("A1=" + "x" * 60_000_000))
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    lying = honest.replace(struct.pack("<I", part.file_size), struct.pack("<I", 20))
    assert lying != honest
    assert refusal(lying) == "damaged_file"


def test_too_many_parts_and_a_directory_that_is_all_directory():
    assert (
        refusal(raw_xlsx(sheet_xml("A1=x"), {f"xl/junk{at}.xml": b"<a/>" for at in range(2_100)})) == "too_many_parts"
    )


def test_parts_that_overlap_are_refused():
    one = zipped({"xl/workbook.xml": b"<a/>" * 5_000})
    end = one.rfind(b"PK\x05\x06")
    start = struct.unpack("<I", one[end + 16 : end + 20])[0]
    entry = one[start:end]
    count = 60
    fixed = one[:start] + entry * count
    fixed += b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(entry) * count, start, 0)
    assert refusal(fixed) in {"unpacks_too_large", "damaged_file"}


@pytest.mark.parametrize(
    "dtd",
    [
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><worksheet/>',
        b'<?xml version="1.0"?><!DOCTYPE r SYSTEM "file:///etc/passwd"><worksheet/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r SYSTEM "http://127.0.0.1/"><worksheet/>'.encode("utf-16"),
    ],
    ids=["laughs", "xxe", "utf-16"],
)
def test_entities_are_refused(dtd):
    """Attack R4."""
    assert refusal(raw_xlsx(dtd)) == "xml_entities"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"xl/vbaProject.bin": b"\x00"}, "macro_file"),
        ({"[Content_Types].xml": b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"}, "macro_file"),
        ({"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}, "external_links"),
        ({"xl/embeddings/oleObject1.bin": b"\x00"}, "external_links"),
        ({"xl/workbook.bin": b"\x00"}, "binary_spreadsheet"),
        ({"../../outside.xml": b"<a/>"}, "unsafe_archive"),
        ({"/etc/cron.d/x": b"<a/>"}, "unsafe_archive"),
        ({"C:\\x.xml": b"<a/>"}, "unsafe_archive"),
    ],
)
def test_workbooks_with_more_than_cells_are_refused_whatever_they_are_called(extra, code):
    """Attack R5."""
    assert refusal(raw_xlsx(sheet_xml("A1=x"), extra)) == code


def test_encrypted_files_are_refused():
    assert refusal(ole({"EncryptionInfo": b"\x04\x00", "EncryptedPackage": b"\x00" * 100})) == "encrypted_file"
    assert refusal(ole({"Workbook": b"\x00", "_VBA_PROJECT_CUR": b"\x00"})) == "macro_file"
    assert refusal(ole({"WordDocument": b"\x00"})) == "unknown_format"
    plain = raw_xlsx(sheet_xml("A1=x"))
    at = plain.find(b"PK\x01\x02")
    assert refusal(plain[: at + 8] + b"\x01\x00" + plain[at + 10 :]) == "encrypted_file"


def test_a_web_page_named_xlsx_and_a_truncated_workbook():
    assert refusal(b"<html><table><tr><td>name</td></tr></table></html>") == "html_file"
    whole = xlsx({"S": ROWS})
    assert refusal(whole[: len(whole) // 2]) == "damaged_file"
    assert refusal(xls(ROWS)[:700], "r.xls") in {"damaged_file", "unknown_format"}


def test_formulas_are_text_and_stay_as_they_are():
    """Attack R6: stored literally; whoever exports escapes."""
    names = ['=HYPERLINK("http://evil.example","x")', "+1+1", "-2", "@SUM(A1)", "\tTab", "＝1", " =1", "Nul\x00byte"]
    rows = [
        ["name", "instagram handle", "bio"],
        *([name.strip("\x00"), f"user{at}", name] for at, name in enumerate(names)),
    ]
    quoted = [[f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    _, _, parsed = read("r.csv", csv_bytes(quoted))
    assert parsed[0].row.name == '=HYPERLINK("http://evil.example","x")'
    assert parsed[0].row.bio == '=HYPERLINK("http://evil.example","x")'
    assert parsed[1].row.bio == "+1+1" and parsed[5].row.bio == "＝1" and parsed[6].row.bio == "=1"
    assert parsed[7].row.bio == "Nulbyte"
    assert codes(parsed).count("formula_text") == 6
    _, _, sheet = read("r.xlsx", xlsx({"S": [["name", "instagram handle"], [names[0], "ann"]]}), safely=True)
    assert sheet[0].row.name == names[0]


def test_a_formula_is_nobodys_handle():
    _, _, parsed = read("instagram.csv", csv_bytes([["handle", "followers"], ["=1+1", 5], ["ann", 6]]))
    assert [one.row and one.row.handle for one in parsed] == [None, "ann"]
    assert codes(parsed)[0] == "formula_text" or codes(parsed)[0] == "handle_invalid"


def test_a_cell_of_ten_megabytes_costs_its_own_row_only():
    """Attack R7."""
    data = csv_bytes([ROWS[0], ["Ann", "ann", 5], ["x" * 10_000_000, "bo", 6], ["Cy", "cy", 7]])
    _, _, parsed = read("r.csv", data, safely=True)
    assert [(one.line, one.row is not None) for one in parsed] == [(2, True), (3, False), (4, True)]
    assert codes(parsed) == ["field_too_long"]


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_lines():
    lines = ["name,instagram handle,followers", *(f"n{at},user{at},{at}" for at in range(20_000))]
    lines[5] = '"n4,user4,4'
    _, _, parsed = read("r.csv", "\n".join(lines).encode())
    lost = next(one for one in parsed if one.row is None)
    assert (lost.line, lost.problems[0].code) == (6, "field_too_long")
    last = lost.problems[0].params["last_line"]
    assert [one.line for one in parsed[4:7]] == [6, last + 1, last + 2], "every line is accounted for"


def test_a_million_columns():
    wide = b"name,handle," + b"," * 1_000_000 + b"\nA,b\n"
    _, _, parsed = read("instagram.csv", b"name,handle\nAnn,ann\n" + b"x," * 1_000_000 + b"\nBo,bo\n", safely=True)
    assert [one.row is not None for one in parsed] == [True, False, True]
    assert codes(parsed) == ["row_too_wide"]
    only = b"a," * 1_000_000 + b"\n" + b"b," * 1_000_000
    with pytest.raises(Unreadable, match="too_many_columns"):
        read_table(only, Choices("csv", "utf-8", ","))
    assert sniff("r.csv", wide).problem is None


def test_a_row_with_a_cell_too_many_is_refused_rather_than_read_askew():
    _, _, parsed = read("instagram.csv", b"name,handle,followers\nAnn,ann,5\nSmith, Bo,bo,6\nCy,cy,7\n")
    assert [one.row is not None for one in parsed] == [True, False, True]
    assert parsed[1].problems[0].code == "extra_cells" and parsed[1].line == 3


def test_a_reader_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(isolated, "WALL_SECONDS", 0.01)
    with pytest.raises(Unreadable, match="read_too_slow"):
        read_table_safely(csv_bytes(ROWS), Choices("csv", "utf-8", ","))


def test_the_child_sees_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("KOLHUB_SECRET_KEY", "hush")
    seen = {}
    run = isolated.subprocess.run

    def spy(*args, **options):
        seen.update(options["env"])
        return run(*args, **options)

    monkeypatch.setattr(isolated.subprocess, "run", spy)
    read_table_safely(csv_bytes(ROWS), Choices("csv", "utf-8", ","))
    assert seen and "hush" not in seen.values() and not any(key.startswith(("KOLHUB", "DATABASE")) for key in seen)


def test_both_ways_of_reading_give_the_same_rows():
    data = csv_bytes([["name", "handle"], ["Ann", "ann"], ["x" * 200_000, "b"], ["Cy", "cy"]])
    choices = Choices("csv", "utf-8", ",")
    assert list(read_table(data, choices).rows()) == list(read_table_safely(data, choices).rows())
    book = xlsx({"S": [["name", "n"], ["Ann", 1.5], ["Bo", True], ["Cy", None]]})
    choices = Choices("xlsx", sheet="S")
    assert list(read_table(book, choices).rows()) == list(read_table_safely(book, choices).rows())


def test_long_cells_that_patterns_would_chew_on_are_cheap_and_refused_alone():
    cells = {"email": "@" * 90_000, "country": "a.-" * 30_000, "followers": "1," * 45_000, "price": "¥/" * 45_000}
    rows = [["instagram handle", *cells], ["ann", *cells.values()], ["bo", "b@example.org", "Peru", 5, "7 USD"]]
    before = resource.getrusage(resource.RUSAGE_SELF)
    _, _, parsed = read("r.csv", csv_bytes(rows, delimiter="\t"))
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime - before.ru_utime < 20, "seconds for a quadratic pattern would be hours"
    assert sorted(codes(parsed)) == ["not_a_number", "text_too_long", "text_too_long", "text_too_long"]
    assert all(one.row for one in parsed)
