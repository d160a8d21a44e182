"""Read prices with their currency: '¥3,000', '2.5万元', 'US$ 500/post', 'R$ 1.200,00'. Never guess the currency."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel.core import get_global

from kolhub.roster.numbers import DecimalMark, is_missing, read_number, simplify

# Minor units other than two in ISO 4217, list one (maintained by SIX).
_MINOR_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
        ),
        0,
    ),
    "XPF": 0,
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

# Longest first, so that US$ is not read as $.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("人民币", "CNY"), ("人民幣", "CNY"), ("rmb", "CNY"), ("cn¥", "CNY"), ("元人民币", "CNY"),
    ("港币", "HKD"), ("港幣", "HKD"), ("港元", "HKD"), ("hk$", "HKD"),
    ("新台币", "TWD"), ("新臺幣", "TWD"), ("新台幣", "TWD"), ("台币", "TWD"), ("台幣", "TWD"), ("nt$", "TWD"),
    ("美元", "USD"), ("美金", "USD"), ("us$", "USD"), ("usd$", "USD"), ("달러", "USD"),
    ("日元", "JPY"), ("日圓", "JPY"), ("日币", "JPY"), ("円", "JPY"), ("jp¥", "JPY"),
    ("欧元", "EUR"), ("歐元", "EUR"), ("€", "EUR"), ("euros", "EUR"), ("euro", "EUR"),
    ("英镑", "GBP"), ("英鎊", "GBP"), ("£", "GBP"),
    ("韩元", "KRW"), ("韓元", "KRW"), ("₩", "KRW"), ("원", "KRW"),
    ("r$", "BRL"), ("reais", "BRL"), ("s$", "SGD"), ("a$", "AUD"), ("au$", "AUD"), ("c$", "CAD"), ("ca$", "CAD"),
    ("mx$", "MXN"), ("mex$", "MXN"), ("₹", "INR"), ("rs.", "INR"), ("₫", "VND"), ("฿", "THB"), ("บาท", "THB"),
    ("₽", "RUB"), ("руб", "RUB"), ("₺", "TRY"), ("₱", "PHP"), ("₪", "ILS"), ("zł", "PLN"), ("rp", "IDR"), ("rm", "MYR"),
    ("د.إ", "AED"), ("﷼", "SAR"),
)  # fmt: skip
_AMBIGUOUS = {"¥": ("CNY", "JPY"), "元": ("CNY", "TWD", "HKD"), "块": ("CNY",)}
_DOLLARS = ("USD", "AUD", "CAD", "HKD", "SGD", "TWD", "NZD", "MXN", "BRL", "CLP", "COP", "ARS")
_BY_SIGN = tuple(sorted(_SIGNS, key=lambda pair: -len(pair[0])))
_BARE = re.compile(r"\s*[0-9][0-9.,]*\s*")
_ON_REQUEST = re.compile(
    r"面议|面議|可议|可議|议价|詳談|详谈|询价|詢價|negotiable|on request|upon request|\bdm\b|contact|tbd|a consultar|"
    r"sob consulta|要相談|応相談|협의|문의",
    re.IGNORECASE,
)
_PER = re.compile(
    r"(?:/|per|每|一|por|pro|／)(?:条|條|篇|个|個|次|場|场|post|video|reel|story|month|item|publi\w*|vídeo|本|件|건|편)s?$"
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Price:
    """A reading: money, or None with a `problem` (None: no price given). `note` as in numbers.Number."""

    money: Money | None = None
    problem: str | None = None
    note: str | None = None


def minor_digits(currency: str) -> int:
    """Return how many decimals the currency has."""
    return _MINOR_DIGITS.get(currency, 2)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes, past ones included (old rate cards name them)."""
    return frozenset(get_global("all_currencies"))


def currency_named(text: str, hint: str = "") -> tuple[str, str | None]:
    """Return (code, problem or note) of a currency sign, word or code; ('', None) when there is none.

    `hint` is the column's or the file's currency; it decides what ¥, 元 and $ mean.
    """
    folded = simplify(text)
    codes = [code for code in re.findall(r"(?<![a-z])[a-z]{3}(?![a-z])", folded) if code.upper() in currencies()]
    if len(codes) == 1:
        return codes[0].upper(), None
    for sign, code in _BY_SIGN:
        if sign in folded:
            return code, None
    for sign, candidates in _AMBIGUOUS.items():
        if sign in folded:
            if hint in candidates or len(candidates) == 1:
                return hint if hint in candidates else candidates[0], None
            return "", "currency_ambiguous"
    if "$" in folded:
        return (hint, None) if hint in _DOLLARS else ("USD", "currency_assumed")
    return "", None


def read_price(cell: object, hint: str = "", mark: DecimalMark = "", scale: int = 1) -> Price:
    """Read a price; a bare number takes the hinted currency, or is refused without one.

    `scale` multiplies bare numbers when the header says the unit, as in 报价(万).
    """
    if cell is None or (isinstance(cell, str) and is_missing(cell)):
        return Price()
    if not isinstance(cell, str) or _BARE.fullmatch(cell):
        return _priced(cell, hint, None, mark, scale)
    if _ON_REQUEST.search(cell):
        return Price(note="price_on_request")
    currency, trouble = currency_named(cell, hint)
    if trouble == "currency_ambiguous":
        return Price(problem=trouble)
    return _priced(_amount_text(cell), currency or hint, trouble, mark, scale)


def _amount_text(cell: str) -> str:
    """Return the cell without currency, 'per post' and tax remarks."""
    text = re.sub(r"\((?:[^()]*税[^()]*|[^()]*tax[^()]*)\)|不?含税|未税|税前|税后|from|desde|保底", "", simplify(cell))
    text = _PER.sub("", text)
    text = re.sub(r"(?<![a-z])[a-z]{3}(?![a-z])", lambda m: "" if m[0].upper() in currencies() else m[0], text)
    for sign, _ in _BY_SIGN:
        text = text.replace(sign, "")
    return re.sub(r"[¥元块$]", "", text)


def _priced(amount: object, currency: str, note: str | None, mark: DecimalMark, scale: int) -> Price:
    reading = read_number(amount, mark)
    if reading.problem:
        unreadable = reading.problem in {"not_a_number", "malformed_number"}
        return Price(problem="price_unreadable" if unreadable else reading.problem)
    if reading.value is None:
        return Price()
    if not currency:
        return Price(problem="currency_missing")
    bare = not isinstance(amount, str) or not re.search(r"[^\d.,+\s]", amount)
    value = reading.value * (scale if bare else 1)
    minor = (value.scaleb(minor_digits(currency))).quantize(Decimal(1), ROUND_HALF_EVEN)
    if minor > 10**15:
        return Price(problem="number_too_large")
    return Price(Money(int(minor), currency), note=note or reading.note)
