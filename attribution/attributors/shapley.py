"""Shapley value of channels."""

from __future__ import annotations

import numpy as np

from attribution.attributors.base import Attributor, distinct, spread
from attribution.journeys.columns import Floats, Journeys


class Shapley(Attributor):
    """Divide each conversion equally among the distinct channels of its journey.

    This is the exact Shapley value of the game v(S) = conversions of the journeys whose channels all lie
    in S: phi_i = sum over journeys p containing i of w_p / |channels of p|, because v is a sum of unanimity
    games (Shapley 1953; Zhao, Mahboobi and Bagheri 2018, https://arxiv.org/abs/1804.05327). It therefore
    equals the linear model over distinct channels and never looks at journeys that did not convert. Within a
    journey a channel's part is divided equally among its touches.
    """

    key = "shapley"
    label = "Shapley value"
    sentence = "Each conversion is shared equally by the distinct channels before it, however often they were met."

    def shares(self, journeys: Journeys) -> Floats:
        """Put 1 / (distinct channels x touches on this channel) on each touch."""
        return spread((1.0 / distinct(journeys))[journeys.cells.journey], journeys)

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        each = amounts / distinct(block)
        journey, channel, _ = block.cells
        total += np.bincount(channel, each[journey], minlength=len(total))
