"""What a file is, told by its bytes; attacks R5, R7 and R12."""

import pytest

from kolhub.roster import Choices, read_table_safely, sniff
from kolhub.roster.sniff import MAX_NAME, shown_name
from tests.kolhub.roster.making import codes, csv_bytes, ods, read, settle, xls, xlsx, zipped

ROWS = [["昵称", "小红书号", "粉丝数", "链接"], ["小美", "xiaomei_1", 12345, ""], ["阿强", "aqiang88", "3.2万", ""]]
WIDE = [["name", "handle", "followers"], ["Ann", "ann", "1,200"], ["Bo", "bo.x", "3.5k"]]


@pytest.mark.parametrize(
    ("data", "kind"), [(xlsx({"S": ROWS}), "xlsx"), (xls(ROWS), "xls"), (ods(ROWS), "ods")], ids=["xlsx", "xls", "ods"]
)
@pytest.mark.parametrize("name", ["roster.xlsx", "roster.csv", "roster"])
def test_workbooks_are_known_by_their_bytes_whatever_they_are_called(data, kind, name):
    table, _, parsed = read(name, data, safely=True)
    assert table.choices.kind == kind
    assert [(one.row.name, one.row.handle, one.row.followers) for one in parsed] == [
        ("小美", "xiaomei_1", 12_345),
        ("阿强", "aqiang88", 32_000),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(delimiter, end):
    rows = [["name", "instagram handle", "followers"], ["Ann", "ann", 12], ["Bo", "bo.x", 7], ["Cy", "cy", 9]]
    table, _, parsed = read("r.txt", csv_bytes(rows, delimiter=delimiter, end=end))
    assert table.choices.delimiter == delimiter
    assert [one.row.followers for one in parsed] == [12, 7, 9]
    assert [one.line for one in parsed] == [2, 3, 4]


def test_excels_declared_separator_wins():
    _, _, parsed = read("instagram.csv", b"sep=;\r\nname;handle;followers\r\nAnn;ann;1,5k\r\n")
    assert [(one.line, one.row.followers) for one in parsed] == [(3, 1500)]


def test_two_separators_that_fit_equally_are_a_question():
    sniffed = sniff("r.csv", b"a;b,c\nd;e,f\ng;h,i\n")
    question = next(question for question in sniffed.questions if question.key == "delimiter")
    assert {option.value for option in question.options} == {"comma", "semicolon"}
    assert settle(sniffed, delimiter="semicolon").choices.delimiter == ";"


def test_two_sheets_with_rosters_are_a_question_with_previews():
    data = xlsx(
        {"说明": [["请看下一页"]], "小红书": ROWS, "抖音": [["昵称", "抖音号", "粉丝数"], ["老王", "laowang", 9]]}
    )
    sniffed = sniff("r.xlsx", data)
    assert [question.key for question in sniffed.questions] == ["sheet"]
    options = {option.value: option.preview for option in sniffed.questions[0].options}
    assert set(options) == {"小红书", "抖音"} and options["抖音"][1][1] == "laowang"
    _table, _mapping, parsed = read("r.xlsx", data, safely=True, sheet="抖音")
    assert [(one.row.platform, one.row.handle) for one in parsed] == [("douyin", "laowang")]


def test_one_roster_among_other_sheets_is_no_question_and_hidden_sheets_do_not_count():
    data = xlsx({"说明": [["请看下一页"], ["谢谢"]], "名册": ROWS, "old": ROWS}, hidden=["old"])
    sniffed = sniff("r.xlsx", data)
    assert sniffed.sure and sniffed.choices.sheet == "名册"


def test_a_sheet_that_does_not_exist_is_refused():
    sniffed = sniff("r.xlsx", xlsx({"名册": ROWS}), Choices(sheet="nope"))
    assert sniffed.problem.code == "no_such_sheet"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\t ", "empty_file"),
        (b"<html><body><table><tr><td>name</td></tr></table></body></html>", "html_file"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "html_file"),
        (b'<?xml version="1.0"?><Workbook/>', "unknown_format"),
        (b"%PDF-1.7 ...", "pdf_file"),
        (b"\x89PNG\r\n\x1a\n....", "image_file"),
        (b"\xff\xd8\xff\xe0....", "image_file"),
        (b"\x1f\x8b\x08.....", "archive_file"),
        (b"Rar!\x1a\x07....", "archive_file"),
        (b"MZ\x90\x00\x03", "unknown_format"),
        (bytes(range(256)) * 8, "unknown_format"),
        (zipped({"a.txt": b"hello"}), "archive_file"),
        (b"PK\x03\x04 and nothing more", "damaged_file"),
        (b"a,b\n1,2\n" + b" " * 40_000_000, "file_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_roster_gets_its_own_reason(data, code):
    assert sniff("roster.xlsx", data).problem.code == code


def test_a_table_of_headers_only_has_no_rows():
    sniffed = sniff("r.csv", b"name,handle,followers\n")
    with pytest.raises(Exception, match="no_rows"):
        read_table_safely(b"name,handle,followers\n", sniffed.choices)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\名册.xlsx", "名册.xlsx"),
        ("a\x00.csv", "a.csv"),
        ("roster\u202exslx.csv", "rosterxslx.csv"),
        ("a\r\nSet-Cookie: x.csv", "a  Set-Cookie: x.csv"),
        ("", "file"),
        ("..", "file"),
    ],
)
def test_file_names_are_safe_to_show(name, shown):
    """Attack R12."""
    assert shown_name(name) == shown
    assert sniff(name, b"name,handle\nA,b\n").filename == shown


def test_long_file_names_are_cut_with_their_ending_kept():
    shown = shown_name("x" * 10_000 + ".csv")
    assert len(shown) <= MAX_NAME and shown.endswith(".csv")


def test_json_lists_wrapped_lists_and_lines():
    items = b'[{"name":"Ann","handle":"ann","stats":{"followers":5}},{"name":"Bo","handle":"bo"}]'
    lines = b'{"name":"Ann","handle":"ann"}\n{"name":"Bo","handle":"bo"}\n'
    for data in (items, b'{"ok":true,"data":{"list":' + items + b"}}", lines):
        _, _, parsed = read("instagram.json", data)
        assert [(one.line, one.row.handle) for one in parsed] == [(1, "ann"), (2, "bo")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'[{"name": "Ann",}]', "json_invalid"),
        (b"[" * 100_000, "json_too_deep"),
        (b'{"a": [1], "b": [2]}', "json_not_a_list"),
        (b'{"a": 1}', "json_not_a_list"),
        (b"[]", "no_rows"),
        (b'[{"followers": ' + b"9" * 5000 + b"}]", "json_invalid"),
    ],
    ids=["broken", "deep", "two lists", "object", "empty", "huge number"],
)
def test_json_that_is_no_roster(data, code):
    with pytest.raises(Exception, match=code):
        read_table_safely(data, Choices("json", "utf-8"))


def test_a_single_value_in_a_json_list_is_refused_with_its_place():
    _, _, parsed = read("instagram.json", b'[{"handle":"ann"}, 7, {"handle":"bo"}]')
    assert codes(parsed) == ["not_a_row"] and parsed[1].line == 2


def test_answers_that_cannot_be_are_refused():
    choices = Choices("csv", "utf-8", ",")
    with pytest.raises(LookupError):
        choices.with_answer("encoding", "klingon")
    with pytest.raises(LookupError):
        choices.with_answer("colour", "red")
    with pytest.raises(ValueError, match="many"):
        choices.with_answer("header_row", "many")
