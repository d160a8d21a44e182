"""Attacks R1 and R2: no encoding is ever guessed silently."""

import random

import pytest

from kolhub.roster import sniff
from kolhub.roster.encodings import CODECS, detect
from tests.kolhub.roster.making import codes, csv_bytes, read

SIMPLIFIED = [
    "小美爱美妆",
    "王大锤数码",
    "张三的日常",
    "李子柒",
    "美食探店小王",
    "健身教练阿强",
    "旅行的意义",
    "母婴达人糖糖",
    "搞笑剧情君",
]
TRADITIONAL = [
    "小美愛美妝",
    "王大錘數碼",
    "張三的日常",
    "美食探店小王",
    "健身教練阿強",
    "旅行的意義",
    "媽媽經寶寶",
    "搞笑劇情君",
    "臺北吃貨姐",
]
JAPANESE = [
    "はなこのメイク",
    "太郎ゲーム実況",
    "東京グルメ",
    "さくら",
    "山田花子",
    "キッチン日記",
    "旅するカメラ",
    "田中圭",
]
KOREAN = ["김민수의 일상", "뷰티하니", "먹방왕 철수", "게임하는 영희", "서울맛집", "여행가 지은", "이수진"]
WESTERN = ["Música y más", "José Peña", "Niño feliz", "María García", "Cocina fácil", "Über Köche", "François Été"]
SCRIPTS = {
    "gb18030": (["昵称", "平台", "粉丝数"], SIMPLIFIED, "抖音"),
    "big5": (["暱稱", "平台", "粉絲數"], TRADITIONAL, "小紅書"),
    "shift_jis": (["名前", "媒体", "フォロワー"], JAPANESE, "インスタ"),
    "euc_kr": (["이름", "플랫폼", "팔로워"], KOREAN, "인스타그램"),
    "cp1252": (["Nombre", "País", "Seguidores"], WESTERN, "España"),
}


def roster(encoding: str, rows: int, seed: int = 1, english_header: bool = False) -> bytes:
    header, names, second = SCRIPTS[encoding]
    dice = random.Random(seed)
    head = ["name", "platform", "followers"] if english_header else header
    body = [[f"{dice.choice(names)}{number}", second, dice.randint(1, 999)] for number in range(rows)]
    return csv_bytes([head, *body], CODECS[encoding])


@pytest.mark.parametrize("encoding", SCRIPTS)
@pytest.mark.parametrize("english_header", [False, True])
def test_a_long_file_in_one_script_is_certain(encoding, english_header):
    for seed in range(3):
        found = detect(roster(encoding, 60, seed, english_header))
        assert (found.best, found.sure) == (encoding, True), found


@pytest.mark.parametrize("encoding", SCRIPTS)
@pytest.mark.parametrize("rows", [1, 5, 12])
def test_under_twenty_rows_a_person_is_asked_with_the_right_answer_first_and_previews(encoding, rows):
    data = roster(encoding, rows)
    sniffed = sniff("roster.csv", data)
    assert not sniffed.sure
    question = sniffed.questions[0]
    assert question.key == "encoding" and len(question.options) >= 2
    assert question.options[0].value == encoding
    shown = " ".join(cell for row in question.options[0].preview for cell in row)
    assert any(name in shown for name in SCRIPTS[encoding][1])
    settled = sniffed.answered("encoding", encoding)
    assert settled.choices.encoding == encoding and not any(q.key == "encoding" for q in settled.questions)


def test_big5_decodes_as_gb18030_without_an_error_and_is_not_taken_for_it():
    """The trap itself: an order of tries would corrupt this file."""
    data = roster("big5", 200)
    assert "粉絲" not in data.decode("gb18030", "replace")
    assert detect(data).best == "big5"


def test_names_made_of_rare_characters_are_asked_about():
    rare = "".join(chr(code) for code in range(0x5280, 0x52A0))
    data = csv_bytes([["a", "b"], *([rare[at % 30] * 2, at] for at in range(40))], "gb18030")
    assert not detect(data).sure


@pytest.mark.parametrize(
    ("codec", "key"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_unicode_is_certain_and_its_mark_is_no_part_of_the_header(codec, key):
    data = csv_bytes(
        [["昵称", "抖音号", "粉丝数"], *([name, f"u{at}", 10] for at, name in enumerate(SIMPLIFIED))], codec
    )
    table, _mapping, parsed = read("r.csv", data)
    assert table.choices.encoding == key
    assert table.headers == ("昵称", "抖音号", "粉丝数")
    assert [one.row.name for one in parsed] == SIMPLIFIED


def test_gbk_roster_with_numbers_in_w():
    rows = [["达人昵称", "抖音号", "粉丝数", "平均播放量"]]
    rows += [[name, f"dy_{at}", "4.53w", "12.3万"] for at, name in enumerate(SIMPLIFIED * 4)]
    table, _mapping, parsed = read("名册.csv", csv_bytes(rows, "gbk"))
    assert table.choices.encoding == "gb18030"
    assert {one.row.followers for one in parsed} == {45_300}
    assert {one.row.avg_views for one in parsed} == {123_000}
    assert {one.row.platform for one in parsed} == {"douyin"}


def test_mixed_encodings_are_detected_and_their_lines_named():
    rows = [["昵称", "抖音号"], *([name, f"u{at}"] for at, name in enumerate(SIMPLIFIED * 3))]
    lines = csv_bytes(rows, "utf-8").split(b"\r\n")
    for at in (4, 11):
        lines[at] = lines[at].decode().encode("gb18030")
    data = b"\r\n".join(lines)
    assert detect(data).bad_lines == (5, 12)
    assert [question.key for question in sniff("r.csv", data).questions] == ["encoding"]
    table, _, parsed = read("r.csv", data, encoding="utf-8")
    assert [(note.code, note.params["lines"]) for note in table.problems] == [("mixed_encodings", "5, 12")]
    refused = [one for one in parsed if one.row is None]
    assert [(one.line, one.problems[0].code) for one in refused] == [(5, "undecodable_line"), (12, "undecodable_line")]
    assert not any("\ud800" <= c <= "\udfff" for one in refused for c in one.problems[0].raw)
    assert len(parsed) - len(refused) == len(rows) - 3


def test_a_backslash_inside_a_big5_character_parts_nothing():
    """Attack R7: 功 and 許 end in 0x5C, 育 and 淵 near the bar; decoding comes before splitting."""
    names = ["許功蓋", "育|樂", "成功\\人"]
    rows = [["暱稱", "抖音號", "粉絲數"], *([name, f"u{at}", at] for at, name in enumerate(names * 8))]
    _, _, parsed = read("r.csv", csv_bytes(rows, "big5"), encoding="big5")
    assert [one.row.name for one in parsed[:3]] == names
    assert codes(parsed) == []
