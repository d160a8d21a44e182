"""Journeys to try every attributor on."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from attribution.journeys import Journeys


def drawn(seed: int, journeys: int = 40, channels: int = 6, longest: int = 7) -> Journeys:
    """Draw journeys with empty ones, repeats, equal times, all kinds of touches, converting or not."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, longest + 1, journeys)
    at = [sorted(rng.integers(0, 5, length) * 86_400) for length in lengths]
    return Journeys.from_lists(
        [rng.integers(0, channels, length) for length in lengths],
        at=at,
        kind=[rng.integers(0, 4, length) for length in lengths],
        converted=rng.random(journeys) < 0.5,
        value=rng.integers(1, 10_000, journeys),
        ended_at=[row[-1] + 3600 if len(row) else 0 for row in at],
        channels=channels,
    )


def any_journeys() -> st.SearchStrategy[Journeys]:
    return st.builds(
        drawn,
        st.integers(0, 2**32 - 1),
        journeys=st.integers(0, 25),
        channels=st.integers(1, 7),
        longest=st.integers(0, 6),
    )
