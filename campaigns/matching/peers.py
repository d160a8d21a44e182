"""Where a number stands among creators of the same size on the same platform.

The database reduces each group of peers to its quantiles (shortlist.py); this file only reads them off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.candidate import Candidate, size_of

# Fewer peers than this tell nothing about a hundredth.
MIN_PEERS: Final = 20
# The quantiles that a curve is made of: the least, every fiftieth, the greatest.
FRACTIONS: Final = tuple(i / 50 for i in range(51))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The quantiles (at FRACTIONS) of one metric in one group of peers, and how many they are."""

    count: int
    quantiles: tuple[float, ...]

    def shares_below(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of peers (0..1) with a smaller value, NaN for NaN; those with the same one count half."""
        grid = np.asarray(self.quantiles)
        both = sum(np.interp(values, *_steps(grid, side)) for side in ("first", "last"))
        return np.where(np.isnan(values), np.nan, both / 2)


def _steps(grid: NDArray[np.float64], side: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distinct values and the first or the last fraction at which each stands."""
    values, first = np.unique(grid, return_index=True)
    last = np.r_[first[1:] - 1, len(grid) - 1]
    return values, np.asarray(FRACTIONS)[first if side == "first" else last]


@dataclass(frozen=True, slots=True)
class Peers:
    """The curves of engagement and views per follower by (platform, size), and of followers by platform."""

    engagement: Mapping[tuple[str, int], Curve] = field(default_factory=dict)
    views: Mapping[tuple[str, int], Curve] = field(default_factory=dict)
    followers: Mapping[str, Curve] = field(default_factory=dict)

    def standings(self, metric: str, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """Return the share of peers below (0..1) for each candidate, NaN: value unknown, or too few peers.

        `metric` is "followers", "engagement" or "views".
        """
        result = np.full(len(candidates), np.nan)
        groups: dict[Curve, list[int]] = {}
        for i, candidate in enumerate(candidates):
            if (curve := self.curve(metric, candidate)) is not None:
                groups.setdefault(curve, []).append(i)
        for curve, rows in groups.items():
            values = np.array([_value(metric, candidates[i]) for i in rows])
            result[rows] = curve.shares_below(values)
        return result

    def curve(self, metric: str, candidate: Candidate) -> Curve | None:
        """Return the curve of the candidate's peers, or None: size unknown, or fewer than MIN_PEERS."""
        size = size_of(candidate.followers)
        if size is None:
            return None
        if metric == "followers":
            found = self.followers.get(candidate.platform)
        else:
            found = {"engagement": self.engagement, "views": self.views}[metric].get((candidate.platform, size))
        return found if found is not None and found.count >= MIN_PEERS else None


def _value(metric: str, candidate: Candidate) -> float:
    found = {
        "followers": candidate.followers,
        "engagement": candidate.engagement,
        "views": candidate.views_ratio,
    }[metric]
    return float("nan") if found is None else float(found)
