"""What every ranker can do."""

import inspect
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.features import Features

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much one feature raised (+) or lowered (−) a candidate's score, in points of that score."""

    feature: str
    points: float


class Ranker:
    """Scores candidates: higher is better. Scores of different rankers have different units and are not compared."""

    key: ClassVar[str] = ""
    # Whether it must be fitted on outcomes before it can score.
    learns: ClassVar[bool] = False

    def fit(self, features: Features, outcomes: Floats, groups: NDArray[np.int64]) -> Self:
        """Learn from past candidates: outcomes (rows,), higher is better, and the brief each row belongs to (rows,).

        A ranker that does not learn stays as it is.
        """
        return self

    def score(self, features: Features) -> Floats:
        """Return one finite score per candidate, shape (rows,)."""
        raise NotImplementedError

    def explain(self, features: Features, row: int) -> list[Effect]:
        """Return what made up the score of one candidate: `base_` and the effects add up to `score(features)[row]`."""
        raise NotImplementedError

    @property
    def base_(self) -> float:
        """The score of a candidate about whom nothing is known."""
        return 0.0

    # ---- scikit-learn's protocol, so that clone() and its friends work ----

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls).parameters if name not in {"args", "kwargs"}]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        """Change constructor arguments; ValueError that names an unknown one."""
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self
