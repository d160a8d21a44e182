"""First touch."""

from __future__ import annotations

import numpy as np

from attribution.attributors.base import Attributor
from attribution.journeys.columns import Floats, Journeys


class First(Attributor):
    """Give everything to the first touch: share 1 at position 1, 0 elsewhere.

    It answers who brings new people in, and ignores whatever made them buy. The rule is as old as
    marketing reports; Google Ads lists it as "first click"
    (https://developers.google.com/google-ads/api/reference/rpc/v17/AttributionModelEnum.AttributionModel).
    """

    key = "first"
    label = "First touch"
    sentence = "The first touch of a journey gets the whole conversion."

    def shares(self, journeys: Journeys) -> Floats:
        """Put 1 on the first touch of each journey."""
        out = np.zeros(journeys.touches)
        out[journeys.offsets[:-1]] = 1.0
        return out

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        total += np.bincount(block.channel[block.offsets[:-1]], amounts, minlength=len(total))
