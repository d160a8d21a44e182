"""Time decay."""

from __future__ import annotations

import math

import numpy as np

from attribution.attributors.base import Attributor, proportional
from attribution.journeys.columns import Floats, Journeys

DAY = 86_400


class TimeDecay(Attributor):
    """Give a touch half as much for every half-life between it and the conversion.

    Weight 2^(-(t_conversion - t) / half_life), scaled to sum to 1 in each journey. The half-life is in
    seconds; left out, it is a quarter of the look-back window, so that a touch at its far edge weighs a
    sixteenth. Google Ads lists it with a half-life of one week
    (https://developers.google.com/google-ads/api/reference/rpc/v17/AttributionModelEnum.AttributionModel).
    """

    key = "time_decay"
    label = "Time decay"
    sentence = "The nearer a touch is to the conversion, the larger its share: it halves with every half-life."
    needs_times = True

    def __init__(self, half_life: float | None = None, window: float = 30 * DAY) -> None:
        self.half_life = half_life
        self.window = window

    def check(self) -> None:
        """Refuse a half-life that is not a positive number of seconds."""
        half_life = self._half_life()
        if not (math.isfinite(half_life) and half_life > 0):
            raise ValueError(f"time_decay: the half-life must be a positive number of seconds, is {half_life}")

    def shares(self, journeys: Journeys) -> Floats:
        """Weigh each touch by its age."""
        # Ages count from the last touch instead of the conversion: the same shares after scaling, and the
        # weights of a journey that ended long after cannot all underflow to 0.
        newest = np.repeat(journeys.at[journeys.offsets[1:] - 1], journeys.lengths)
        return proportional(np.exp2((journeys.at - newest) / self._half_life()), journeys.offsets)

    def _half_life(self) -> float:
        return self.window / 4 if self.half_life is None else self.half_life
