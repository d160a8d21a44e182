"""From cells to rows: identities, values, twins, duplicates, and the account of what went wrong."""

import datetime
from decimal import Decimal

import pytest

from kolhub.roster import Money, RosterPrice, propose_mapping, read_table
from kolhub.roster.identity import name_key
from kolhub.roster.rows import parse_rows
from kolhub.roster.sheets import Choices
from tests.kolhub.roster.making import codes, csv_bytes, read, xlsx

SEC_UID = "MS4wLjABAAAAv7iSuuXDJGDvJkmH_vz1q"


def rows_of(rows, filename="instagram.csv", **options):
    _, _, parsed = read(filename, csv_bytes(rows, delimiter="\t"), **options)
    return parsed


def test_a_full_row():
    cells = {
        "达人昵称": "小美",
        "抖音号": "抖音号：XiaoMei_1",
        "主页链接": "https://www.douyin.com/user/" + SEC_UID,
        "粉丝数(万)": "453.2",
        "平均播放量": "3.2万",
        "互动率": "4.5%",
        "地区": "浙江杭州",
        "粉丝地区": "美国 60%、日本",
        "语言": "中文",
        "内容分类": "美妆/护肤",
        "图文报价(元)": "5000",
        "视频报价(元)": "2.5w",
        "商务邮箱": "mei@example.org",
        "微信": "xm_wx",
        "所属MCN": "星光MCN",
        "简介": "爱生活",
        "达人编号": "A-7",
        "备注": "要寄样",
        "更新时间": "2024-03-05",
        "女粉比例": "71%",
    }
    (one,) = rows_of([list(cells), list(cells.values())], "名册.csv")
    got = one.row
    assert one.problems == ()
    assert (got.platform, got.handle, got.key, got.name, got.line) == ("douyin", SEC_UID, SEC_UID, "小美", 2)
    assert got.aliases == ("xiaomei_1",)
    assert (got.followers, got.avg_views) == (4_532_000, 32_000)
    assert (got.engagement_rate, got.audience_female) == (Decimal("0.045"), Decimal("0.71"))
    assert (got.country, got.region, got.audience_countries) == ("CN", "浙江杭州", ("US", "JP"))
    assert (got.languages, got.categories, got.categories_raw) == (("zh",), ("beauty",), ("美妆/护肤",))
    assert got.prices == (
        RosterPrice("image_text", Money(500_000, "CNY")),
        RosterPrice("video", Money(2_500_000, "CNY")),
    )
    assert (got.emails, got.wechat, got.agent) == (("mei@example.org",), "xm_wx", "星光MCN")
    assert (got.bio, got.external_ref, got.notes) == ("爱生活", "A-7", "要寄样")
    assert got.as_of == datetime.date(2024, 3, 5)


def test_problems_name_line_column_and_what_stood_there():
    parsed = rows_of(
        [
            ["handle", "followers", "avg views", "avg likes", "country", "email", "price"],
            ["ann", "12,3", "1.38E+10", "#VALOR!", "Atlantis", "see bio", "500"],
            ["bo", "3K-30K", "viele", "-4", "Peru", "bo@example.org", "€5"],
        ]
    )
    assert [(p.line, p.column, p.code, p.raw) for one in parsed for p in one.problems] == [
        (2, "followers", "ambiguous_separator", "12,3"),
        (2, "avg views", "scientific_notation", "1.38E+10"),
        (2, "avg likes", "spreadsheet_error", "#VALOR!"),
        (2, "country", "country_unknown", "Atlantis"),
        (2, "email", "email_invalid", "see bio"),
        (2, "price", "currency_missing", "500"),
        (3, "followers", "number_range", "3K-30K"),
        (3, "avg views", "not_a_number", "viele"),
        (3, "avg likes", "negative_number", "-4"),
    ]
    assert all(one.row is not None for one in parsed), "a cell's trouble does not cost the row"
    assert parsed[0].row.followers is None and parsed[1].row.prices[0].money == Money(500, "EUR")


def test_unknown_is_no_problem():
    parsed = rows_of([["handle", "followers", "country"], ["ann", "N/A", "Unknown"], ["bo", "-", ""]])
    assert codes(parsed) == []
    assert [one.row.followers for one in parsed] == [None, None]


def test_twins_check_each_other():
    header = ["handle", "followers", "followers"]
    good = [[f"u{at}", f"{at + 1}.5K", (at + 1) * 1000 + 512] for at in range(8)]
    parsed = rows_of(
        [header, *good, ["x1", "1.2M", "120000"], ["x2", "N/A", "#VALOR!"], ["x3", "", "77"], ["x4", "2K", "#VALOR!"]]
    )
    assert parsed[0].row.followers == 1512, "the exact twin is used"
    assert parsed[8].row.followers is None and parsed[8].problems[0].code == "twins_disagree"
    assert parsed[9].row.followers is None and parsed[9].problems == (), "unknown explains the formula's error"
    assert parsed[10].row.followers == 77
    assert parsed[11].row.followers == 2000 and parsed[11].problems == ()


def test_one_line_with_two_platforms_is_two_profiles_of_one_person():
    rows = [
        ["name", "instagram_handle", "tiktok_handle", "country"],
        ["Ann", "ann", "annie", "Peru"],
        ["Bo", "bo", "", "Peru"],
    ]
    parsed = rows_of(rows, "r.csv")
    assert [(one.line, one.row.platform, one.row.handle, one.row.name, one.row.country) for one in parsed] == [
        (2, "instagram", "ann", "Ann", "PE"),
        (2, "tiktok", "annie", "Ann", "PE"),
        (3, "instagram", "bo", "Bo", "PE"),
    ]


def test_metrics_go_to_the_platform_that_their_header_names():
    rows = [["ig handle", "ig followers", "youtube handle", "youtube subscribers"], ["ann", 10, "annTube", 20]]
    parsed = rows_of(rows, "r.csv")
    assert [(one.row.platform, one.row.followers) for one in parsed] == [("instagram", 10), ("youtube", 20)]
    loose = [["ig handle", "tiktok handle", "followers"], ["ann", "annie", 10]]
    _, mapping, parsed = read("r.csv", csv_bytes(loose))
    assert [one.row.followers for one in parsed] == [None, None], "whose followers is not known, so nobody's"
    assert [problem.code for problem in mapping.problems] == ["metric_without_platform"]


def test_platforms_row_by_row_from_a_column_or_the_links():
    rows = [["platform", "handle"], ["IG", "ann"], ["小红书", "xhs_bo"], ["MySpace", "cy"], ["", "https://x.com/dee"]]
    parsed = rows_of(rows, "r.csv", encoding="utf-8")
    assert [one.row and (one.row.platform, one.row.handle) for one in parsed] == [
        ("instagram", "ann"),
        ("xiaohongshu", "xhs_bo"),
        None,
        ("x", "dee"),
    ]
    assert codes(parsed) == ["row_platform_unknown"]
    links = [["link"], ["https://www.tiktok.com/@ann"], ["https://www.youtube.com/@Bo"], ["https://example.org/cy"]]
    parsed = rows_of(links, "r.csv")
    assert [one.row and one.row.key for one in parsed] == ["ann", "bo", None]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("ann", "https://instagram.com/ann", "Ann"), ("ann", [])),
        (("ann", "https://instagram.com/other", "Ann"), ("other", ["handle_url_mismatch"])),
        (("Ann Smith", "https://instagram.com/ann", "Ann"), ("ann", ["handle_from_url"])),
        (("", "https://instagram.com/ann", "Ann"), ("ann", [])),
        (("Ann Smith", "", "Ann"), ("~ann", ["handle_unreadable"])),
        (("", "", "Ann  SMITH"), ("~ann smith", ["handle_absent"])),
        (("", "", ""), (None, ["identity_missing"])),
        (("аnn", "", "Ann"), (None, ["handle_lookalike"])),
        (("ann\u200b", "", "Ann"), ("ann", ["hidden_characters"])),
        (("\u202eann", "", ""), ("ann", ["hidden_characters"])),
        (("ＡＮＮ", "", ""), ("ann", [])),
        (("1.38E+10", "", "Ann"), (None, ["handle_changed_by_spreadsheet"])),
        (("ann", "https://evil.example/ann", "Ann"), ("ann", ["url_invalid"])),
        (("ann", "javascript:alert(1)", "Ann"), ("ann", ["url_invalid"])),
    ],
)
def test_identities(cells, expected):
    """Attacks R8 and R9."""
    filler = [["bea", "https://instagram.com/bea", "Bea"], ["cleo", "https://instagram.com/cleo", "Cleo"]]
    parsed = rows_of([["handle", "url", "name"], list(cells) if any(cells) else ["", "", "", "x"], *filler])
    if not any(cells):
        parsed = rows_of([["handle", "url", "name", "notes"], ["", "", "", "x"], *([*row, ""] for row in filler)])
    key, problems = expected
    assert (parsed[0].row and parsed[0].row.key, codes(parsed[:1])) == (key, problems)
    if parsed[0].row:
        assert parsed[0].row.profile_url in {"", f"https://www.instagram.com/{key}/"}


def test_names_differing_only_in_composition_are_one_person():
    """Attack R9: NFC and NFD, case, blanks, full-width forms."""
    assert name_key("José  Peña") == name_key("Jose\u0301 PEN\u0303A") == name_key("ＪＯＳÉ Peña")
    assert len(name_key("x" * 500)) <= 120 and name_key("x" * 500) != name_key("x" * 499 + "y")


def test_spreadsheets_that_ate_a_handle_are_flagged_in_sheets_too():
    """Attack R8: dates, long numbers, fractions."""
    rows = [
        ["昵称", "B站UID", "手机"],
        ["A", 546195, 13800000000],
        ["B", 1.2345678901234568e17, 1.38e16],
        ["C", datetime.date(2024, 1, 2), "013800000000"],
    ]
    _, _, parsed = read("r.xlsx", xlsx({"S": rows}))
    assert [one.row and one.row.handle for one in parsed] == ["546195", None, None]
    assert [one.problems[0].params["how"] for one in parsed[1:]] == ["precision_lost", "changed_to_date"]
    assert parsed[0].row.phone == "13800000000"


def test_duplicates_first_wins_and_the_rest_is_reported():
    """Attack R9: the same profile under other spellings."""
    parsed = rows_of(
        [
            ["handle", "followers"],
            ["ann", 5],
            ["bo", 6],
            ["@ANN", 5],
            ["https://instagram.com/ann/", 7],
            ["a\u200bnn", 5],
        ]
    )
    assert [one.row is not None for one in parsed] == [True, True, False, False, False]
    assert [one.duplicate_of for one in parsed] == [None, None, 2, 2, 2]
    assert parsed[3].problems[0].code == "duplicate_conflict"
    assert rows_of([["handle", "followers"], ["ann", 5], ["ann", 5]])[1].problems[0].code == "duplicate_identical"


def test_the_same_table_can_be_read_twice():
    table = read_table(csv_bytes([["handle"], ["ann"], ["bo"]]), Choices("csv", "utf-8", ",", header_row=1))
    mapping = propose_mapping(table, "instagram.csv")
    assert list(parse_rows(table, mapping)) == list(parse_rows(table, mapping))


def test_defaults_stand_in_for_what_the_file_does_not_say():
    rows = [["handle", "price"], ["ann", "500"], ["bo", "¥70"]]
    parsed = rows_of(rows, "r.csv", platform="tiktok", currency="JPY")
    assert [one.row.platform for one in parsed] == ["tiktok", "tiktok"]
    assert [one.row.prices[0].money for one in parsed] == [Money(500, "JPY"), Money(70, "JPY")]
    unknown = rows_of(rows, "r.csv")
    assert codes(unknown) == ["row_platform_unknown", "row_platform_unknown"]


def test_a_currency_column_goes_with_its_row():
    rows = [["handle", "Story price", "currency"], ["ann", "500", "USD"], ["bo", "70", "人民币"], ["cy", "3", ""]]
    parsed = rows_of(rows)
    assert [one.row.prices and one.row.prices[0].money for one in parsed] == [
        Money(50_000, "USD"),
        Money(7_000, "CNY"),
        (),
    ]
    assert parsed[0].row.prices[0].format == "story"


def test_yuan_is_assumed_on_chinese_platforms_and_said():
    (one,) = rows_of([["小红书号", "报价"], ["xhs_ann", "5000"]], "r.csv", encoding="utf-8")
    assert one.row.prices[0].money == Money(500_000, "CNY")
    assert codes([one]) == ["currency_assumed"]


def test_rates_that_cannot_be():
    parsed = rows_of([["handle", "engagement rate"], ["a1", "150%"], ["b2", "9000%"], ["c3", "0.5"], ["d4", "2%"]])
    assert [one.row.engagement_rate for one in parsed] == [Decimal("1.5"), None, None, Decimal("0.02")]
    assert codes(parsed) == ["rate_above_one", "rate_impossible", "rate_unit_unknown"]


def test_counts_with_the_noise_of_floating_point_are_whole():
    parsed = rows_of([["handle", "followers"], ["a1", "66599999.99999999"], ["b2", "12.75"], ["c3", "1.25K"]])
    assert [one.row.followers for one in parsed] == [66_600_000, None, 1250]
    assert codes(parsed) == ["not_whole"]


def test_rows_pass_through_without_being_kept():
    count = 5_000
    lines = (f"user_{at},Name {at},{at}.5K,{at % 50}.{at % 10}%,Japan,Beauty,u{at}@example.org" for at in range(count))
    data = ("handle,name,followers,engagement rate,country,category,email\n" + "\n".join(lines)).encode()
    table = read_table(data, Choices("csv", "utf-8", ","))
    assert table.count == count
    parsed = parse_rows(table, propose_mapping(table, "instagram.csv"))
    first = next(parsed)
    assert iter(parsed) is parsed and first.row.handle == "user_0"
    assert sum(1 for one in parsed if one.row) == count - 1
