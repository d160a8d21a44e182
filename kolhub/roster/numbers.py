"""Read the numbers that people type: 1.2M, 4.53w, 3.2万, 1亿, 12,345, 1.39%. Never guess.

Every reading is a value, or nothing (the cell says "unknown"), or a problem code from problems.py.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

DecimalMark = Literal[".", ",", ""]
RateUnit = Literal["percent", "ratio", ""]

MISSING = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "—",
        "–",
        "/",
        "\\",
        ".",
        "?",
        "？",
        "n/a",
        "n.a.",
        "na",
        "#n/a",
        "#n/d",
        "#nv",
        "nan",
        "nan%",
        "nil",
        "null",
        "none",
        "unknown",
        "not available",
        "tbd",
        "tba",
        "未知",
        "暂无",
        "暫無",
        "无",
        "無",
        "没有",
        "缺失",
        "不详",
        "待定",
        "不明",
        "なし",
        "未定",
        "없음",
        "미정",
        "desconocido",
        "desconhecido",
        "sin datos",
        "s/d",
        "inconnu",
        "unbekannt",
        "k.a.",
        "н/д",
        "нет",
        "_",
    }
)

# Two of these deserve a reason: 'm' is a million in every roster seen, never a thousandth; 'mil' is a thousand
# in Spanish and Portuguese and a million in English slang, so it is refused.
UNITS: dict[str, int] = {
    **dict.fromkeys(("k", "千", "천", "thousand", "тыс", "тыс.", "rb", "ribu"), 10**3),
    **dict.fromkeys(("w", "万", "萬", "만"), 10**4),
    **dict.fromkeys(("lakh", "lakhs", "lac", "十万", "十萬"), 10**5),
    **dict.fromkeys(("m", "mm", "mn", "mi", "mio", "mio.", "mln", "million", "millions", "millones", "millón"), 10**6),
    **dict.fromkeys(("milhão", "milhões", "млн", "млн.", "百万", "百萬", "jt", "juta", "백만"), 10**6),
    **dict.fromkeys(("crore", "crores", "cr", "千万", "千萬", "천만"), 10**7),
    **dict.fromkeys(("亿", "億", "억"), 10**8),
    **dict.fromkeys(("b", "bn", "billion", "млрд", "млрд.", "十亿", "十億"), 10**9),
}  # fmt: skip

_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_DIGITS = r"\d[\d.,]*"
_PLAIN = re.compile(r"\d{1,15}")
_SIMPLE = re.compile(rf"({_DIGITS})({_UNIT})?")
_COMPOSITE = re.compile(rf"(?:{_DIGITS}(?:{_UNIT}))+(?:{_DIGITS})?")
_PIECE = re.compile(rf"({_DIGITS})({_UNIT})?")
_RANGE = re.compile(rf"({_DIGITS}(?:{_UNIT})?)(?:-|~|–|—|至|到|to|a|à|до)+({_DIGITS}(?:{_UNIT})?)")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+")
_ERROR = re.compile(r"#+|#[^\s#]{2,12}[!?]|err:\d+")
_NOUN = re.compile(
    r"(?:followers?|subscribers?|subs|fans?|views?|likes?|listeners?|posts?|seguidores|suscriptores|inscritos|абонентов|"
    r"粉丝|粉絲|粉|人|次|个|個|名|位|条|條|フォロワー|回|명|회)$"
)
_THOUSANDS_COMMA = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}")
_THOUSANDS_DOT = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")

MAX_WRITTEN = 100
# A double holds 15 significant digits for certain; spreadsheets show zeros for the rest.
SAFE_FLOAT = 10.0**15


@dataclass(frozen=True, slots=True)
class Number:
    """A reading: `value` and the `step` of its last written digit, or None with a `problem` (None: unknown).

    `note` is lower_bound for '10w+' and approximate_number for '约3万'.
    """

    value: Decimal | None = None
    step: Decimal = Decimal(1)
    problem: str | None = None
    note: str | None = None

    def agrees_with(self, other: "Number") -> bool:
        """Tell whether two writings can be the same number: 409.8M and 409812345 can."""
        if self.value is None or other.value is None:
            return True
        # Half a step for rounding, a whole one because some exports cut off instead of rounding.
        return abs(self.value - other.value) < max(self.step, other.step) or self.value == other.value


_UNKNOWN = Number()


def simplify(text: str) -> str:
    """Return the text as numbers are read: NFKC, case folded, any script's digits as ASCII, no blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if any(c > "\x7f" and c.isdecimal() for c in text):
            text = "".join(str(unicodedata.decimal(c)) if c > "\x7f" and c.isdecimal() else c for c in text)
    # Blanks and apostrophes inside a number group thousands or are a slip: "12 345" but not "3 5".
    text = re.sub(r"(?<=\d)[\s'’`´](?=\d{3}(?!\d))", "", text.casefold())
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text)


def is_missing(text: str) -> bool:
    """Tell whether the cell says that nothing is known."""
    return text.strip().casefold() in MISSING


def read_number(cell: object, mark: DecimalMark = "") -> Number:
    """Read a cell as a number of zero or more; `mark` is the column's decimal mark when that is known."""
    if cell is None:
        return _UNKNOWN
    if isinstance(cell, bool):
        return Number(problem="not_a_number")
    if isinstance(cell, int):
        return Number(Decimal(cell)) if cell >= 0 else Number(problem="negative_number")
    if isinstance(cell, float):
        return _read_float(cell)
    text = str(cell)
    # Before the cache, which must not be filled with texts of a hundred kilobytes.
    return _read_text(text, mark) if len(text) <= MAX_WRITTEN else Number(problem="not_a_number")


def _read_float(cell: float) -> Number:
    if not math.isfinite(cell):
        return _UNKNOWN
    if cell < 0:
        return Number(problem="negative_number")
    if cell >= SAFE_FLOAT:
        return Number(problem="precision_lost")
    value = Decimal(repr(cell)) if cell != int(cell) else Decimal(int(cell))
    return Number(value, min(Decimal(1), Decimal(1).scaleb(int(value.as_tuple().exponent))))


@lru_cache(maxsize=16384)
def _read_text(raw: str, mark: DecimalMark) -> Number:
    if _PLAIN.fullmatch(raw) and raw.isascii():
        return Number(Decimal(raw))
    if is_missing(raw):
        return _UNKNOWN
    text = simplify(raw)
    if text in MISSING:
        return _UNKNOWN
    refusal = _refusal(text)
    if refusal:
        return Number(problem=refusal)
    text, note = _without_hedges(text)
    text = _NOUN.sub("", text) or text
    if _RANGE.fullmatch(text):
        return Number(problem="number_range")
    if re.fullmatch(rf"{_DIGITS}mil", text):
        return Number(problem="ambiguous_unit")
    simple = _SIMPLE.fullmatch(text)
    if simple:
        reading = _read_digits(simple[1], simple[2], mark)
    elif _COMPOSITE.fullmatch(text):
        reading = _read_composite(text, mark)
    else:
        return Number(problem="malformed_number" if re.fullmatch(r"[\d.,\s]+", text) else "not_a_number")
    return Number(reading.value, reading.step, reading.problem, note) if note else reading


def _refusal(text: str) -> str | None:
    """Return why the simplified text is no number at all; None when it is worth reading on."""
    if _ERROR.fullmatch(text):
        return "spreadsheet_error"
    if _SCIENTIFIC.fullmatch(text):
        return "scientific_notation"
    if text.startswith(("-", "−")) and _SIMPLE.fullmatch(text[1:]):
        return "negative_number"
    return None


def _without_hedges(text: str) -> tuple[str, str | None]:
    """Return the text without its 'about' or 'at least', and the note that this makes."""
    bare = re.sub(r"^(?:>=?|≥|超过|超過|超|over|más de|mais de)|(?:\+|以上|多|余|餘|起)$", "", text)
    if bare != text:
        return bare, "lower_bound"
    bare = re.sub(r"^(?:~|≈|约|約|大约|about|ca\.?|approx\.?|aprox\.?)|(?:左右|上下|程度|정도)$", "", text)
    return (bare, "approximate_number") if bare != text else (text, None)


def _read_digits(digits: str, unit: str | None, mark: DecimalMark) -> Number:
    plain = _plain_decimal(digits, mark, bool(unit))
    if plain in {"ambiguous_separator", "malformed_number"}:
        return Number(problem=plain)
    value, factor = Decimal(plain), UNITS[unit] if unit else 1
    step = Decimal(1).scaleb(min(0, int(value.as_tuple().exponent))) * factor
    return Number(value * factor, step)


def _plain_decimal(digits: str, mark: DecimalMark, has_unit: bool) -> str:
    """Return the digits with a point for the decimal mark and no grouping, or a problem code."""
    dots, commas = digits.count("."), digits.count(",")
    if not dots and not commas:
        return digits
    if digits[-1] in ".,":
        return "malformed_number"
    if dots and commas:
        decimal = "." if digits.rfind(".") > digits.rfind(",") else ","
        group = "," if decimal == "." else "."
        whole, _, rest = digits.rpartition(decimal)
        grouped = _THOUSANDS_COMMA if group == "," else _THOUSANDS_DOT
        good = digits.count(decimal) == 1 and grouped.fullmatch(whole) and (not mark or mark == decimal)
        return whole.replace(group, "") + "." + rest if good else "malformed_number"
    if commas:
        return _only_commas(digits, mark, has_unit)
    return _only_dots(digits, mark, has_unit)


def _only_commas(digits: str, mark: DecimalMark, has_unit: bool) -> str:
    if digits.count(",") > 1:
        good = _THOUSANDS_COMMA.fullmatch(digits) and mark != ","
        return digits.replace(",", "") if good else "malformed_number"
    looks_grouped = _THOUSANDS_COMMA.fullmatch(digits) is not None
    if mark == ",":
        return digits.replace(",", ".")
    if looks_grouped and not (has_unit and not mark):
        return digits.replace(",", "")
    if looks_grouped or mark == "." or not has_unit:
        return "ambiguous_separator"
    return digits.replace(",", ".")


def _only_dots(digits: str, mark: DecimalMark, has_unit: bool) -> str:
    if digits.count(".") > 1:
        good = _THOUSANDS_DOT.fullmatch(digits) and mark != "."
        return digits.replace(".", "") if good else "malformed_number"
    if not _THOUSANDS_DOT.fullmatch(digits):
        return digits if mark != "," or has_unit else "ambiguous_separator"
    if mark == ",":
        return digits.replace(".", "")
    return digits if mark == "." or has_unit else "ambiguous_separator"


def _read_composite(text: str, mark: DecimalMark) -> Number:
    """Read '1亿2000万': pieces whose units fall from left to right, added up."""
    total, step, last = Decimal(0), Decimal(1), 10**12
    for digits, unit in _PIECE.findall(text):
        piece, factor = _read_digits(digits, unit or None, mark), UNITS[unit] if unit else 1
        if piece.value is None or factor >= last or piece.value >= last:
            return Number(problem="malformed_number")
        total, step, last = total + piece.value, piece.step, factor
    return Number(total, step)


def decimal_mark(values: Iterable[object]) -> DecimalMark:
    """Return the decimal mark that a column's values prove between them, or '' when they do not."""
    votes = {".": 0, ",": 0}
    for value in values:
        if not isinstance(value, str):
            continue
        match = re.search(r"\d[\d.,]*", simplify(value[:MAX_WRITTEN]))
        digits = match[0].rstrip(".,") if match else ""
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d+\.(?:\d{1,2}|\d{4,})", digits):
            votes["."] += 1
        elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,(?:\d{1,2}|\d{4,})", digits):
            votes[","] += 1
    # One odd cell proves nothing: "12,3" may be a broken 12,300 as well as 12.3.
    if votes["."] >= 3 and not votes[","]:
        return "."
    return "," if votes[","] >= 3 and not votes["."] else ""


def read_rate(cell: object, unit: RateUnit = "", mark: DecimalMark = "") -> Number:
    """Read a percentage or ratio as a share of one: '1.39%' → 0.0139. A bare number needs the column's unit."""
    if isinstance(cell, str) and len(cell) > MAX_WRITTEN:
        return Number(problem="not_a_rate")
    text = simplify(cell) if isinstance(cell, str) else ""
    percent = text.endswith("%")
    if percent:
        if "%" in text[:-1]:
            return Number(problem="number_range")
        cell = text[:-1]
        if not isinstance(cell, str) or is_missing(cell):
            return _UNKNOWN
        # Nobody groups thousands of percent: "1,39%" and "1,390%" can only be decimal.
        if "." not in cell and cell.count(",") == 1:
            cell = cell.replace(",", ".")
            mark = "."
        elif cell.count(".") == 1:
            mark = "."
    reading = read_number(cell, mark)
    if reading.problem in {"not_a_number", "malformed_number"}:
        return Number(problem="not_a_rate")
    if reading.value is None:
        return reading
    if not percent and not unit and reading.value != 0:
        return Number(problem="rate_unit_unknown")
    scale = Decimal(1) if not percent and unit == "ratio" else Decimal(100)
    return Number(reading.value / scale, reading.step / scale, note=reading.note)
