"""The orders a shortlist can be drawn in. A new ranker is one file and one line here.

scikit-learn's manners without importing it (3-4 s): constructors only store, `fit` returns self, what was learned ends
in an underscore, and `sklearn.base.clone` works on every ranker.
"""

from typing import Final

from campaigns.matching.rankers.base import Effect, Ranker
from campaigns.matching.rankers.followers import FollowersBaseline
from campaigns.matching.rankers.learned import LearnedScore
from campaigns.matching.rankers.weighted import WeightedScore

__all__ = ["RANKERS", "Effect", "FollowersBaseline", "LearnedScore", "Ranker", "WeightedScore", "find_ranker"]

RANKERS: Final[tuple[type[Ranker], ...]] = (WeightedScore, LearnedScore, FollowersBaseline)

# What the order is compared with on the page, and what anyone could do without us.
BASELINE: Final = FollowersBaseline


def find_ranker(key: str) -> type[Ranker]:
    """Return the ranker with this key; LookupError that names the key when there is none."""
    for ranker in RANKERS:
        if ranker.key == key:
            return ranker
    raise LookupError(f"No ranker has the key {key!r}.")
