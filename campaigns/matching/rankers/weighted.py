"""A sum of weights that a person can check with a pencil. Works on the first day, without any outcome."""

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from campaigns.matching.features import Features
from campaigns.matching.rankers.base import Effect, Floats, Ranker

# How much each question matters for each goal. Each row adds up to 100. House judgement: docs/matching.md says why.
WEIGHTS: Final[dict[str, dict[str, float]]] = {
    "awareness": {
        "topic": 14, "category": 16, "market": 16, "language": 5, "platform": 6, "reach": 16,
        "engagement": 8, "views": 8, "fresh": 3, "price": 4, "past": 2, "complete": 2,
    },
    "launch": {
        "topic": 16, "category": 16, "market": 14, "language": 5, "platform": 5, "reach": 10,
        "engagement": 12, "views": 8, "fresh": 4, "price": 4, "past": 4, "complete": 2,
    },
    "sales": {
        "topic": 16, "category": 16, "market": 14, "language": 5, "platform": 5, "reach": 6,
        "engagement": 10, "views": 6, "fresh": 4, "price": 6, "past": 10, "complete": 2,
    },
    "content": {
        "topic": 20, "category": 18, "market": 6, "language": 5, "platform": 8, "reach": 4,
        "engagement": 13, "views": 8, "fresh": 4, "price": 8, "past": 4, "complete": 2,
    },
}  # fmt: skip
# What a feature says before it is known: neither for nor against.
NEUTRAL: Final = 0.5


class WeightedScore(Ranker):
    """Score = 50 + Σ weight × (feature − ½), 0..100 points; what is not known adds nothing.

    The weights of the questions that the brief asks are scaled to add up to 100. `weights` overrides WEIGHTS[goal].
    """

    key: ClassVar[str] = "weighted"

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self.weights = weights

    def _weights(self, features: Features) -> Floats:
        chosen = self.weights if self.weights is not None else WEIGHTS.get(features.goal, WEIGHTS["sales"])
        weights = np.array([chosen.get(key, 0.0) for key in features.keys]) * features.applies
        total = weights.sum()
        return np.asarray(weights * (100 / total) if total else weights, dtype=np.float64)

    def _points(self, features: Features) -> Floats:
        centred = np.nan_to_num(features.values - NEUTRAL, nan=0.0)
        return np.asarray(centred * self._weights(features), dtype=np.float64)

    def score(self, features: Features) -> Floats:
        return np.asarray(self.base_ + self._points(features).sum(axis=1), dtype=np.float64)

    def explain(self, features: Features, row: int) -> list[Effect]:
        one = Features(features.keys, features.values[row : row + 1], features.applies, features.goal)
        points = self._points(one)[0]
        return [Effect(key, float(value)) for key, value in zip(features.keys, points, strict=True) if value]

    @property
    def base_(self) -> float:
        return 50.0
