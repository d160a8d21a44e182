"""Last touch."""

from __future__ import annotations

import numpy as np

from attribution.attributors.base import Attributor
from attribution.journeys.columns import Floats, Journeys


class Last(Attributor):
    """Give everything to the last touch: share 1 at position n, 0 elsewhere.

    Most affiliate programmes pay by it. It rewards whoever stands nearest to the till, coupon sites
    included. Google Ads lists it as "last click"
    (https://developers.google.com/google-ads/api/reference/rpc/v17/AttributionModelEnum.AttributionModel).
    """

    key = "last"
    label = "Last touch"
    sentence = "The last touch before the conversion gets all of it."

    def shares(self, journeys: Journeys) -> Floats:
        """Put 1 on the last touch of each journey."""
        out = np.zeros(journeys.touches)
        out[journeys.offsets[1:] - 1] = 1.0
        return out

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        total += np.bincount(block.channel[block.offsets[1:] - 1], amounts, minlength=len(total))
