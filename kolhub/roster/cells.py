"""Read the cells of one row by the mapping's columns: each gives a value, or a problem with its place."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from kolhub.platforms.text import visible
from kolhub.roster.categories import read_categories
from kolhub.roster.columns import Column
from kolhub.roster.identity import text_of
from kolhub.roster.money import currency_named, read_price
from kolhub.roster.numbers import Number, is_missing, read_number, read_rate, simplify
from kolhub.roster.places import country_code, folded, language_code, repaired
from kolhub.roster.problems import Problem
from kolhub.roster.row import COUNTS, TEXTS, RosterPrice
from kolhub.roster.sheets import Cell
from kolhub.roster.values import read_date, read_emails, read_kind, split_list

MAX_COUNT = 10**12
MAX_TEXT = 200
MAX_LONG_TEXT = 10_000
MAX_SHORT_CELL = 1_000
LONG_TEXTS = frozenset({"bio", "notes"})
# Their own advertising markets (星图, 蒲公英, 花火, 微任务, 磁力聚星) settle in yuan.
YUAN_PLATFORMS = frozenset({"xiaohongshu", "douyin", "bilibili", "weibo", "kuaishou"})

Values = dict[str, Any]
_ANYWHERE = frozenset(
    map(folded, ("global", "worldwide", "international", "全球", "海外", "other", "others", "其他", "world"))
)


class CellReader:
    """Reads the cells of one row after another; `values` and `problems` are of the row read last."""

    def __init__(self, columns: Sequence[Column], defaults: Mapping[str, str]) -> None:
        self.columns = columns
        self.defaults = defaults
        self.by_index = {column.index: column for column in columns}
        self.twins = {column.twin: column for column in columns if column.twin is not None}
        self.values: Values = {}
        self.problems: list[Problem] = []
        self.line = 0
        self.platform = ""
        self.row_currency = ""
        self._readers: dict[str, Callable[[Column, Cell], None]] = {
            **dict.fromkeys(TEXTS, self._text),
            "engagement_rate": self._rate,
            "audience_female": self._rate,
            "country": self._country,
            "audience_country": self._audience_country,
            "audience_ages": self._list,
            "language": self._language,
            "category": self._category,
            "price": self._price,
            "email": self._email,
            "kind": self._kind,
            "as_of": self._date,
        }

    def read(self, line: int, cells: Sequence[Cell], columns: Sequence[Column], platform: str) -> None:
        """Read these columns of the row into `values` and `problems`, which start empty."""
        self.values, self.problems, self.line, self.platform = {}, [], line, platform
        width = len(cells)
        for column in columns:
            cell = cells[column.index] if column.index < width else None
            if column.field in _COUNTS:
                twin = self.twins.get(column.index)
                self._count(column, cell, cells[twin.index] if twin and twin.index < width else None, twin)
            elif cell is not None and cell != "":
                reader = self._readers.get(column.field)
                if isinstance(cell, str) and len(cell) > MAX_SHORT_CELL and column.field not in _TEXTS:
                    self.trouble("text_too_long", column, cell, found=len(cell))
                elif reader is not None:
                    reader(column, cell)

    def trouble(self, code: str, column: Column, cell: Cell, **params: str | int) -> None:
        """Note a problem of this cell."""
        self.problems.append(Problem(code, self.line, column.header or f"#{column.index + 1}", str(cell), params))

    def _count(self, column: Column, cell: Cell, other: Cell, twin: Column | None) -> None:
        reading = read_number(cell, column.mark)
        if twin is not None:
            second = read_number(other, twin.mark)
            if not reading.agrees_with(second):
                self.trouble("twins_disagree", column, cell, twin=str(other)[:40], twin_column=twin.header)
                return
            reading = _better(reading, second)
        if reading.problem:
            self.trouble(reading.problem, column, cell)
            return
        if reading.value is None:
            return
        value = reading.value
        if column.scale != 1 and _is_bare(cell):
            value *= column.scale
        if value > MAX_COUNT:
            self.trouble("number_too_large", column, cell, limit=MAX_COUNT)
            return
        whole = int(value)
        if abs(value - round(value)) < _FLOAT_NOISE:
            whole = round(value)
        elif value != whole:
            if column.field in {"followers", "posts"} and column.scale == 1:
                self.trouble("not_whole", column, cell)
                return
            whole = int(value.quantize(Decimal(1), ROUND_HALF_UP))
        if reading.note:
            self.trouble(reading.note, column, cell)
        self.values[column.field] = whole

    def _rate(self, column: Column, cell: Cell) -> None:
        reading = read_rate(cell, column.unit, column.mark)
        if reading.problem:
            self.trouble(reading.problem, column, cell)
        elif reading.value is not None:
            if reading.value > (10 if column.field == "engagement_rate" else 1):
                self.trouble("rate_impossible", column, cell)
                return
            if reading.value > 1:
                self.trouble("rate_above_one", column, cell)
            self.values[column.field] = reading.value
            if column.field == "engagement_rate":
                self.values["engagement_basis"] = column.basis

    def _text(self, column: Column, cell: Cell) -> None:
        text, mangled = text_of(cell)
        if mangled:
            self.trouble(mangled, column, cell)
            return
        if not text:
            return
        if len(text) > (MAX_LONG_TEXT if column.field in LONG_TEXTS else MAX_TEXT):
            self.trouble("text_too_long", column, cell, found=len(text))
            return
        if text.startswith(("=", "＝")):
            self.trouble("formula_text", column, cell)
        self.values[column.field] = text

    def _plain(self, cell: Cell) -> str:
        """Return the cell as one shown text, '' when it says that nothing is known."""
        text = visible(str(cell))
        return "" if is_missing(text) else text

    def _country(self, column: Column, cell: Cell) -> None:
        text = self._plain(cell)
        if not text:
            return
        code = self._known_country(column, text)
        if code:
            self.values["country"] = code
            if len(folded(text)) > 3 and country_code_exact(text) is None:
                self.values["region"] = text[:MAX_TEXT]

    def _known_country(self, column: Column, text: str) -> str:
        code = country_code(text)
        if code is None and (fixed := repaired(text)):
            code = country_code(fixed)
            if code:
                self.trouble("text_repaired", column, text, repaired=fixed)
        if code is None and folded(text) not in _ANYWHERE:
            self.trouble("country_unknown", column, text)
        return code or ""

    def _audience_country(self, column: Column, cell: Cell) -> None:
        text = self._plain(cell)
        whole = country_code(text)
        pieces = [text] if whole or not text else [_unshared(piece) for piece in split_list(text)]
        codes = [code for piece in pieces if piece and (code := self._known_country(column, piece))]
        if codes:
            self.values["audience_countries"] = _more(self.values.get("audience_countries", ()), codes)

    def _list(self, column: Column, cell: Cell) -> None:
        pieces = split_list(self._plain(cell))
        if pieces:
            self.values["audience_ages"] = _more(self.values.get("audience_ages", ()), pieces[:20])

    def _language(self, column: Column, cell: Cell) -> None:
        for piece in split_list(self._plain(cell)):
            code = language_code(piece)
            if code:
                self.values["languages"] = _more(self.values.get("languages", ()), [code])
            elif folded(piece) not in _ANYWHERE:
                self.trouble("language_unknown", column, piece)

    def _category(self, column: Column, cell: Cell) -> None:
        text = self._plain(cell)
        if not text:
            return
        keys, unknown = read_categories(text)
        self.values["categories"] = _more(self.values.get("categories", ()), keys)
        self.values["categories_raw"] = _more(self.values.get("categories_raw", ()), [text[:MAX_TEXT]])
        for piece in unknown:
            self.trouble("category_unknown", column, piece)

    def _price(self, column: Column, cell: Cell) -> None:
        hint = column.currency or self.row_currency or self.defaults.get("currency", "")
        if not hint and self.platform in YUAN_PLATFORMS and any(sign in column.header for sign in "元¥￥"):
            hint = "CNY"
        price = read_price(cell, hint, column.mark, column.scale)
        note = price.note
        if price.problem in {"currency_missing", "currency_ambiguous"} and self.platform in YUAN_PLATFORMS:
            price = read_price(cell, "CNY", column.mark, column.scale)
            note = price.note or "currency_assumed"
        if price.problem:
            self.trouble(price.problem, column, cell)
            return
        if note:
            self.trouble(note, column, cell, **({"currency": price.money.currency} if price.money else {}))
        if price.money:
            found = RosterPrice(column.price_format or "unspecified", price.money)
            self.values["prices"] = _more(self.values.get("prices", ()), [found])

    def _email(self, column: Column, cell: Cell) -> None:
        found, invalid = read_emails(str(cell))
        if invalid:
            self.trouble("email_invalid", column, cell)
        elif found:
            self.values["emails"] = _more(self.values.get("emails", ()), found)

    def _kind(self, column: Column, cell: Cell) -> None:
        text = self._plain(cell)
        kind = read_kind(text) if text else None
        if kind:
            self.values["kind"] = kind
        elif text:
            self.trouble("kind_unknown", column, cell)

    def _date(self, column: Column, cell: Cell) -> None:
        text = self._plain(cell)
        if text:
            date, problem = read_date(text)
            if problem:
                self.trouble(problem, column, cell)
            self.values["as_of"] = date

    def currency_of(self, cell: Cell) -> str:
        """Return the currency that a currency cell names, or ''."""
        return currency_named(str(cell), self.defaults.get("currency", ""))[0] if cell is not None else ""


_COUNTS = frozenset(COUNTS)
_TEXTS = frozenset(TEXTS)
# What binary floating point leaves of a whole number: 66599999.99999999 is 66600000.
_FLOAT_NOISE = Decimal("0.0001")


def _better(first: Number, second: Number) -> Number:
    """Return the more exact of two readings of one number; an empty twin explains the other's error away."""
    if first.value is not None and second.value is not None:
        return first if first.step <= second.step else second
    if first.value is not None:
        return first
    if second.value is not None:
        return second
    return first if first.problem is None else second


def _is_bare(cell: Cell) -> bool:
    return not isinstance(cell, str) or all(c.isdecimal() or c in ".," for c in simplify(cell))


def _unshared(piece: str) -> str:
    """Return 'US' of 'US 60%' and '美国(60%)'."""
    head = piece.split("(")[0].split("（")[0].split(":")[0].split("：")[0]
    return head.rstrip("0123456789.%％ ").strip()


def _more(have: tuple[Any, ...], found: Sequence[Any]) -> tuple[Any, ...]:
    return have + tuple(item for item in dict.fromkeys(found) if item not in have)


@lru_cache(maxsize=4096)
def country_code_exact(text: str) -> str | None:
    """Return the code of a text that is a country's name and nothing more."""
    return country_code(text) if not any(mark in text for mark in "-–·,，、|/(（") and not _is_province(text) else None


def _is_province(text: str) -> bool:
    return country_code(text) == "CN" and folded(text) not in {"china", "中国", "中國", "cn", "prc", "中国大陆"}
