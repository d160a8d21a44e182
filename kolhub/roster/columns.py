"""Propose which column is which field, from the headers and from the values, and say how sure that is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kolhub.platforms import find_platform, platform_named
from kolhub.roster.evidence import Values, numeric_twins, platform_of_links
from kolhub.roster.meaning import Meaning, meaning_of, names_no_profile
from kolhub.roster.numbers import DecimalMark, RateUnit, decimal_mark
from kolhub.roster.problems import Problem
from kolhub.roster.row import COUNTS, FIELDS, MANY, OF_PROFILE
from kolhub.roster.sheets import Cell
from kolhub.roster.table import Table
from kolhub.roster.vocabulary import fold_header, platform_words, says


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read. `field` '' means: not read, and dropped (attack R13).

    reason      name, value, twin, person; for unread columns counter, personal, other_number, conflict or ''
    twin        index of the column that says the same number, or None
    unit        of rates: percent, ratio or '' (not known)
    scale       factor for bare numbers, from a header like 粉丝数(万)
    mark        the column's decimal mark, '' when its values do not prove one
    """

    index: int
    header: str
    field: str = ""
    platform: str = ""
    confidence: float = 0.0
    reason: str = ""
    twin: int | None = None
    unit: RateUnit = ""
    scale: int = 1
    price_format: str = ""
    currency: str = ""
    basis: str = ""
    mark: DecimalMark = ""
    bare_prices: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """All columns, and the platform that holds where a row or column names none.

    platform_from is column, header, link, file, sheet, person or '' (not known).
    """

    columns: tuple[Column, ...]
    platform: str = ""
    platform_from: str = ""
    problems: tuple[Problem, ...] = field(default=())

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be settled before rows can be read: 'identity', 'platform'."""
        fields = {column.field for column in self.columns}
        needs = [] if fields & {"handle", "profile_url", "name"} else ["identity"]
        known = self.platform or self.platform_from in {"column", "link"}
        named = any(column.platform for column in self.columns if column.field in {"handle", "profile_url"})
        return tuple(needs if known or named else [*needs, "platform"])

    @property
    def wishes(self) -> tuple[str, ...]:
        """What would make more of the file readable: 'currency' when prices are bare numbers."""
        bare = any(column.field == "price" and not column.currency and column.bare_prices for column in self.columns)
        return ("currency",) if bare and not any(column.field == "currency" for column in self.columns) else ()

    def with_field(self, index: int, field: str, **details: Any) -> "Mapping":
        """Return the mapping with one column read as a person says ('' drops it); LookupError for no such field."""
        if field and field not in FIELDS:
            raise LookupError(f"No field is called {field!r}.")
        columns = tuple(
            replace(column, field=field, reason="person", confidence=1.0, twin=None, **details)
            if column.index == index
            else replace(column, twin=None if column.twin == index else column.twin)
            for column in self.columns
        )
        return replace(self, columns=columns)

    def with_platform(self, key: str) -> "Mapping":
        """Return the mapping for a roster whose rows are on this platform; LookupError for an unknown key."""
        return replace(self, platform=find_platform(key).key, platform_from="person")

    def remembered(self) -> dict[str, Any]:
        """Return what a person settled, as JSON, to be applied to the next file of the same sender."""
        kept = ("field", "platform", "unit", "scale", "price_format", "currency")
        columns = {
            c.header: {name: getattr(c, name) for name in kept} for c in self.columns if c.header and c.twin is None
        }
        return {"columns": columns, "platform": self.platform if self.platform_from == "person" else ""}

    def recalled(self, memory: dict[str, Any]) -> "Mapping":
        """Return the mapping with remembered columns of the same header put in, and unknown fields ignored."""
        known = memory.get("columns", {})
        seen = Counter(column.header for column in self.columns)
        mapping = self
        for column in self.columns:
            details = dict(known.get(column.header, {}))
            wanted = details.pop("field", column.field)
            if seen[column.header] == 1 and wanted != column.field and (not wanted or wanted in FIELDS):
                mapping = mapping.with_field(column.index, wanted, **details)
        platform = str(memory.get("platform") or "")
        return mapping.with_platform(platform) if platform and platform_named(platform) else mapping


def propose_mapping(table: Table, filename: str = "") -> Mapping:
    """Return the likeliest mapping of the table's columns."""
    values = [Values(column_of(table.sample, at)) for at in range(len(table.headers))]
    columns = [_by_name(at, header, values[at]) for at, header in enumerate(table.headers)]
    columns = [
        _by_value(column, values[column.index]) if not column.field and not column.reason else column
        for column in columns
    ]
    platform, source = _platform(columns, values, filename, table.choices.sheet)
    columns = _identity(columns, values, platform)
    columns, problems = _singled(columns, values)
    columns = [_with_numbers(column, values[column.index], table.choices.kind) for column in columns]
    problems += _notes(columns, bool(platform)) + _shifted(columns, values)
    return Mapping(tuple(columns), platform, source, tuple(problems))


def column_of(sample: Sequence[tuple[int, Sequence[Cell]]], at: int) -> list[Cell]:
    """Return one column of the sample."""
    return [cells[at] if at < len(cells) else None for _, cells in sample]


def _by_name(index: int, header: str, values: Values) -> Column:
    meaning = meaning_of(header) if header else Meaning()
    if (
        meaning.confidence
        and meaning.confidence < 0.5
        and meaning.field in {"name", "handle", "platform", "profile_url"}
    ):
        meaning = Meaning(platform=meaning.platform)
    wanted = meaning.field
    if wanted == "platform" and values.share_platforms() < 0.5:
        wanted = ""
    if wanted == "handle" and values.share_links() > 0.5:
        wanted = "profile_url"
    if wanted == "handle" and fold_header(header) == "id" and values.counts_up():
        return Column(index, header, reason="counter", confidence=0.9)
    unit: RateUnit = "percent" if meaning.unit == "percent" else ""
    return Column(
        index,
        header,
        wanted,
        meaning.platform,
        meaning.confidence if wanted else 0.0,
        "name" if wanted else meaning.reason,
        unit=unit,
        scale=meaning.scale,
        price_format=meaning.price_format,
        currency=meaning.currency,
        basis=meaning.basis,
    )


def _by_value(column: Column, values: Values) -> Column:
    """Return the column as its values show it when the header says nothing; numbers are never guessed."""
    if values.filled < 3:
        return column
    for wanted, share, least in (
        ("email", values.share_emails(), 0.7),
        ("profile_url", values.share_profile_links(), 0.7),
        ("platform", values.share_platforms(), 0.9),
        ("country", values.share_countries(), 0.85),
        ("language", values.share_languages(), 0.9),
        ("category", values.share_categories(), 0.85),
    ):
        if share >= least and not (wanted == "profile_url" and names_no_profile(column.header)):
            return replace(column, field=wanted, confidence=round(share * 0.7, 2), reason="value")
    # Only where there is no header at all: a named column of text is what its name says.
    if not column.header and values.share_at_names() >= 0.7:
        return replace(column, field="handle", confidence=0.5, reason="value")
    return column


def _platform(columns: list[Column], values: list[Values], filename: str, sheet: str) -> tuple[str, str]:
    """Return (platform, where that is known from)."""
    if any(column.field == "platform" for column in columns):
        return "", "column"
    named = {column.platform for column in columns if column.platform}
    if len(named) == 1:
        return named.pop(), "header"
    links = [platform_of_links(values[c.index].texts) for c in columns if c.field == "profile_url" and not c.platform]
    for text, source in ((filename, "file"), (sheet, "sheet")):
        found = platform_in_name(text)
        if found and (not named or found in named):
            return found, source
    if links and links[0]:
        return ("", "link") if links[0] == "several" else (links[0], "link")
    return "", "header" if named else ""


def platform_in_name(filename: str) -> str:
    """Return the one platform that a file's or sheet's name speaks of, or ''."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename)
    text = fold_header(re.sub(r"(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[a-zA-Z])", " ", stem.replace("_", " ")))
    found: dict[str, None] = {}
    for name, platform in platform_words():
        latin = re.search(r"[a-z]", name) is not None
        # Two letters and words like "red" or "pin" say nothing inside a file's name.
        if latin and len(name) < 4 and name not in {"ins", "xhs"}:
            continue
        inside = re.search(rf"\b{re.escape(name)}", text) if latin else says(text, (name,))
        if inside:
            found.setdefault(platform.key)
            text = text.replace(name, " ")
    return next(iter(found)) if len(found) == 1 else ""


def _identity(columns: list[Column], values: list[Values], platform: str) -> list[Column]:
    """Decide which of the columns with names holds the handles, by their values."""
    groups = {column.platform for column in columns if column.platform and column.field in {"handle", "name"}}
    result = list(columns)
    for group in groups if len(groups) > 1 else {""}:
        inside = [c for c in result if c.field in {"handle", "name"} and (len(groups) <= 1 or c.platform == group)]
        key = group or platform or (inside[0].platform if inside else "")
        handles = [c for c in inside if c.field == "handle"]
        names = [c for c in inside if c.field == "name"]
        if handles or not names or not key:
            continue
        best = max(names, key=lambda c: (values[c.index].share_handles(key), values[c.index].share_logins(), -c.index))
        share, logins = values[best.index].share_handles(key), values[best.index].share_logins()
        # Two columns of names: one of them is the login. A single one must look like logins throughout.
        if share >= 0.5 if len(names) > 1 else share >= 0.9 and logins >= 0.5:
            result[best.index] = replace(best, field="handle", confidence=round(share * 0.9, 2), reason="value")
    return result


def _singled(columns: list[Column], values: list[Values]) -> tuple[list[Column], list[Problem]]:
    """Keep one column per field and platform; a numeric twin stays with its partner, anything else is let go."""
    problems: list[Problem] = []
    kept: dict[tuple[str, str], Column] = {}
    result = list(columns)
    for column in sorted(columns, key=lambda c: (-c.confidence, c.index)):
        if not column.field or column.field in MANY:
            continue
        key = (column.field, column.platform if column.field in OF_PROFILE else "")
        first = kept.setdefault(key, column)
        if first is column:
            continue
        if column.field in COUNTS and numeric_twins(values[first.index].cells, values[column.index].cells):
            result[column.index] = replace(column, twin=first.index, reason="twin")
            continue
        result[column.index] = replace(column, field="", reason="conflict")
        params = {"field": column.field, "kept": first.header or f"#{first.index + 1}"}
        problems.append(Problem("column_conflict", column=column.header, params=params))
    return result, problems


def _with_numbers(column: Column, values: Values, kind: str) -> Column:
    """Return the column with the decimal mark and the rate's unit that its values prove."""
    if column.field not in {*COUNTS, "price", "engagement_rate", "audience_female"}:
        return column
    if column.field == "price":
        return replace(column, mark=decimal_mark(values.cells), bare_prices=values.share_numbers() > 0.5)
    unit = column.unit
    if column.field in {"engagement_rate", "audience_female"} and not unit:
        largest = values.largest_bare_rate()
        # Spreadsheet programs store 1.39% as 0.0139; in a text file 0.5 may be either.
        stored = kind in {"xlsx", "xls", "ods"} and 0 < largest <= 1
        unit = "percent" if largest > 1 else "ratio" if stored else ""
    return replace(column, mark=decimal_mark(values.cells), unit=unit)


def _notes(columns: list[Column], has_platform: bool) -> list[Problem]:
    notes = []
    for column in columns:
        if column.reason == "personal":
            notes.append(Problem("personal_column", column=column.header))
        elif column.twin is not None:
            twin = next(c.header for c in columns if c.index == column.twin)
            notes.append(Problem("column_ignored_twin", column=column.header, params={"twin": twin}))
        elif column.field.startswith("avg_") and column.confidence < 0.9 and column.reason == "name":
            notes.append(Problem("average_or_total", column=column.header))
    several = len({c.platform for c in columns if c.platform and c.field in {"handle", "profile_url"}}) > 1
    loose = [
        c
        for c in columns
        if several and not has_platform and c.field in {*COUNTS, "engagement_rate"} and not c.platform
    ]
    return notes + [Problem("metric_without_platform", column=column.header) for column in loose]


def _shifted(columns: list[Column], values: list[Values]) -> list[Problem]:
    """Warn when the values would fit the headers one column further on."""
    checked = [column for column in columns if column.reason == "name" and column.field]
    if len(checked) < 3:
        return []

    def fit(shift: int) -> float:
        marks = []
        for column in checked:
            at = column.index + shift
            mark = values[at].fit(column.field) if 0 <= at < len(values) else 0.0
            if mark is not None:
                marks.append(mark)
        return sum(marks) / len(marks) if len(marks) >= 2 else -1.0

    here = fit(0)
    for shift in (1, -1):
        if 0 <= here < 0.5 and fit(shift) > max(0.75, here + 0.4):
            return [Problem("headers_off_by_one", params={"shift": shift})]
    return []
