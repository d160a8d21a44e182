"""Judge what a deliverable shows against its campaign's markets, and write down reviews and findings.

The compliance room's only file that touches the database.
"""

from collections.abc import Iterable


def means_of(*, fee: bool, commission: bool, coupon: bool, link: bool, shipment: bool) -> str:
    """Return the connection that the work proves: the strongest one, as campaigns.compliance names it."""
    if fee:
        return "paid"
    if commission:
        return "affiliate"
    if coupon:
        return "code"
    if link:
        return "affiliate"
    return "gifted" if shipment else "unknown"


def disclosures_for(markets: Iterable[str], kind: str, platform: str) -> list[dict[str, str]]:
    """Return the label that each market requires for this connection: [{market, text}]."""
    return []
