"""What a brand knows of its shoppers, as columns, and the journeys that follow from it."""

import hashlib
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from attribution.journeys.columns import Bools, Ints, Journeys, Kinds, SmallInts
from attribution.journeys.stitch import Refusal, Windows, stitch


@dataclass(frozen=True, eq=False)
class Evidence:
    """Hold N touches and P conversions of one brand.

    ``collaborations`` int64[K] maps channels to collaboration ids; channel K is the direct visit. Touches stand by
    time, then id: ``touch`` their ids, ``touch_window`` the seconds for which each may count (from its campaign),
    ``touch_refused`` whether it earns nothing, ``touch_coupon_first`` whether its campaign lets a coupon outrank
    other touches. ``conversion_revenue`` is net revenue after refunds in minor units of ``conversion_currency``;
    ``conversion_unknown_coupon`` marks orders with codes that belonged to nobody.
    """

    collaborations: Ints
    touch: Ints
    touch_person: Ints
    touch_at: Ints
    touch_channel: SmallInts
    touch_kind: Kinds
    touch_refused: Bools
    touch_window: Ints
    touch_coupon_first: Bools
    conversion: Ints
    conversion_person: Ints
    conversion_at: Ints
    conversion_revenue: Ints
    conversion_unknown_coupon: Bools
    conversion_currency: tuple[str, ...]

    @property
    def direct(self) -> int:
        """Number of the channel that stands for direct visits."""
        return len(self.collaborations)

    def fingerprint(self) -> str:
        """Return the SHA-256 over every column: the same evidence always gives the same credits."""
        digest = hashlib.sha256()
        for field in fields(self):
            column = getattr(self, field.name)
            digest.update(field.name.encode())
            digest.update(column.tobytes() if isinstance(column, np.ndarray) else ",".join(column).encode())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Gathered:
    """The journeys of a brand: the first P belong to its conversions, in order; the rest did not convert.

    ``touch`` int64[T] is the place in `Evidence` of each touch of the journeys. ``too_old`` bool[P] and ``refused``
    bool[P] mark conversions whose person had touches of creators outside their window, or touches that earn nothing.
    """

    journeys: Journeys
    touch: Ints
    too_old: Bools
    refused: Bools


def gather(evidence: Evidence) -> Gathered:
    """Stitch the touches that may count into journeys, each touch within the window of its own campaign."""
    usable = np.flatnonzero(~evidence.touch_refused)
    longest = int(evidence.touch_window.max(initial=0))
    stitched = stitch(
        touch_visitor=evidence.touch_person[usable],
        touch_at=evidence.touch_at[usable],
        touch_channel=evidence.touch_channel[usable],
        touch_kind=evidence.touch_kind[usable],
        conversion_visitor=evidence.conversion_person,
        conversion_at=evidence.conversion_at,
        conversion_value=evidence.conversion_revenue,
        windows=Windows(longest, longest),
        channels=evidence.direct + 1,
    )
    journeys, touch = stitched.journeys, usable[stitched.touch]
    age = journeys.ended_at[journeys.owner] - journeys.at
    counts = (age <= evidence.touch_window[touch]) | ~journeys.converted[journeys.owner]
    has_old = np.bincount(journeys.owner[~counts & (journeys.channel != evidence.direct)], minlength=len(journeys)) > 0
    number = len(evidence.conversion)
    refusals = stitched.refusals()
    of_creator = evidence.touch_channel[usable[refusals.touch]] != evidence.direct
    has_old[refusals.conversion[of_creator & (refusals.reason != Refusal.AFTER_CONVERSION)]] = True
    return Gathered(
        journeys=keep_touches(journeys, counts),
        touch=touch[counts],
        too_old=has_old[:number],
        refused=_had_refused(evidence),
    )


def keep_touches(journeys: Journeys, kept: npt.NDArray[np.bool_]) -> Journeys:
    """Leave out touches, bool[T]; a journey may become empty."""
    lengths = np.bincount(journeys.owner[kept], minlength=len(journeys))
    return Journeys(
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        channel=journeys.channel[kept],
        at=journeys.at[kept],
        kind=journeys.kind[kept],
        converted=journeys.converted,
        value=journeys.value,
        ended_at=journeys.ended_at,
        channels=journeys.channels,
    )


def _had_refused(evidence: Evidence) -> Bools:
    """Mark conversions whose person had a touch before it that earns nothing, bool[P]."""
    refused = evidence.touch_refused
    first: dict[int, int] = {}
    for person, at in zip(evidence.touch_person[refused].tolist(), evidence.touch_at[refused].tolist(), strict=True):
        first.setdefault(person, at)
    return np.array(
        [
            first.get(person, at + 1) <= at
            for person, at in zip(evidence.conversion_person.tolist(), evidence.conversion_at.tolist(), strict=True)
        ],
        np.bool_,
    )
