"""Which column is what: by names in many languages, and by the values."""

import json

import pytest

from kolhub.roster import FIELDS, PRICE_FORMATS, Choices, propose_mapping, read_table
from kolhub.roster import vocabulary as v
from kolhub.roster.columns import platform_in_name
from kolhub.roster.meaning import known_header, meaning_of
from tests.kolhub.roster.making import csv_bytes, read, xlsx


def mapping_of(rows, filename="r.csv", kind="csv"):
    data = csv_bytes(rows, delimiter="\t")
    return propose_mapping(read_table(data, Choices(kind, "utf-8", "\t")), filename)


def fields(mapping):
    return [column.field for column in mapping.columns]


@pytest.mark.parametrize(
    "headers",
    [
        ["Name", "Username", "Followers", "Avg. views", "Engagement rate", "Country", "Category", "Price", "Email"],
        ["达人昵称", "账号", "粉丝数", "平均播放量", "互动率", "地区", "内容分类", "报价", "邮箱"],
        ["達人暱稱", "帳號", "粉絲數", "平均觀看", "互動率", "國家", "內容分類", "報價", "郵箱"],
        [
            "Nombre",
            "Usuario",
            "Seguidores",
            "Visualizaciones (media)",
            "Tasa de interacción",
            "País",
            "Categoría",
            "Precio",
            "Correo",
        ],
        [
            "Nome",
            "Usuário",
            "Seguidores",
            "Média de visualizações",
            "Taxa de engajamento",
            "País",
            "Categoria",
            "Preço",
            "E-mail",
        ],
        [
            "名前",
            "アカウント",
            "フォロワー数",
            "平均再生数",
            "エンゲージメント率",
            "国",
            "カテゴリ",
            "料金",
            "メールアドレス",
        ],
        ["이름", "계정", "팔로워 수", "평균 조회수", "참여율", "국가", "카테고리", "단가", "이메일"],
    ],
    ids=["en", "zh-Hans", "zh-Hant", "es", "pt", "ja", "ko"],
)
def test_names_in_seven_languages(headers):
    row = ["Ann", "ann_1", "12000", "3400", "1.5%", "Japan", "Beauty", "500 USD", "a@example.org"]
    mapping = mapping_of([headers, row, [*row[:1], "bo_2", *row[2:]]])
    expected = ["name", "handle", "followers", "avg_views", "engagement_rate", "country", "category", "price", "email"]
    assert fields(mapping) == expected
    assert mapping.missing == ("platform",)
    assert mapping.with_platform("instagram").missing == ()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("抖音粉丝数(万)", {"field": "followers", "platform": "douyin", "scale": 10_000}),
        ("小红书链接", {"field": "profile_url", "platform": "xiaohongshu"}),
        ("instagram_handle", {"field": "handle", "platform": "instagram"}),
        ("twitterId", {"field": "handle", "platform": "x"}),
        ("YouTube Subscribers", {"field": "followers", "platform": "youtube"}),
        ("图文报价(元)", {"field": "price", "price_format": "image_text"}),
        ("1-20s视频报价", {"field": "price", "price_format": "xingtu_1_20s"}),
        ("21-60s报价", {"field": "price", "price_format": "xingtu_21_60s"}),
        ("60s以上报价", {"field": "price", "price_format": "xingtu_60s_plus"}),
        ("直播报价", {"field": "price", "price_format": "live"}),
        ("植入报价", {"field": "price", "price_format": "integrated"}),
        ("Precio por Story (EUR)", {"field": "price", "price_format": "story", "currency": "EUR"}),
        ("minCpm", {"field": "price", "price_format": "cpm"}),
        ("ER by views (%)", {"field": "engagement_rate", "unit": "percent", "basis": "views"}),
        ("Authentic engagement\n", {"field": "authentic_engagement"}),
        ("获赞与收藏", {"field": "total_likes"}),
        ("Audience country(mostly)", {"field": "audience_country"}),
        ("Likes", {"field": "avg_likes", "note": "average_or_total"}),
        ("Rank", {"field": "", "reason": "counter"}),
        ("近30天涨粉", {"field": ""}),
        ("Followers gained", {"field": "", "reason": "other_number"}),
        ("Peak viewers", {"field": "", "reason": "other_number"}),
        ("身份证号", {"field": "", "reason": "personal"}),
        ("Passport number", {"field": "", "reason": "personal"}),
        ("Bank account", {"field": "", "reason": "personal"}),
        ("Profile Image URL", {"field": ""}),
        ("Website", {"field": ""}),
        ("完播率", {"field": ""}),
    ],
)
def test_what_a_header_says_beside_its_field(header, expected):
    meaning = meaning_of(header)
    assert {key: getattr(meaning, key) for key in expected} == expected


def test_the_vocabulary_speaks_of_known_fields_only():
    assert set(v.EXACT) <= set(FIELDS)
    assert {f"avg_{metric}" for metric in v.METRICS if metric != "followers"} <= set(FIELDS)
    assert known_header("粉丝数") and not known_header("12345") and not known_header("leomessi")
    assert set(PRICE_FORMATS) >= {"post", "unspecified"}


def test_the_handle_is_found_among_columns_of_names_by_its_values():
    rows = [["Youtube channel", "youtuber name"], *([[f"chan{at}x", f"Some Body {at}"] for at in range(9)])]
    assert fields(mapping_of(rows)) == ["handle", "name"]
    flipped = [["youtuber name", "channel name"], *([[f"chan{at}x", f"Some Body {at}"] for at in range(9)])]
    assert fields(mapping_of(flipped)) == ["handle", "name"]
    plain = [["name", "followers"], *([[name, 9] for name in ("Alice", "Bruno", "Chen", "Dana", "Eve")])]
    assert fields(mapping_of(plain, "instagram.csv")) == ["name", "followers"], "Plain words are names, not logins"


def test_columns_without_known_names_are_told_by_their_values():
    rows = [["foo", "bar", "baz", "qux"]]
    rows += [
        [f"https://www.tiktok.com/@u{at}", f"u{at}@example.org", ["Japan", "Peru"][at % 2], "Beauty"] for at in range(8)
    ]
    mapping = mapping_of(rows)
    assert fields(mapping) == ["profile_url", "email", "country", "category"]
    assert (mapping.platform, mapping.platform_from) == ("tiktok", "link")


def test_a_file_without_headers_is_read_by_its_values_and_its_numbers_are_left_to_a_person():
    rows = [[f"https://www.instagram.com/user{at}/", 1000 + at, "Brazil"] for at in range(8)]
    table, mapping, parsed = read("list.csv", csv_bytes(rows))
    assert table.header.line == 0 and [note.code for note in table.problems] == ["no_header_row"]
    assert fields(mapping) == ["profile_url", "", "country"]
    assert [(one.line, one.row.handle) for one in parsed][:2] == [(1, "user0"), (2, "user1")]
    assert fields(mapping.with_field(1, "followers"))[1] == "followers"


def test_titles_above_the_header_and_headers_in_two_storeys():
    rows = [
        ["2024年达人名册", "", "", "", ""],
        ["", "", "", "", ""],
        ["昵称", "抖音", "", "小红书", ""],
        ["", "账号", "粉丝数", "小红书号", "粉丝数"],
        ["小美", "xiaomei", 120, "xmhs1", 340],
        ["阿强", "aqiang", 130, "aqhs1", 350],
    ]
    table, _mapping, parsed = read("r.xlsx", xlsx({"S": rows}))
    assert table.headers == ("昵称", "抖音 账号", "抖音 粉丝数", "小红书 小红书号", "小红书 粉丝数")
    assert [(one.line, one.row.platform, one.row.handle, one.row.followers, one.row.name) for one in parsed] == [
        (5, "douyin", "xiaomei", 120, "小美"),
        (5, "xiaohongshu", "xmhs1", 340, "小美"),
        (6, "douyin", "aqiang", 130, "阿强"),
        (6, "xiaohongshu", "aqhs1", 350, "阿强"),
    ]


def test_headers_off_by_one_are_warned_about():
    rows = [["Instagram handle", "Followers", "Country", "Email", ""]]
    rows += [[at, f"user_{at}", 1000 + at, "Japan", f"u{at}@example.org"] for at in range(8)]
    shifted = [problem for problem in mapping_of(rows).problems if problem.code == "headers_off_by_one"]
    assert [problem.params["shift"] for problem in shifted] == [1]
    straight = [rows[0], *([f"user_{at}", 1000 + at, "Japan", f"u{at}@example.org", ""] for at in range(8))]
    assert not [problem for problem in mapping_of(straight).problems if problem.code == "headers_off_by_one"]


def test_numeric_twins_are_paired_and_strangers_of_the_same_name_are_let_go():
    rows = [["instagram handle", "followers", "followers", "followers"]]
    rows += [[f"u{at}", f"{at + 1}.5K", (at + 1) * 1000 + 500, 7] for at in range(6)]
    mapping = mapping_of(rows)
    assert [column.twin for column in mapping.columns] == [None, None, 1, None]
    assert fields(mapping) == ["handle", "followers", "followers", ""]
    assert {problem.code for problem in mapping.problems} == {"column_ignored_twin", "column_conflict"}


def test_personal_columns_are_never_mapped():
    """Attack R13."""
    rows = [["昵称", "抖音号", "身份证号", "银行账号", "mystery"], ["小美", "xm01", "110101199001011234", "6222", "?"]]
    _table, mapping, parsed = read("r.csv", csv_bytes(rows), encoding="utf-8")
    assert fields(mapping) == ["name", "handle", "", "", ""]
    assert [problem.column for problem in mapping.problems] == ["身份证号", "银行账号"]
    assert "110101199001011234" not in repr(parsed) and "6222" not in repr(parsed)


def test_the_platform_is_known_from_the_files_name_when_nothing_nearer_says_it():
    rows = [["handle", "followers"], ["ann", 5], ["bo", 6]]
    assert mapping_of(rows, "top_insta_2024.csv").platform == "instagram"
    assert mapping_of(rows, "小红书达人.csv").platform == "xiaohongshu"
    assert mapping_of(rows, "list.csv").missing == ("platform",)
    assert platform_in_name("instagram-and-tiktok.csv") == "", "two are none"
    assert platform_in_name("youtubers_df.csv") == "youtube"
    assert platform_in_name("twitchdata-update.csv") == "twitch"
    assert platform_in_name("credit-redshift.csv") == ""
    named = [["Platform", *rows[0]], ["TikTok", "ann", 5], ["小红书", "xhs_bo", 6]]
    mapping = mapping_of(named, "instagram.csv")
    assert (mapping.platform, mapping.platform_from) == ("", "column")


def test_rates_take_their_unit_from_the_header_the_values_or_a_person():
    def unit(header, values, kind="csv"):
        rows = [["instagram handle", header], *([f"u{at}", value] for at, value in enumerate(values))]
        if kind == "xlsx":
            _, mapping, _ = read("r.xlsx", xlsx({"S": rows}))
            return mapping.columns[1].unit
        return mapping_of(rows).columns[1].unit

    assert unit("Engagement rate (%)", [0.5, 0.7]) == "percent"
    assert unit("Engagement rate", [0.5, 3.1]) == "percent"
    assert unit("Engagement rate", [0.005, 0.031]) == "", "0.5 may be half a percent or a half"
    assert unit("Engagement rate", [0.005, 0.031], "xlsx") == "ratio", "spreadsheets store percent as shares"


def test_what_a_person_settles_is_remembered_by_header_and_as_json():
    rows = [["who", "instagram handle", "audience size"], ["Ann", "ann", 5], ["Bo", "bo", 6]]
    mapping = mapping_of(rows)
    assert fields(mapping) == ["", "handle", ""]
    settled = mapping.with_field(2, "followers", scale=10_000).with_field(0, "name").with_platform("instagram")
    memory = json.loads(json.dumps(settled.remembered()))
    again = mapping_of(rows).recalled(memory)
    assert fields(again) == ["name", "handle", "followers"] and again.columns[2].scale == 10_000
    assert again.platform == "instagram"
    assert fields(mapping_of(rows).recalled({"columns": {"who": {"field": "hacked"}}})) == ["", "handle", ""]
    with pytest.raises(LookupError):
        mapping.with_field(0, "salary")


def test_bare_prices_wish_for_a_currency():
    rows = [["instagram handle", "price"], ["ann", 500], ["bo", 700]]
    assert mapping_of(rows).wishes == ("currency",)
    assert mapping_of([["instagram handle", "price (USD)"], *rows[1:]]).wishes == ()
