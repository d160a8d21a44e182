"""Read untrusted JSON: no duplicate keys, no floats where money is, every complaint with its path."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from attribution.collector.sources.base import Malformed
from kolhub.roster.money import currencies, minor_digits

MAX_MINOR: Final = 10**15
# How far an event's own time may lie from now.
FUTURE: Final = timedelta(minutes=10)
PAST: Final = timedelta(days=400)
_AMOUNT: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


class BadJson(Exception):
    """The body is no JSON that may be read: the reason as a code."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("duplicate_key")
    return found


def _constant(name: str) -> Any:
    raise BadJson("not_a_number")


def load(raw: bytes) -> Any:
    """Read JSON text in UTF-8. Raises BadJson; deep nesting, NaN, duplicate keys and a byte order mark are refused.

    Numbers with a decimal point come as Decimal: nothing passes through a float.
    """
    try:
        return json.loads(raw.decode(), object_pairs_hook=_pairs, parse_constant=_constant, parse_float=Decimal)
    except BadJson:
        raise
    except UnicodeDecodeError:
        raise BadJson("not_utf8") from None
    except (ValueError, RecursionError):
        raise BadJson("not_json") from None


def clean(value: str, limit: int) -> str:
    """Return text that a database can hold: no NUL, no lone surrogates, at most `limit` characters."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        value = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in value)
    return value[:limit]


def text(item: Mapping[str, Any], path: str, name: str, limit: int, required: bool = False) -> str:
    """Return a text field, without white space at its ends; too long is refused, not cut."""
    value = item.get(name)
    where = f"{path}{name}"
    if value is None:
        if required:
            raise Malformed(where, "required")
        return ""
    if not isinstance(value, str):
        raise Malformed(where, "not_text")
    value = clean(value, limit + 1).strip()
    if len(value) > limit:
        raise Malformed(where, "too_long")
    if required and not value:
        raise Malformed(where, "required")
    return value


def currency(value: Any, path: str) -> str:
    """Return an ISO 4217 code in capitals, as it must be sent."""
    if not isinstance(value, str) or value not in currencies():
        raise Malformed(path, "unknown_currency")
    return value


def amount(value: Any, code: str, path: str, lenient: bool = False) -> int:
    """Return minor units of a decimal string such as "12.34"; never negative.

    `lenient` is for shops that send numbers, signs, or zeros beyond the currency's decimals.
    """
    if lenient and isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = format(value, "f")
    if not isinstance(value, str):
        raise Malformed(path, "not_a_decimal_string")
    matched = _AMOUNT.fullmatch(value)
    if matched is None:
        raise Malformed(path, "not_an_amount")
    whole, part = matched.group(1), matched.group(2) or ""
    digits = minor_digits(code)
    if lenient:
        part = part[:digits] + part[digits:].rstrip("0")
    if len(part) > digits:
        raise Malformed(path, "too_many_decimals")
    minor = int(whole + part.ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise Malformed(path, "too_large")
    return minor


def moment(value: Any, path: str, now: float, bounded: bool = True) -> str:
    """Return a time with its offset as ISO 8601 in UTC, of the years 1990 to 2199.

    `bounded` refuses the future and what is over 400 days old.
    """
    try:
        when = datetime.fromisoformat(value).astimezone(UTC) if _has_offset(value) else None
    except (ValueError, OverflowError):
        when = None
    if when is None:
        raise Malformed(path, "not_a_time_with_offset")
    if bounded:
        present = datetime.fromtimestamp(now, UTC)
        if when > present + FUTURE:
            raise Malformed(path, "in_the_future")
        if when < present - PAST:
            raise Malformed(path, "too_long_ago")
    elif not 1990 <= when.year < 2200:
        # Shops bring their history along, but not from before there were any.
        raise Malformed(path, "too_long_ago" if when.year < 1990 else "in_the_future")
    return when.isoformat()


def _has_offset(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 40 and datetime.fromisoformat(value).tzinfo is not None
