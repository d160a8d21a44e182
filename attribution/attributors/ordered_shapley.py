"""Ordered Shapley value: channel by position."""

from __future__ import annotations

from typing import Self

import numpy as np

from attribution.attributors.shapley import Shapley
from attribution.journeys.columns import Floats, Journeys


class OrderedShapley(Shapley):
    """Say at which position of the journey a channel earns its Shapley value.

    phi_ij = sum over journeys p with channel i at position j of w_p / (|channels of p| x touches of i in p)
    (Zhao, Mahboobi and Bagheri 2018, https://arxiv.org/abs/1804.05327). Summed over positions it is the
    Shapley value, so credit and totals are the same; what it adds is ``position_totals_``
    float64[K, positions], the last column holding that position and all later ones.
    """

    key = "ordered_shapley"
    label = "Ordered Shapley value"
    sentence = "The Shapley value, told apart by the position in the journey at which a channel was met."

    def __init__(self, positions: int = 10) -> None:
        self.positions = positions

    def check(self) -> None:
        """Refuse a table without columns."""
        if self.positions < 1:
            raise ValueError(f"ordered_shapley: needs at least one position, has {self.positions}")

    def fit(self, journeys: Journeys) -> Self:
        """Add up conversions by channel and position into ``position_totals_`` float64[K, positions]."""
        self.check()
        credited, _ = journeys.credited
        cells = journeys.channels * self.positions
        totals: Floats = np.zeros(cells)
        for block in credited.blocks():
            lengths = block.lengths
            place = np.arange(block.touches) - np.repeat(block.offsets[:-1], lengths)
            where = block.channel * np.int64(self.positions) + np.minimum(place, self.positions - 1)
            worth = self.shares(block) * np.repeat(block.weight, lengths)
            totals += np.bincount(where, worth, minlength=cells)
        self.position_totals_ = totals.reshape(journeys.channels, self.positions)
        return self
