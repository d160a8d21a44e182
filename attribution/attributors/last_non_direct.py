"""Last touch that is not a direct visit."""

from __future__ import annotations

import numpy as np

from attribution.attributors.base import Attributor
from attribution.journeys.columns import Floats, Ints, Journeys, TouchKind


class LastNonDirect(Attributor):
    """Give everything to the last touch that is not a direct visit, or to the last touch if all are.

    Share 1 at max{i : kind_i is not direct}. Somebody who types the shop's address was sent there by an
    earlier touch; this is how Google Analytics reports by default
    (https://support.google.com/analytics/answer/6205762).
    """

    key = "last_non_direct"
    label = "Last non-direct touch"
    sentence = "The last touch that is not a direct visit gets the whole conversion."
    advanced = False
    needs_kinds = True

    def shares(self, journeys: Journeys) -> Floats:
        """Put 1 on the chosen touch of each journey."""
        out = np.zeros(journeys.touches)
        out[self._chosen(journeys)] = 1.0
        return out

    def _chosen(self, journeys: Journeys) -> Ints:
        """Find the touch of each journey that gets the credit."""
        if not len(journeys):
            return np.empty(0, np.int64)
        candidates = np.where(journeys.kind == TouchKind.DIRECT, -1, np.arange(journeys.touches))
        chosen = np.maximum.reduceat(candidates, journeys.offsets[:-1])
        return np.where(chosen < 0, journeys.offsets[1:] - 1, chosen)

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        total += np.bincount(block.channel[self._chosen(block)], amounts, minlength=len(total))
