"""Share out net revenue: every conversion's credits sum to it, whatever the attributor."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from attribution.attributors import Attributor
from attribution.journeys.columns import Bools, Floats, Ints, Journeys, TouchKind
from attribution.journeys.evidence import Evidence, Gathered, keep_touches
from attribution.reports.split import split_many

# Direct visits are shown in every journey, but only the plain last touch lets them earn: a shopper who comes back by
# typing the address has been won by somebody before. What they earn there is organic.
SEES_DIRECT = frozenset({"last"})
# A coupon that outranks other touches decides who closed the sale; models that share among several weigh it as a touch.
COUPON_DECIDES = frozenset({"last", "last_non_direct"})


class Reason(StrEnum):
    """The rule that fired; the same codes as Credit.Reason."""

    MODEL = "model"
    COUPON = "coupon"
    NO_TOUCH = "no_touch"
    DIRECT = "direct"
    OUTSIDE_WINDOW = "outside_window"
    REFUSED_TOUCH = "refused_touch"
    UNKNOWN_COUPON = "unknown_coupon"


@dataclass(frozen=True)
class CreditRow:
    """One part of one conversion. ``collaboration`` is None for organic and unattributed revenue."""

    conversion: int
    kind: str
    reason: str
    collaboration: int | None
    share: float
    amount_minor: int
    currency: str


def journeys_for(attributor: Attributor, gathered: Gathered, evidence: Evidence) -> tuple[Journeys, Ints, Bools]:
    """Give an attributor the touches that count for it.

    Returns the journeys, the place in the evidence of each of their touches, and per journey whether a coupon
    decided it.
    """
    journeys = gathered.journeys
    kept = np.ones(journeys.touches, np.bool_)
    if attributor.key not in SEES_DIRECT:
        kept &= journeys.kind != TouchKind.DIRECT
    decided = np.zeros(len(journeys), np.bool_)
    if attributor.key in COUPON_DECIDES:
        coupon = journeys.kind == TouchKind.COUPON
        first = coupon & evidence.touch_coupon_first[gathered.touch] & journeys.converted[journeys.owner]
        decided[journeys.owner[first]] = True
        kept &= first | ~decided[journeys.owner]
        # Where a campaign lets other touches go first, its coupon counts only in their absence.
        other = kept & ~coupon
        has_other = np.bincount(journeys.owner[other], minlength=len(journeys)) > 0
        kept &= first | ~coupon | ~has_other[journeys.owner]
    return keep_touches(journeys, kept), gathered.touch[kept], decided


def share_out(attributor: Attributor, gathered: Gathered, evidence: Evidence) -> list[CreditRow]:
    """Credit every conversion in minor units. Rows of a conversion sum to its revenue exactly.

    The attributor must be fitted. A conversion nobody can be credited for is organic, or unattributed with the
    reason why its evidence does not count.
    """
    journeys, _touch, decided = journeys_for(attributor, gathered, evidence)
    number = len(evidence.conversion)
    converting = journeys.subset(np.arange(number))
    shares = attributor.credit(converting)
    conversion, channel, share = _by_channel(converting, shares, evidence.direct + 1)
    lengths = np.bincount(conversion, minlength=number)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    amounts = split_many(evidence.conversion_revenue, share, offsets)
    rows: list[CreditRow] = []
    for place in range(number):
        currency = evidence.conversion_currency[place]
        identity = int(evidence.conversion[place])
        if not lengths[place]:
            kind, reason = _without_touch(place, gathered, evidence)
            rows.append(CreditRow(identity, kind, reason, None, 1.0, int(evidence.conversion_revenue[place]), currency))
            continue
        for part in range(offsets[place], offsets[place + 1]):
            direct = channel[part] == evidence.direct
            reason = Reason.DIRECT if direct else Reason.COUPON if decided[place] else Reason.MODEL
            rows.append(
                CreditRow(
                    identity,
                    "organic" if direct else "collaboration",
                    reason,
                    None if direct else int(evidence.collaborations[channel[part]]),
                    float(share[part]),
                    int(amounts[part]),
                    currency,
                )
            )
    return rows


def _by_channel(journeys: Journeys, shares: Floats, channels: int) -> tuple[Ints, Ints, Floats]:
    """Add up the shares of each journey's distinct channels: journey, channel, share; by journey, then channel."""
    cell = journeys.owner * channels + journeys.channel
    cells, place = np.unique(cell, return_inverse=True)
    summed: Floats = np.bincount(place, shares, minlength=len(cells)).astype(np.float64)
    earning = summed > 0
    # A journey whose shares are all zero cannot be: attributors give every converting journey with touches 1.
    return cells[earning] // channels, cells[earning] % channels, summed[earning]


def _without_touch(place: int, gathered: Gathered, evidence: Evidence) -> tuple[str, str]:
    """Say why a conversion has no touch that counts."""
    if gathered.too_old[place]:
        return "unattributed", Reason.OUTSIDE_WINDOW
    if gathered.refused[place]:
        return "unattributed", Reason.REFUSED_TOUCH
    if evidence.conversion_unknown_coupon[place]:
        return "unattributed", Reason.UNKNOWN_COUPON
    return "organic", Reason.NO_TOUCH
