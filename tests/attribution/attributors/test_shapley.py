"""Shapley by enumeration of all subsets."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings

from attribution.attributors.shapley import Shapley
from tests.attribution.attributors.examples import any_journeys


def by_subsets(journeys):
    """Average what a channel adds to every coalition of the others."""
    paths = np.split(journeys.channel, journeys.offsets[1:-1]) if len(journeys) else []
    sets = [
        (frozenset(path.tolist()), amount)
        for path, amount in zip(paths, journeys.worth, strict=True)
        if path.size and amount
    ]

    def worth(coalition):
        return sum(amount for channels, amount in sets if channels <= coalition)

    found = np.zeros(journeys.channels)
    for channel in range(journeys.channels):
        others = [other for other in range(journeys.channels) if other != channel]
        for size in range(len(others) + 1):
            for chosen in combinations(others, size):
                coalition = frozenset(chosen)
                gain = worth(coalition | {channel}) - worth(coalition)
                found[channel] += gain / (comb(len(others), size) * journeys.channels)
    return found


@settings(max_examples=40, deadline=None)
@given(journeys=any_journeys())
def test_equal_to_the_enumeration_of_subsets(journeys):
    assert Shapley().totals(journeys).value == pytest.approx(by_subsets(journeys), rel=1e-12, abs=1e-9)
