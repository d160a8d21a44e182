"""Teach the learned ranker, and find out on briefs it has not seen whether it is any better than the weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from campaigns.matching.evaluate import Group, ndcg
from campaigns.matching.features import KEYS, Features
from campaigns.matching.rankers.base import Ranker
from campaigns.matching.rankers.followers import FollowersBaseline
from campaigns.matching.rankers.learned import MIN_BRIEFS, MIN_OUTCOMES, LearnedScore
from campaigns.matching.rankers.weighted import WeightedScore

Floats = NDArray[np.float64]
FOLDS: Final = 5
# Equal orders differ in the last digits of a sum.
_LEAST_GAIN: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One brief: what was known of its creators when they were chosen, and their ROAS (≥ 0), shape (rows,)."""

    brief_id: int
    features: Features
    roas: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A ranker fitted on all lessons, and how rankers of its kind did on lessons held out."""

    ranker: LearnedScore
    rows: int
    briefs: int
    # {"learned": nDCG, "weighted": …, "followers": …, "gain": …, "gain_low": …, "gain_high": …}: means over briefs.
    metrics: dict[str, float]

    @property
    def is_better(self) -> bool:
        """Whether the 99 % interval of the gain over the weighted score lies above zero."""
        return self.metrics["gain_low"] > _LEAST_GAIN


def enough(lessons: Sequence[Lesson]) -> bool:
    """Say whether there is enough to learn from."""
    return len(lessons) >= MIN_BRIEFS and sum(len(lesson.roas) for lesson in lessons) >= MIN_OUTCOMES


def train(lessons: Sequence[Lesson], *, seed: int = 7) -> Trained:
    """Fit on all lessons; metrics come from FOLDS-fold cross-validation by brief. ValueError where there are too few.

    The outcome learned is ln(1 + ROAS) less its brief's mean. The gain's interval is over briefs.
    """
    if not enough(lessons):
        raise ValueError("too few outcomes")
    held_out: dict[str, list[float]] = {"learned": [], "weighted": [], "followers": []}
    for fold in range(FOLDS):
        seen = [lesson for i, lesson in enumerate(lessons) if i % FOLDS != fold]
        unseen = [lesson for i, lesson in enumerate(lessons) if i % FOLDS == fold and len(lesson.roas) > 1]
        rankers: list[Ranker] = [_fitted(seen, seed), WeightedScore(), FollowersBaseline()]
        for lesson in unseen:
            for ranker in rankers:
                held_out[ranker.key].append(ndcg(Group(lesson.roas, ranker.score(lesson.features))))
    return Trained(
        _fitted(lessons, seed), sum(len(lesson.roas) for lesson in lessons), len(lessons), _metrics(held_out)
    )


def _fitted(lessons: Sequence[Lesson], seed: int) -> LearnedScore:
    features = Features(
        KEYS,
        np.vstack([lesson.features.values for lesson in lessons]),
        np.ones(len(KEYS), dtype=bool),
    )
    groups = np.concatenate([np.full(len(lesson.roas), i) for i, lesson in enumerate(lessons)])
    return LearnedScore(seed=seed).fit(features, np.log1p(np.concatenate([x.roas for x in lessons])), groups)


def _metrics(held_out: dict[str, list[float]]) -> dict[str, float]:
    """Return mean nDCGs, and the mean gain with its 99 % Student interval over briefs.

    99 and not 95, since the question is asked again with every new outcome. A percentile bootstrap over this few
    briefs is too narrow: it promoted pure noise 13 times out of 60, this once.
    """
    if len(held_out["learned"]) < 2:
        return dict.fromkeys(("learned", "weighted", "followers", "gain", "gain_low", "gain_high"), 0.0)
    from scipy.special import stdtrit

    gains = np.array(held_out["learned"]) - np.array(held_out["weighted"])
    gain = float(gains.mean())
    half = float(stdtrit(len(gains) - 1, 0.995) * gains.std(ddof=1) / np.sqrt(len(gains)))
    means = {name: float(np.mean(values)) for name, values in held_out.items()}
    return {**means, "gain": gain, "gain_low": gain - half, "gain_high": gain + half}


def lesson_of(brief_id: int, goal: str, rows: Sequence[dict[str, Any]], roas: Sequence[float]) -> Lesson:
    """Return a lesson from features as a shortlist stored them ({feature: value or None})."""
    values = np.array(
        [[np.nan if row.get(key) is None else float(row[key]) for key in KEYS] for row in rows], dtype=np.float64
    ).reshape(len(rows), len(KEYS))
    applies = np.asarray((~np.isnan(values)).any(axis=0), dtype=np.bool_)
    return Lesson(brief_id, Features(KEYS, values, applies, goal), np.maximum(np.asarray(roas, dtype=np.float64), 0.0))
