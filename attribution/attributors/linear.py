"""Linear."""

from __future__ import annotations

import numpy as np

from attribution.attributors.base import Attributor
from attribution.journeys.columns import Floats, Journeys


class Linear(Attributor):
    """Give every touch the same: share 1/n at each of n positions.

    It says who took part, not who mattered: a channel met five times in a journey of six gets five
    sixths. Google Ads lists it under this name
    (https://developers.google.com/google-ads/api/reference/rpc/v17/AttributionModelEnum.AttributionModel).
    """

    key = "linear"
    label = "Linear"
    sentence = "Every touch of a journey gets the same share of the conversion."
    advanced = False

    def shares(self, journeys: Journeys) -> Floats:
        """Put 1/n on each of the n touches of a journey."""
        return np.repeat(1.0 / journeys.lengths, journeys.lengths)

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        # Touches of one channel are added as count/n, not one by one: less rounding, and the very digits
        # that ChannelAttribution prints.
        journey, channel, touches = block.cells
        total += np.bincount(channel, amounts[journey] * touches / block.lengths[journey], minlength=len(total))
