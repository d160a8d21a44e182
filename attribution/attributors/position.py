"""Position based."""

from __future__ import annotations

import math

import numpy as np

from attribution.attributors.base import Attributor
from attribution.journeys.columns import Floats, Journeys


class Position(Attributor):
    """Give the first and the last touch 40 % each and share 20 % among those between, also called U-shaped.

    Of n touches the first gets a, each middle one b/(n - 2), the last c, with a + b + c = 1; a lone touch
    gets all; two share in the proportion a : c (halves, if both are 0). Google Ads lists it with
    these weights
    (https://developers.google.com/google-ads/api/reference/rpc/v17/AttributionModelEnum.AttributionModel).
    """

    key = "position"
    label = "Position based"
    sentence = "The first and the last touch get 40 % each; those between share the remaining 20 %."

    def __init__(self, first: float = 0.4, middle: float = 0.2, last: float = 0.4) -> None:
        self.first = first
        self.middle = middle
        self.last = last

    def check(self) -> None:
        """Refuse weights that are negative or do not sum to 1."""
        weights = (self.first, self.middle, self.last)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
            raise ValueError(f"position: weights must be finite and not negative, are {weights}")
        if abs(sum(weights) - 1) > 1e-9:
            raise ValueError(f"position: weights must sum to 1, {weights} sum to {sum(weights):g}")

    def shares(self, journeys: Journeys) -> Floats:
        """Put first, middle and last weights on the touches of each journey."""
        lengths, starts, ends = journeys.lengths, journeys.offsets[:-1], journeys.offsets[1:] - 1
        out = np.repeat(self.middle / np.maximum(lengths - 2, 1), lengths)
        out[starts] = self.first
        out[ends] = self.last
        pair = lengths == 2
        ends_only = self.first + self.last
        out[starts[pair]] = self.first / ends_only if ends_only else 0.5
        out[ends[pair]] = self.last / ends_only if ends_only else 0.5
        out[starts[lengths == 1]] = 1.0
        return out
