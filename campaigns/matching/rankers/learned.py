"""Gradient boosting on what earlier collaborations really returned.

Fitted with scikit-learn, kept and applied as plain arrays: reading a stored model can run nothing, a shortlist needs no
import of scikit-learn, and an explanation walks the very trees that scored.
"""

from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.features import KEYS, Features
from campaigns.matching.rankers.base import Effect, Floats, Ranker
from campaigns.matching.rankers.weighted import NEUTRAL

# Fewer outcomes than this, or from fewer briefs, are an anecdote.
MIN_OUTCOMES: Final = 30
MIN_BRIEFS: Final = 5
_TREE_FIELDS: Final = ("left", "right", "feature", "threshold", "value")


class LearnedScore(Ranker):
    """Predicts an outcome relative to its brief's mean, in the outcome's own unit.

    Unknown features enter as NEUTRAL, beside a column that says that they are unknown. Effects follow the path through
    each tree (Saabas 2014): a split's effect is the change of the node's mean, given to the feature it splits on.
    """

    key: ClassVar[str] = "learned"
    learns: ClassVar[bool] = True

    def __init__(
        self,
        trees: int = 80,
        depth: int = 3,
        learning_rate: float = 0.05,
        min_leaf: int = 5,
        subsample: float = 0.8,
        seed: int = 7,
    ) -> None:
        self.trees = trees
        self.depth = depth
        self.learning_rate = learning_rate
        self.min_leaf = min_leaf
        self.subsample = subsample
        self.seed = seed

    def fit(self, features: Features, outcomes: Floats, groups: NDArray[np.int64]) -> Self:
        """Learn from outcomes (rows,); what a brief as a whole returned is taken out first (its rows' mean)."""
        # Here and not above: the import takes seconds that no web process should pay.
        from sklearn.ensemble import GradientBoostingRegressor

        names, places = np.unique(groups, return_inverse=True)
        means = np.bincount(places, weights=outcomes) / np.bincount(places)
        model = GradientBoostingRegressor(
            n_estimators=self.trees,
            max_depth=self.depth,
            learning_rate=self.learning_rate,
            min_samples_leaf=self.min_leaf,
            subsample=self.subsample,
            random_state=self.seed,
        )
        model.fit(_columns(features), outcomes - means[places])
        self.initial_ = float(model.init_.constant_.ravel()[0])
        self.rate_ = float(self.learning_rate)
        self.keys_ = features.keys
        self.briefs_ = len(names)
        self.trees_ = [
            {
                "left": estimator.tree_.children_left,
                "right": estimator.tree_.children_right,
                "feature": estimator.tree_.feature,
                "threshold": estimator.tree_.threshold,
                "value": estimator.tree_.value[:, 0, 0],
            }
            for estimator in model.estimators_[:, 0]
        ]
        return self

    @property
    def base_(self) -> float:
        return self.initial_ + self.rate_ * sum(float(tree["value"][0]) for tree in self.trees_)

    def score(self, features: Features) -> Floats:
        columns = _columns(features)
        total = np.full(len(features), self.initial_)
        for tree in self.trees_:
            total += self.rate_ * tree["value"][_leaves(tree, columns)]
        return total

    def explain(self, features: Features, row: int) -> list[Effect]:
        one = Features(features.keys, features.values[row : row + 1], features.applies, features.goal)
        values = _columns(one)[0]
        points = np.zeros(len(self.keys_))
        for tree in self.trees_:
            node = 0
            while (split := int(tree["feature"][node])) >= 0:
                side = "left" if values[split] <= tree["threshold"][node] else "right"
                child = int(tree[side][node])
                points[split % len(self.keys_)] += self.rate_ * (tree["value"][child] - tree["value"][node])
                node = child
        return [Effect(key, float(value)) for key, value in zip(self.keys_, points, strict=True) if value]

    def to_json(self) -> dict[str, Any]:
        """Return what was learned as JSON values; `from_json` scores exactly the same with it."""
        return {
            "params": self.get_params(),
            "initial": self.initial_,
            "rate": self.rate_,
            "keys": list(self.keys_),
            "briefs": self.briefs_,
            "trees": [{name: tree[name].tolist() for name in _TREE_FIELDS} for tree in self.trees_],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "LearnedScore | None":
        """Return the ranker as it was stored, or None where it was learned from other features than there are now."""
        if tuple(stored["keys"]) != KEYS:
            return None
        ranker = cls(**stored["params"])
        ranker.initial_ = float(stored["initial"])
        ranker.rate_ = float(stored["rate"])
        ranker.keys_ = KEYS
        ranker.briefs_ = int(stored["briefs"])
        ranker.trees_ = [
            {
                name: np.asarray(tree[name], dtype=np.float64 if name in {"threshold", "value"} else np.int64)
                for name in _TREE_FIELDS
            }
            for tree in stored["trees"]
        ]
        return ranker


def _columns(features: Features) -> Floats:
    """Return (rows, 2 × features): the values with NEUTRAL for unknown, then 1 where unknown.

    Rounded to single precision, in which scikit-learn compares with its thresholds.
    """
    unknown = np.isnan(features.values)
    columns = np.hstack([np.where(unknown, NEUTRAL, features.values), unknown])
    return columns.astype(np.float32).astype(np.float64)


def _leaves(tree: dict[str, NDArray[Any]], columns: Floats) -> NDArray[np.int64]:
    """Return the leaf that each row ends in."""
    node = np.zeros(len(columns), dtype=np.int64)
    rows = np.arange(len(columns))
    while (inner := tree["feature"][node] >= 0).any():
        at = node[inner]
        goes_left = columns[rows[inner], tree["feature"][at]] <= tree["threshold"][at]
        node[inner] = np.where(goes_left, tree["left"][at], tree["right"][at])
    return node
