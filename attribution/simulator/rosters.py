"""A roster as an agency would send it: two languages, units of ten thousand, gaps and a few mistakes."""

import csv
import io

import numpy as np

_GIVEN = (
    "Ada Bao Cem Dana Elif Femi Gia Hana Ines Jun Kai Lena Mara Nico Olu Pia Quinn Rosa Sami Tala Uma Vera Wen Xenia"
    " Yara Zoe Aiko Bruna Caio Davi"
).split()
_FAMILY = (
    "Almeida Brandt Chen Duarte Eze Ferreira Grant Hoshino Ivanova Jansen Kim Lopes Meyer Novak Okafor Park".split()
)
_CHINESE = "小满 阿岳 大橙 米可 林夏 江鱼 白桃 苏木 南枝 木子 青禾 七喜 豆豆 可可 云朵 晚晚".split()
_CATEGORIES = ("美妆", "美食", "户外", "母婴", "数码", "时尚", "健身", "旅行")
_COUNTRIES = ("美国", "巴西", "德国", "英国", "法国", "日本", "韩国", "荷兰")
_PLATFORMS = (("Instagram", 1.0), ("TikTok", 2.2), ("YouTube", 1.4))

HEADER = (
    "达人编号", "昵称", "平台", "账号", "粉丝数", "平均播放", "平均点赞", "平均评论", "国家", "类目",
    "单条报价(USD)", "邮箱", "微信",
)  # fmt: skip


def make_roster(seed: int, creators: int) -> bytes:
    """Return a roster as CSV in GB18030, the encoding in which such files mostly come."""
    rng = np.random.default_rng([seed, 7])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number in range(1, creators + 1):
        given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number * 7 % len(_FAMILY)]
        chinese = rng.random() < 0.25
        name = f"{_CHINESE[number % len(_CHINESE)]}{family if number % 3 else ''}" if chinese else f"{given} {family}"
        platform, factor = _PLATFORMS[int(rng.integers(len(_PLATFORMS)))]
        followers = int(np.exp(rng.normal(11.2, 1.1)))
        views = int(followers * factor * rng.uniform(0.05, 0.5))
        likes = int(views * rng.uniform(0.02, 0.12))
        price = int(max(80, followers / 1000 * rng.uniform(6, 16)) // 10 * 10)
        writer.writerow(
            [
                f"SL-{number:04}",
                name,
                platform,
                f"@{given.lower()}.{family.lower()}{number}",
                _written(rng, followers),
                _written(rng, views),
                likes,
                likes // 25,
                _COUNTRIES[int(rng.choice(len(_COUNTRIES), p=_WEIGHTS))],
                _CATEGORIES[int(rng.choice(len(_CATEGORIES), p=_TASTE))],
                price if rng.random() < 0.9 else "面议",
                f"{given.lower()}{number}@creators.example" if rng.random() < 0.7 else "",
                f"wx_{given.lower()}{number}" if chinese else "",
            ]
        )
    # What rosters are like: a line without a name, a range instead of a number, the same line twice.
    writer.writerow([f"SL-{creators + 1:04}", "", "Instagram", "", "12万", "", "", "", "美国", "美妆", "", "", ""])
    writer.writerow(
        [f"SL-{creators + 2:04}", "Rai Novak", "TikTok", "@rai.novak", "3K-30K", "N/A", "", "", "巴西", "美食"]
        + [""] * 3
    )
    writer.writerow(
        [f"SL-{creators + 2:04}", "Rai Novak", "TikTok", "@rai.novak", "3K-30K", "N/A", "", "", "巴西", "美食"]
        + [""] * 3
    )
    return text.getvalue().encode("gb18030")


_WEIGHTS = (0.4, 0.15, 0.12, 0.1, 0.08, 0.05, 0.05, 0.05)
_TASTE = (0.4, 0.12, 0.08, 0.1, 0.08, 0.12, 0.05, 0.05)


def _written(rng: np.random.Generator, number: int) -> str:
    """Write a number as spreadsheets of the trade do: 45300, 4.53w, 4.53万 or 45.3K."""
    style = int(rng.integers(4))
    if style == 0 or number < 10_000:
        return str(number)
    if style == 3:
        return f"{number / 1000:.1f}K"
    return f"{number / 10_000:.2f}{'w' if style == 1 else '万'}"
