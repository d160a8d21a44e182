"""Read the small things in a roster: e-mails, dates, yes and no, kinds of creator, lists in one cell."""

import datetime
import re
from functools import lru_cache

from kolhub.platforms.text import visible
from kolhub.roster.numbers import is_missing

# Practical form, RFC 5321 lengths; what matters is that a mail can be addressed to it.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_YES = frozenset(
    [
        "true",
        "yes",
        "y",
        "1",
        "是",
        "有",
        "可",
        "可以",
        "对",
        "はい",
        "예",
        "네",
        "si",
        "sí",
        "sim",
        "ja",
        "oui",
        "да",
        "✓",
        "√",
        "v",
        "x",
    ]
) - {"x"}
_NO = frozenset(
    [
        "false",
        "no",
        "n",
        "0",
        "否",
        "无",
        "無",
        "不",
        "不可",
        "不可以",
        "いいえ",
        "아니요",
        "nao",
        "não",
        "nein",
        "non",
        "нет",
        "×",
        "✗",
    ]
)

KINDS: dict[str, str] = {
    **dict.fromkeys(("human", "person", "creator", "真人", "个人", "人", "personal"), "human"),
    **dict.fromkeys(
        ("virtual", "vtuber", "avatar", "虚拟", "虚拟人", "数字人", "虛擬", "バーチャル", "버추얼"), "virtual"
    ),
    **dict.fromkeys(
        ("in-house", "in house", "inhouse", "brand", "自有", "自营", "自播", "品牌号", "官方", "企业号"), "in_house"
    ),
}
_SPLIT = re.compile(r"[,;|、，；｜/\n]+")
_WHOLE_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?")
_SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def read_emails(raw: str) -> tuple[tuple[str, ...], bool]:
    """Return (addresses in the cell, whether the cell held something else that looked meant as one)."""
    text = visible(raw)
    found = tuple(dict.fromkeys(match.rstrip(".") for match in _EMAIL.findall(text)))
    return found, not found and not is_missing(text)


def read_bool(raw: object) -> bool | None:
    """Return yes or no, or None when the cell says neither."""
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().casefold()
    return True if text in _YES else False if text in _NO else None


def read_kind(raw: str) -> str | None:
    """Return human, virtual or in_house; None when the cell says something else."""
    return KINDS.get(visible(raw).casefold())


@lru_cache(maxsize=2048)
def read_date(raw: str) -> tuple[datetime.date | None, str | None]:
    """Return (date, None), or (None, problem): day and month are not told apart by guessing."""
    text = raw.strip()
    match = _WHOLE_DATE.fullmatch(text)
    if match:
        return _date(int(match[1]), int(match[2]), int(match[3]))
    match = _SHORT_DATE.fullmatch(text)
    if match:
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if first == second or second > 12:
            return _date(year, first, second)
        return _date(year, second, first) if first > 12 else (None, "date_ambiguous")
    return None, "date_invalid"


def _date(year: int, month: int, day: int) -> tuple[datetime.date | None, str | None]:
    try:
        return datetime.date(year, month, day), None
    except ValueError:
        return None, "date_invalid"


def split_list(raw: str) -> tuple[str, ...]:
    """Return the pieces of a cell that lists things, without blanks and repeats."""
    pieces = (piece.strip() for piece in _SPLIT.split(raw))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))
