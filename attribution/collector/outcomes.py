"""What can become of a request: the closed set of reasons, as the hot path spells them.

The same words as `attribution.models.HitOutcome` and `HitKind`, which the hot path cannot import; a test compares them.
"""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Which door a hit came through."""

    PIXEL = "pixel"
    CLICK = "click"
    EVENT = "event"
    S2S = "s2s"
    SHOPIFY = "shopify"


class Outcome(StrEnum):
    """What became of a request. received = the sum over all of these."""

    ACCEPTED = "accepted"
    BOT = "bot"
    PREVIEW = "preview"
    PREFETCH = "prefetch"
    HEAD = "head"
    NO_CONSENT = "no_consent"
    OWN_TEAM = "own_team"
    LINK_DISABLED = "link_disabled"
    LINK_ENDED = "link_ended"
    ARCHIVED_KEY = "archived_key"
    UNKNOWN_KEY = "unknown_key"
    DUPLICATE = "duplicate"
    ID_CONFLICT = "id_conflict"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


# What a stranger is told: an archived key must look like one that never was.
TOLD: Final = {Outcome.ARCHIVED_KEY: Outcome.UNKNOWN_KEY}


def told(outcome: Outcome) -> str:
    """Return the reason as it is said to whoever asked."""
    return TOLD.get(outcome, outcome).value
