"""Where a tracking link may lead, and the parameters it carries there."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

PROBLEMS = ("scheme", "host", "credentials", "foreign_host", "characters")


def problem_with(url: str, domains: Iterable[str]) -> str | None:
    """Say why a link must not lead to `url`: a code of PROBLEMS, or None where it may.

    `domains` are the brand's own hosts; where it lists any, the URL's host must be one of them or below one.
    """
    if any(char.isspace() or ord(char) < 32 or char == "\\" for char in url):
        return "characters"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        _port = parts.port
    except ValueError:
        return "host"
    if parts.scheme not in {"http", "https"}:
        return "scheme"
    if not host:
        return "host"
    if parts.username is not None or parts.password is not None:
        return "credentials"
    own = [domain.strip().rstrip(".").lower() for domain in domains if domain.strip()]
    if own and not any(host == domain or host.endswith(f".{domain}") for domain in own):
        return "foreign_host"
    return None


def utm_parameters(platform: str, campaign: str, handle: str) -> dict[str, str]:
    """Return the parameters that the shop's own analytics reads (Google's utm_ convention)."""
    return {
        "utm_source": platform,
        "utm_medium": "creator",
        "utm_campaign": _word(campaign),
        "utm_content": _word(handle),
    }


def coupon_candidates(name: str, handle: str, discount_bps: int) -> Iterable[str]:
    """Yield codes for a creator, best first: ANNA10, ANNA10B … (a name in Latin letters, else the handle)."""
    stem = _letters(name) or _letters(handle) or "KOL"
    percent = f"{discount_bps / 100:g}".replace(".", "") if discount_bps else ""
    yield f"{stem}{percent}"
    for letter in "BCDEFGHJKMNPQRSTUVWXYZ":
        yield f"{stem}{percent}{letter}"
    for number in range(2, 1000):
        yield f"{stem}{percent}X{number}"


def _letters(text: str) -> str:
    """Return the first word long enough to be a name, as at most 12 capital ASCII letters and digits."""
    plain = unicodedata.normalize("NFKD", text)
    words = re.findall(r"[A-Za-z0-9]+", "".join(char for char in plain if not unicodedata.combining(char)))
    if not words:
        return ""
    first = words[0] if len(words[0]) >= 3 else "".join(words)
    return first[:12].upper() if len(first) >= 3 else ""


def _word(text: str) -> str:
    """Return the text as one URL word; letters of every script stay."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[^\w.-]+", "-", folded).strip("-")[:80] or "kolhub"
