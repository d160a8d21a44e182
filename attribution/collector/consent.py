"""Whether a visitor's hit may be kept as a visitor's: decided before any id of theirs is stored."""

from enum import StrEnum
from typing import Final

# EU, EEA, the United Kingdom and Switzerland.
STRICT_COUNTRIES: Final = frozenset(
    {
        *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU"),
        *("MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "GB", "CH"),
    }
)
# Their time zones outside the Europe/ area, overseas parts of the Union included.
STRICT_ZONES: Final = frozenset(
    {
        *("Atlantic/Canary", "Atlantic/Madeira", "Atlantic/Azores", "Atlantic/Reykjavik", "Atlantic/Faroe"),
        *("Arctic/Longyearbyen", "Africa/Ceuta", "Asia/Nicosia", "Asia/Famagusta", "Indian/Reunion", "Indian/Mayotte"),
        *("America/Martinique", "America/Guadeloupe", "America/Cayenne"),
    }
)


class Consent(StrEnum):
    """What the visitor said, and through what."""

    GIVEN = "given"
    REFUSED = "refused"
    GPC = "gpc"
    DNT = "dnt"
    UNKNOWN = "unknown"


def said(parameter: str, gpc: str, dnt: str) -> Consent:
    """Read what the visitor said. A refusal from any side wins.

    `parameter` is the page's consent parameter, `gpc` and `dnt` the headers Sec-GPC and DNT. Anything but 1 and 0 in
    the parameter says nothing.
    """
    if parameter in ("0", "false", "denied"):
        return Consent.REFUSED
    if gpc == "1":
        return Consent.GPC
    if dnt == "1":
        return Consent.DNT
    if parameter in ("1", "true", "granted"):
        return Consent.GIVEN
    return Consent.UNKNOWN


def is_strict_region(country: str, time_zone: str) -> bool:
    """Say whether the visitor may be where consent must come first. Who cannot be placed is treated as being there.

    The country comes from a trusted proxy; without one the browser's own time zone places the visitor.
    """
    if country:
        return country.upper() in STRICT_COUNTRIES
    if "/" in time_zone:
        return time_zone.startswith("Europe/") or time_zone in STRICT_ZONES
    return True


def may_keep(consent: Consent, policy: str, country: str, time_zone: str) -> bool:
    """Say whether the policy (`strict`, `eu_strict`, `opt_out`) lets the hit be kept as this visitor's."""
    if consent is Consent.GIVEN:
        return True
    if consent is not Consent.UNKNOWN:
        return False
    if policy == "opt_out":
        return True
    return policy == "eu_strict" and not is_strict_region(country, time_zone)
