"""How good an order is: recall, median rank, reciprocal rank, nDCG and AUC, ties taken at their expected rank.

An item that shares its score with others has the mean of the places they take together: a ranker that scores everything
alike is worth what chance is, whatever order the file happens to have.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METRICS: Final = ("R@10", "R@50", "MedR", "MRR", "nDCG@10", "AUC")
# Whether more is better: the median rank is the only one that should be small.
LESS_IS_BETTER: Final = frozenset({"MedR"})


@dataclass(frozen=True, slots=True)
class Group:
    """One brief: the relevance (≥ 0) and the score of each of its items, in the same order."""

    relevance: Floats
    scores: Floats


def expected_ranks(scores: Floats) -> Floats:
    """Return each item's rank from 1, the highest score first; items with one score share the mean of their places."""
    _values, inverse, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=np.float64)


def _share_in_top(scores: Floats, depth: int) -> Floats:
    """Return the probability that each item is among the first `depth`, ties in random order."""
    _values, inverse, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return np.asarray((np.clip(depth - before, 0, counts) / counts)[inverse], dtype=np.float64)


def recall_at(group: Group, depth: int) -> float:
    """Return the expected share of the relevant items among the first `depth`."""
    relevant = group.relevance > 0
    return float(_share_in_top(group.scores, depth)[relevant].mean())


def best_rank(group: Group) -> float:
    """Return the expected-rank place of the best-placed relevant item."""
    return float(expected_ranks(group.scores)[group.relevance > 0].min())


def ndcg(group: Group, depth: int = 10) -> float:
    """Return nDCG with gain = relevance and discount 1 ÷ log₂(place + 1); tied items share the mean of their places'
    discounts (McSherry & Najork 2008, https://doi.org/10.1007/978-3-540-78646-7_38)."""
    discounts = np.zeros(len(group.scores))
    top = np.arange(min(depth, len(discounts)))
    discounts[top] = 1 / np.log2(top + 2)
    _values, inverse, counts = np.unique(-group.scores, return_inverse=True, return_counts=True)
    sums = np.add.reduceat(discounts, np.cumsum(counts) - counts)
    gained = float((group.relevance * (sums / counts)[inverse]).sum())
    ideal = float((np.sort(group.relevance)[::-1] * discounts).sum())
    return gained / ideal if ideal else 0.0


def auc(group: Group) -> float:
    """Return the share of (relevant, other) pairs in the right order, ties counting half; NaN without both kinds."""
    relevant = group.relevance > 0
    positives, negatives = int(relevant.sum()), int((~relevant).sum())
    if not positives or not negatives:
        return math.nan
    from_the_end = len(group.scores) + 1 - expected_ranks(group.scores)
    return float((from_the_end[relevant].sum() - positives * (positives + 1) / 2) / (positives * negatives))


_OF_A_GROUP: Final[dict[str, Callable[[Group], float]]] = {
    "R@10": lambda group: recall_at(group, 10),
    "R@50": lambda group: recall_at(group, 50),
    "MedR": best_rank,
    "MRR": lambda group: 1 / best_rank(group),
    "nDCG@10": ndcg,
    "AUC": auc,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric over all groups with its 95 % interval."""

    value: float
    low: float
    high: float


def evaluate(groups: Sequence[Group], *, resamples: int = 1000, seed: int = 0) -> Mapping[str, Estimate]:
    """Return every metric over groups that have a relevant item: the median for MedR, else the mean over groups.

    The interval is the percentile bootstrap over groups: items of one brief are not independent. Raises ValueError
    where no group has a relevant item.
    """
    useful = [group for group in groups if (group.relevance > 0).any()]
    if not useful:
        raise ValueError("no group has a relevant item")
    picks = np.random.default_rng(seed).integers(0, len(useful), (resamples, len(useful)))
    found: dict[str, Estimate] = {}
    for name in METRICS:
        values = np.array([_OF_A_GROUP[name](group) for group in useful])
        summarize = np.nanmedian if name == "MedR" else np.nanmean
        if np.isnan(values).all():
            found[name] = Estimate(math.nan, math.nan, math.nan)
            continue
        drawn = values[picks]
        drawn = drawn[~np.isnan(drawn).all(axis=1)]
        low, high = np.quantile(summarize(drawn, axis=1), (0.025, 0.975))
        found[name] = Estimate(float(summarize(values)), float(low), float(high))
    return found
