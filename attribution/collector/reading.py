"""Read what browsers send: query strings and beacons. Bounded, never raising on bytes that are no text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_plus
from uuid import UUID

from attribution.collector.sources.reading import clean

MAX_PARAMETERS: Final = 50
NAMES: Final = frozenset({"page_view", "add_to_cart", "checkout", "purchase"})
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def parameters(query: bytes) -> dict[str, str] | None:
    """Read a query string; the first of several values wins, bad UTF-8 becomes U+FFFD. None: too many parameters."""
    found: dict[str, str] = {}
    if not query:
        return found
    parts = query.split(b"&")
    if len(parts) > MAX_PARAMETERS:
        return None
    for part in parts:
        name, _, value = part.partition(b"=")
        text = value.decode("utf-8", "replace")
        if "%" in text or "+" in text:
            text = unquote_plus(text, errors="replace")
        found.setdefault(name.decode("utf-8", "replace"), text)
    return found


def as_uuid(text: str) -> UUID | None:
    """Read a client's event id; None where it is no UUID in its usual form."""
    if len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def claimed_at(value: Any) -> float | None:
    """Read a client's clock, milliseconds since 1970; None where it is no time of this century."""
    try:
        seconds = int(value) / 1000 if len(str(value)) <= 16 else 0.0
    except (TypeError, ValueError):
        return None
    return seconds if _EARLIEST < seconds < _LATEST else None


def web_address(text: str, limit: int = 1000) -> str:
    """Return a page's address without its fragment; anything but http and https is not kept."""
    value = clean(text, limit).strip().partition("#")[0]
    return value if value[:7].lower() == "http://" or value[:8].lower() == "https://" else ""


def field(item: dict[str, Any], name: str, limit: int) -> str:
    """Return a beacon's text field; anything that is no text counts as absent."""
    value = item.get(name)
    return clean(value, limit).strip() if isinstance(value, str) else ""
