"""What hits say, in words: outcomes, fates, events; and their texts made harmless to look at."""

import json
import unicodedata
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attribution.models import Hit

CONSENTS = {
    "given": gettext_lazy("given"),
    "refused": gettext_lazy("refused"),
    "gpc": gettext_lazy("refused by the browser (Global Privacy Control)"),
    "dnt": gettext_lazy("refused by the browser (Do Not Track)"),
    "unknown": gettext_lazy("not known"),
}

OUTCOME_SENTENCES = {
    "accepted": gettext_lazy("It counts."),
    "bot": gettext_lazy("A program that says it is one: a crawler, a mail scanner, a library. Kept, never counted."),
    "preview": gettext_lazy(
        "A messenger or network drew a preview of the link. No person saw it: kept, never counted."
    ),
    "prefetch": gettext_lazy("The browser fetched ahead, before anybody went there. Kept, never counted."),
    "head": gettext_lazy("A check whether the page is there (HEAD). Kept, never counted."),
    "no_consent": gettext_lazy(
        "The visitor gave no consent, or refused it. Only the fact is kept: no visitor, no address, no page."
    ),
    "own_team": gettext_lazy("It came from your team's own networks. Kept, never counted."),
    "link_disabled": gettext_lazy("The link is switched off: the shopper got to the shop, nobody is credited."),
    "link_ended": gettext_lazy("The link or its campaign had ended: the shopper got to the shop, nobody is credited."),
    "archived_key": gettext_lazy("The pixel or key is archived. Restore it, or take the old code out of the shop."),
    "unknown_key": gettext_lazy("Nobody has this key."),
    "duplicate": gettext_lazy("The same event once more. Retries are normal: it was counted the first time."),
    "id_conflict": gettext_lazy("Another content under an id that was used before. The first one stands."),
    "bad_signature": gettext_lazy(
        "The signature does not fit: another secret, a changed body, or a clock that is more than five minutes off."
    ),
    "malformed": gettext_lazy("It could not be read. The answer to whoever sent it names the field."),
    "too_large": gettext_lazy("It was larger than this door takes."),
    "rate_limited": gettext_lazy("Too many at once from one network or for one key. Our own script tries again."),
    "unavailable": gettext_lazy("Neither the database nor the disk could take it. Senders were told to try again."),
}

FATES = {
    "refused": gettext_lazy("Refused"),
    "waiting": gettext_lazy("Waiting to be settled: this takes a few seconds"),
    "dead": gettext_lazy("Could not be settled"),
    "understood": gettext_lazy("Understood"),
    "noted": gettext_lazy("Kept. It told of nothing new"),
}

EVENTS = {
    "page_view": gettext_lazy("Page view"),
    "add_to_cart": gettext_lazy("Added to cart"),
    "checkout": gettext_lazy("Checkout"),
    "purchase": gettext_lazy("Purchase"),
    "order": gettext_lazy("Order"),
    "lead": gettext_lazy("Lead"),
    "install": gettext_lazy("Install"),
    "refund": gettext_lazy("Refund"),
    "cancellation": gettext_lazy("Cancellation"),
    "ignored": gettext_lazy("Other webhook"),
}

GOOD: Final = "bg-green-lt"
_BADGES: Final = {
    "accepted": GOOD,
    **dict.fromkeys(("bad_signature", "malformed", "id_conflict", "unavailable", "archived_key"), "bg-red-lt"),
    **dict.fromkeys(("rate_limited", "too_large", "link_disabled", "link_ended", "no_consent"), "bg-yellow-lt"),
}
# Line breaks and tabs of a printed payload are its layout.
_LAYOUT: Final = "\n"


def badge_of(outcome: str) -> str:
    """Return the badge's colour."""
    return _BADGES.get(outcome, "bg-secondary-lt")


def event_of(hit: Hit) -> str:
    """Name what a hit tells of; what it calls itself where that is no name of ours."""
    if hit.kind == "click":
        return _("Click")
    told = hit.payload.get("name") if hit.kind in ("pixel", "event") else hit.payload.get("type")
    return str(EVENTS[told]) if isinstance(told, str) and told in EVENTS else visible(str(told or "–"))[:60]


def visible(text: str) -> str:
    r"""Return text in which nothing is hidden: controls, bidi marks and the like are written as \u escapes.

    A right-to-left override in a hostile page address would otherwise turn the rest of the line around.
    """
    return "".join(
        letter if letter in _LAYOUT or unicodedata.category(letter) not in _HIDDEN else f"\\u{ord(letter):04x}"
        for letter in text
    )


_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})


def printed(payload: Any) -> str:
    """Print a payload as it arrived."""
    return visible(json.dumps(payload, ensure_ascii=False, indent=2, sort_keys=True, default=str))


def web_address(text: str) -> str:
    """Return the text where it may be a link: http or https with a host, nothing hidden in it; otherwise nothing."""
    try:
        parts = urlsplit(text)
        is_plain = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return text if is_plain and visible(text) == text and not any(c.isspace() for c in text) else ""


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long ago something was, to the second while that matters."""
    if moment is None:
        return _("never")
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d s ago", "%(n)d s ago", seconds) % {"n": seconds}
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
