"""Countries and languages by whatever name a roster gives them: ISO 3166-1 alpha-2 and BCP 47 codes.

Names come from the Unicode CLDR through babel, in the languages below; what people write besides is added here.
"""

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from babel.core import get_global

NAME_LOCALES = (
    "en",
    "zh_Hans",
    "zh_Hant",
    "es",
    "pt",
    "ja",
    "ko",
    "fr",
    "de",
    "it",
    "ru",
    "id",
    "vi",
    "th",
    "tr",
    "ar",
)

_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "DG", "EA", "IC", "TA"})
_COUNTRY_EXTRAS: dict[str, str] = {
    "US": "usa|u s a|u s|us|america|united states of america|eeuu|ee uu|eua|美",
    "GB": "uk|u k|england|scotland|wales|great britain|britain",
    "KR": "korea|republic of korea|korea south|韩",
    "AE": "uae",
    "SA": "ksa",
    "RU": "russian federation",
    "VN": "viet nam",
    "CZ": "czech republic",
    "NL": "holland|the netherlands",
    "TR": "turkey|turkiye",
    "MM": "burma",
    "CI": "ivory coast|cote d ivoire",
    "CN": "中国大陆|中国大陸|大陆|mainland china|prc|china mainland|国内|中华人民共和国",
    "HK": "hong kong|hongkong|香港|中国香港",
    "MO": "macau|macao|澳门|澳門|中国澳门",
    "TW": "taiwan|台湾|台灣|臺灣|中国台湾",
    "JP": "日本国",
    "BR": "brasil",
    "ES": "espana",
    "DE": "deutschland",
    "PS": "palestine",
    "MK": "macedonia",
    "IR": "iran islamic republic of",
    "SY": "syrian arab republic",
    "MD": "republic of moldova",
    "CV": "cape verde",
}
# How a Chinese 地区 cell begins: the mainland's divisions and the cities that rosters name most.
_CHINESE_PLACE = re.compile(
    "中国|北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川"
    "|贵州|云南|陕西|甘肃|青海|内蒙古|广西|西藏|宁夏|新疆|广州|深圳|杭州|成都|武汉|南京|西安|长沙|苏州|厦门|郑州|青岛"
)
_LANGUAGE_EXTRAS: dict[str, str] = {
    "zh": "chinese|mandarin|putonghua|普通话|国语|國語|中文|汉语|漢語|华语|cn",
    "zh-Hans": "simplified chinese|简体中文|简体",
    "zh-Hant": "traditional chinese|繁體中文|繁体中文|繁體",
    "yue": "cantonese|粤语|粵語|广东话",
    "en": "eng|英文|英语",
    "ja": "日文|日语|jp",
    "ko": "韩文|韩语|kr",
    "es": "castellano|西语",
    "fr": "法文",
    "de": "德文",
    "pt": "葡语",
    "fil": "tagalog|filipino",
    "fa": "farsi",
    "id": "bahasa|bahasa indonesia",
    "ms": "bahasa melayu",
    "pt-BR": "brazilian portuguese",
    "es-MX": "mexican spanish",
    "en-US": "american english",
    "en-GB": "british english",
}


def folded(name: str) -> str:
    """Return the name as it is looked up: no case, accents or punctuation, single blanks."""
    text = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(" " if not c.isalnum() else c for c in text if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _by_name(extras: dict[str, str]) -> dict[str, str]:
    return {folded(name): code for code, names in extras.items() for name in names.split("|")}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in NAME_LOCALES:
        for code, name in Locale.parse(tag).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY:
                found.setdefault(folded(name), code)
                found[code.lower()] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and len(codes[0]) == 2:
            found.setdefault(alias.lower(), codes[0])
    return found | _by_name(_COUNTRY_EXTRAS)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in NAME_LOCALES:
        for code, name in Locale.parse(tag).languages.items():
            if code.isalpha() and 2 <= len(code) <= 3:
                found.setdefault(folded(name), code)
                found[code] = code
    return found | _by_name(_LANGUAGE_EXTRAS)


@lru_cache(maxsize=4096)
def country_code(name: str) -> str | None:
    """Return the alpha-2 code of a country in any of the languages, or of a Chinese province; None if unknown."""
    key = folded(name)
    found = _countries().get(key)
    if found or not key:
        return found
    # "中国·浙江", "CN - Zhejiang", "浙江杭州"
    pieces = [piece.strip() for piece in re.split(r"[-–—/·,，、|()（）]| - ", name) if piece.strip()]
    if len(pieces) > 1 and (found := _countries().get(folded(pieces[0]))):
        return found
    text = unicodedata.normalize("NFKC", name).strip()
    return "CN" if _CHINESE_PLACE.match(text) else None


def repaired(name: str) -> str | None:
    """Return the text that was UTF-8 read as cp1252 ('CÃ´te'), or None when it was not."""
    try:
        text = name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return text if text != name else None


@lru_cache(maxsize=4096)
def language_code(name: str) -> str | None:
    """Return the language's code ('en', 'zh-Hant') of a name in any of the languages, or of a tag like en-US."""
    found = _languages().get(folded(name))
    if found:
        return found
    match = re.fullmatch(r"([A-Za-z]{2,3})[-_]([A-Za-z]{4}|[A-Za-z]{2})", name.strip())
    if match and match[1].lower() in _languages():
        base = _languages()[match[1].lower()]
        if len(match[2]) == 4:
            return f"{base}-{match[2].title()}"
        return f"{base}-{match[2].upper()}" if _countries().get(match[2].lower()) else None
    return None
