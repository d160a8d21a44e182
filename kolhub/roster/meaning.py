"""What one column header means: a field, and what it adds about platform, unit, price format and currency."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from kolhub.roster import vocabulary as v
from kolhub.roster.money import currency_named
from kolhub.roster.numbers import UNITS
from kolhub.roster.places import folded

# A header is taken apart in words; these fields may also be recognised inside a longer header.
_INSIDE = (
    "audience_country",
    "email",
    "wechat",
    "whatsapp",
    "phone",
    "coupon",
    "category",
    "language",
    "country",
    "bio",
    "notes",
    "agent",
    "profile_url",
    "platform",
    "handle",
    "name",
)
_NOT_A_PROFILE = (
    "image|avatar|logo|photo|picture|cover|video|post|website|web|thumbnail|头像|封面|视频|作品|图片|笔记|代表作"
)
_BASIS = (
    ("views", "views|view|plays|播放|阅读|再生|조회"),
    ("reach", "reach|impressions|曝光"),
    ("followers", "followers|fans|粉丝|フォロワー|팔로워"),
)
_FORMATS = (
    ("xingtu_1_20s", r"1 ?20 ?(?:s|秒)|20 ?(?:s|秒)以内"),
    ("xingtu_21_60s", r"21 ?60 ?(?:s|秒)"),
    ("xingtu_60s_plus", r"60 ?(?:s|秒) ?(?:以上)?"),
    ("live", r"\blives?\b|\blivestream|直播|ライブ|라이브"),
    ("story", r"\bstor(?:y|ies)\b|快拍|限动|限動|ストーリー|스토리"),
    ("reel", r"\breels?\b|リール|릴스"),
    ("short", r"\bshorts?\b|ショート|쇼츠"),
    ("dedicated", r"dedicated|定制|專屬|专属"),
    ("integrated", r"integrat|植入|整合"),
    ("image_text", r"图文|圖文|image"),
    ("video", r"video|vídeo|视频|影片|動画|동영상|영상"),
    ("post", r"\bposts?\b|笔记|貼文|投稿|게시물|publicacion"),
)
_SCALE = re.compile(r"[(（\[]\s*(?:单位[:：])?\s*(\S{1,4}?)\s*(?:元|人|次|个)?\s*[)）\]]|单位[:：]\s*(\S{1,2})")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A header understood. `field` '' with a `reason` counter or personal: known, and not wanted.

    `confidence` is 1 for a name that means nothing else, less for words inside a longer header.
    """

    field: str = ""
    platform: str = ""
    confidence: float = 0.0
    reason: str = ""
    unit: str = ""
    scale: int = 1
    price_format: str = ""
    currency: str = ""
    basis: str = ""
    note: str = ""


@lru_cache(maxsize=4096)
def meaning_of(header: str) -> Meaning:
    """Return what the header means; an empty Meaning when nothing in it is known."""
    text = v.fold_header(header)
    if not text or len(header) > 80:
        return Meaning()
    if text in v.words(v.COUNTERS) or header.strip() in {"#", "№"}:
        return Meaning(reason="counter", confidence=1.0)
    platform, rest = _without_platform(text)
    found = _field_of(header, rest if platform else text, bool(platform))
    return replace(found, platform=platform)


def known_header(cell: str) -> bool:
    """Tell whether the cell reads like the header of a column."""
    if not cell or len(cell) > 60:
        return False
    meaning = meaning_of(cell)
    return bool(meaning.reason or (meaning.field and meaning.confidence >= 0.5))


def _without_platform(text: str) -> tuple[str, str]:
    """Return (platform key, the rest of the header); only words that stand alone count as short names."""
    for name, platform in v.platform_words():
        if not v.says(text, (name,)):
            continue
        if v.UNPARTED.search(name):
            return platform.key, text.replace(name, "").strip()
        return platform.key, f" {text} ".replace(f" {name} ", " ").strip()
    return "", text


def _field_of(header: str, text: str, has_platform: bool) -> Meaning:
    bare = re.sub(r"\s\d{1,2}$", "", text)
    exact = v.exact_index().get(text) or v.exact_index().get(bare)
    if exact and header.strip() != "_id":
        return Meaning(exact, confidence=1.0, unit=_rate_unit(header) if exact == "audience_female" else "")
    if header.strip() == "_id":
        return Meaning("external_ref", confidence=0.9)
    if has_platform and bare in {"", "号", "號", "id号", "id", "ids", "uid", "mid", "账号id", "user", "号id"}:
        return Meaning("handle", confidence=0.9)
    if v.says(text, v.words(v.PERSONAL)):
        return Meaning(reason="personal", confidence=1.0)
    price = v.says(text, v.words(v.PRICE))
    if price:
        return _price(header, text, price)
    return _metric(header, text) or _inside(text)


def _price(header: str, text: str, word: str) -> Meaning:
    formats = (key for key, pattern in _FORMATS if re.search(pattern, text))
    price_format = "cpm" if "cpm" in word else next(formats, "unspecified")
    currency, _ = currency_named(header)
    return Meaning("price", "", 0.9, scale=_scale(header), price_format=price_format, currency=currency)


def _metric(header: str, text: str) -> Meaning | None:
    """Return the metric in the header, or None; a growth, peak or rank is another number and stays unmapped."""
    metric = next((key for key, names in v.METRICS.items() if v.says(text, v.words(names))), "")
    if not metric:
        return None
    if v.says(text, v.words(v.AUDIENCE)) and v.says(text, v.words(v.EXACT["country"])):
        return Meaning("audience_country", confidence=0.8)
    average, total = v.says(text, v.words(v.AVERAGE)), v.says(text, v.words(v.TOTAL))
    rate = v.says(text, v.words(v.RATE)) or "%" in header
    if v.says(text, v.words(v.OTHER_NUMBER)):
        return Meaning(reason="other_number", confidence=0.5)
    if rate:
        return _rate(header, text) if v.says(text, v.words(v.METRICS["engagement"])) else Meaning()
    scale = _scale(header)
    if metric == "followers":
        return Meaning("followers", confidence=0.9, scale=scale) if not average else Meaning()
    if total:
        return Meaning("total_likes", confidence=0.9, scale=scale) if metric == "likes" else Meaning()
    if metric == "engagement" and re.search(r"\bauth", text):
        return Meaning("authentic_engagement", confidence=0.9, scale=scale)
    note = "" if average else "average_or_total"
    return Meaning(f"avg_{metric}", confidence=0.9 if average else 0.6, scale=scale, note=note)


def _rate(header: str, text: str) -> Meaning:
    basis = next((key for key, names in _BASIS if v.says(text, v.words(names))), "")
    return Meaning("engagement_rate", confidence=0.9, unit=_rate_unit(header), basis=basis)


def _rate_unit(header: str) -> str:
    """Return percent when the header says so."""
    return "percent" if "%" in header or "％" in header or re.search(r"(?i)perc|pct", header) else ""


def _inside(text: str) -> Meaning:
    """Return the field with the longest name inside a longer header."""
    best, field = "", ""
    for key in _INSIDE:
        if key == "profile_url" and names_no_profile(text):
            continue
        names = tuple(name for name in v.words(v.EXACT[key]) if len(name) > 1 and name not in {"id", "about", "data"})
        found = v.says(text, tuple(sorted(names, key=len, reverse=True)))
        if len(found) > len(best):
            best, field = found, key
    return Meaning(field, confidence=0.5 if len(best) * 2 >= len(text) else 0.4) if field else Meaning()


def names_no_profile(header: str) -> bool:
    """Tell whether a header speaks of other links than a profile's: pictures, posts, an own website."""
    return bool(v.says(v.fold_header(header), v.words(_NOT_A_PROFILE)))


def _scale(header: str) -> int:
    """Return the factor that the header declares, as in 粉丝数(万)."""
    match = _SCALE.search(header)
    unit = folded(match[1] or match[2] or "") if match else ""
    return UNITS.get(unit, 1)
