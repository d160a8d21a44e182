"""The baseline anyone can beat: those of the brief's category first, the most followed before the others."""

from typing import ClassVar

import numpy as np

from campaigns.matching.features import Features
from campaigns.matching.rankers.base import Effect, Floats, Ranker


class FollowersBaseline(Ranker):
    """Score = the share of the platform's creators with fewer followers (0..1), plus 1 for a category of the brief."""

    key: ClassVar[str] = "followers"

    def score(self, features: Features) -> Floats:
        reach = np.nan_to_num(features.column("reach"), nan=0.0)
        category = np.nan_to_num(features.column("category"), nan=0.0)
        return np.asarray(reach + (category > 0), dtype=np.float64)

    def explain(self, features: Features, row: int) -> list[Effect]:
        reach = float(np.nan_to_num(features.column("reach")[row]))
        in_category = float(np.nan_to_num(features.column("category")[row]) > 0)
        effects = [Effect("category", in_category), Effect("reach", reach)]
        return [effect for effect in effects if effect.points]
