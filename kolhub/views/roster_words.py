"""An import in words: what was found in the file, what it becomes, and what was wrong with it."""

from collections.abc import Iterable
from typing import Any

from babel.numbers import format_percent
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kolhub.forms.rosters import DELIMITERS
from kolhub.models import RosterImport, RosterLine, RosterProblem
from kolhub.money import written
from kolhub.platforms import PLATFORMS
from kolhub.roster import COUNTS, Problem
from kolhub.roster.load import problem_from_json
from kolhub.roster.wording import FIELDS, PRICE_FORMATS, QUESTIONS, sentence
from kolhub.templatetags.kolhub import (
    babel_locale,
    category_label,
    country_name,
    language_label,
    platform_label,
)

REASONS = {
    "name": gettext_lazy("by its header"),
    "value": gettext_lazy("by its values"),
    "twin": gettext_lazy("repeats another column"),
    "person": gettext_lazy("you chose it"),
    "counter": gettext_lazy("only counts the rows"),
    "personal": gettext_lazy("personal data, not read"),
    "other_number": gettext_lazy("a number we have no use for"),
    "conflict": gettext_lazy("another column says the same"),
}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big endian)",
    "gb18030": gettext_lazy("Simplified Chinese (GBK, GB18030)"),
    "big5": gettext_lazy("Traditional Chinese (Big5)"),
    "shift_jis": gettext_lazy("Japanese (Shift-JIS)"),
    "euc_kr": gettext_lazy("Korean (EUC-KR)"),
    "cp1252": gettext_lazy("Western European (Windows-1252)"),
}
_OF_CREATOR = {
    "name": gettext_lazy("Name"),
    "kind": FIELDS["kind"],
    "country": FIELDS["country"],
    "languages": FIELDS["language"],
    "categories": FIELDS["category"],
    "bio": FIELDS["bio"],
    "notes": FIELDS["notes"],
    "external_ref": FIELDS["external_ref"],
    "url": FIELDS["profile_url"],
    "display_name": gettext_lazy("Name shown there"),
    "audience_country": FIELDS["audience_country"],
}


def questions(roster: RosterImport) -> list[dict[str, Any]]:
    """Return what a person has to settle, each with its sentence and its options in words."""
    found = roster.found
    asked = [
        {"key": one["key"], "text": QUESTIONS[one["key"]], "options": [_option(one["key"], o) for o in one["options"]]}
        for one in found.get("questions", ())
    ]
    return asked + [{"key": key, "text": QUESTIONS[key], "options": []} for key in found.get("missing", ())]


def questions_with_options(roster: RosterImport) -> list[dict[str, Any]]:
    """Return the same for machines: every question with values that answer it."""
    named = {
        "platform": [platform.key for platform in PLATFORMS],
        "identity": [str(column["index"] + 1) for column in roster.found.get("columns", ())],
    }
    return [
        {
            **asked,
            "options": asked["options"]
            or [{"value": value, "score": 0.0, "preview": []} for value in named.get(asked["key"], ())],
        }
        for asked in questions(roster)
    ]


def _option(key: str, option: dict[str, Any]) -> dict[str, Any]:
    value = option["value"]
    known: dict[str, dict[str, Any]] = {"encoding": ENCODINGS, "delimiter": DELIMITERS}
    names = known.get(key, {})
    label = names.get(value, value)
    if key == "header_row":
        label = _("The file has no header row") if value == "0" else _("Row %(line)s") % {"line": value}
    return {**option, "label": label}


def columns(roster: RosterImport) -> list[dict[str, Any]]:
    """Return the file's columns with their first values, how each is read, and why."""
    sample = roster.found.get("sample", ())
    headers = roster.found.get("headers", ())
    shown = []
    for column in roster.found.get("columns", ()):
        at = column["index"]
        values = [cells[at] for _line, cells in sample if at < len(cells) and cells[at]]
        details = [platform_label(column["platform"])] if column["platform"] else []
        if column["field"] == "price" and column["price_format"]:
            details.append(str(PRICE_FORMATS.get(column["price_format"], column["price_format"])))
        if column["currency"]:
            details.append(column["currency"])
        shown.append(
            {
                **column,
                "header": (headers[at] if at < len(headers) else "") or _("column %(number)s") % {"number": at + 1},
                "samples": values[:3],
                "why": REASONS.get(column["reason"], ""),
                "details": " · ".join(details),
            }
        )
    return shown


def preview(roster: RosterImport, *, money: bool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return (titles, rows): the first rows as they would be stored, what stood in the file beside each value."""
    raw = dict(roster.found.get("sample", ()))
    hidden = {"", "platform"} if money else {"", "platform", "price", "currency"}
    read = [column for column in columns(roster) if column["field"] not in hidden and column["twin"] is None]
    titles = [str(FIELDS[c["field"]]) + (f" · {c['details']}" if c["details"] else "") for c in read]
    rows = []
    for row in roster.found.get("rows", ()):
        cells = raw.get(row["line"], [])
        shown = []
        for column in read:
            elsewhere = column["platform"] and column["platform"] != row["platform"]
            at = column["index"]
            before = cells[at] if at < len(cells) else ""
            after = "" if elsewhere else _stored(column, row)
            shown.append({"raw": "" if elsewhere else before, "value": after, "same": str(after) == str(before)})
        rows.append({"line": row["line"], "platform": row["platform"], "cells": shown})
    return titles, rows


def _stored(column: dict[str, Any], row: dict[str, Any]) -> str:
    """Write the value that a column's cell became."""
    field = column["field"]
    if field == "price":
        prices = [p for p in row["prices"] if p["format"] == (column["price_format"] or "unspecified")]
        return ", ".join(written(p["amount_minor"], p["currency"], babel_locale()) for p in prices)
    many = {"category": ("categories", category_label), "language": ("languages", language_label)}
    if field in many:
        name, label = many[field]
        return ", ".join(label(key) for key in row.get(name, ()))
    if field == "audience_country":
        return ", ".join(country_name(code) for code in row.get("audience_countries", ()))
    if field == "email":
        return ", ".join(row.get("emails", ()))
    value = row.get(field)
    if value is None:
        return ""
    return _written(field, value)


def _written(field: str, value: Any) -> str:
    """Write one stored value of a field the way a page shows it."""
    if value is None or value == "":
        return "–"
    if field in COUNTS or field == "top_followers":
        return number_format(value, force_grouping=True)
    if field == "engagement_rate":
        return str(format_percent(value, format="#,##0.###%", locale=babel_locale()))
    if field in {"country", "audience_country"}:
        return country_name(value)
    if field == "platform":
        return platform_label(value)
    if field == "categories":
        return ", ".join(category_label(key) for key in value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)[:200]


def changes(line: RosterLine) -> list[dict[str, str]]:
    """Return what an update changed: field, before, after."""
    told = []
    for name, (before, after) in line.changes.items():
        platform, _dot, field = name.rpartition(".")
        label = str(_OF_CREATOR.get(field) or FIELDS.get(field) or field)
        told.append(
            {
                "field": f"{platform_label(platform)} · {label}" if platform else label,
                "before": _written(field, before),
                "after": _written(field, after),
            }
        )
    return told


def told(problem: Problem) -> dict[str, Any]:
    """Return a problem with its sentence, for a template."""
    return {
        "line": problem.line,
        "column": problem.column,
        "raw": problem.raw,
        "code": problem.code,
        "severity": problem.severity,
        "text": sentence(problem),
    }


def told_of_json(problems: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return problems that were kept as JSON with their sentences."""
    return [told(problem_from_json(one)) for one in problems]


def told_of_row(problem: RosterProblem) -> dict[str, Any]:
    """Return a stored problem with its sentence."""
    return told(Problem(problem.code, problem.line, problem.column, problem.raw, problem.params))
