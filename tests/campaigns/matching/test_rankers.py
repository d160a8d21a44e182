"""One contract for all rankers, and what is special about each."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone

from campaigns.matching.features import KEYS, Features
from campaigns.matching.rankers import RANKERS, FollowersBaseline, LearnedScore, Ranker, WeightedScore, find_ranker
from campaigns.matching.rankers.learned import MIN_BRIEFS, MIN_OUTCOMES
from campaigns.matching.train import Lesson, enough, lesson_of, train
from tests.campaigns.matching.drawing import random_features

FEATURES = random_features(120)
GROUPS = np.arange(120) // 12


def outcomes(features: Features) -> np.ndarray:
    """What creators return in this little world: engagement sells, reach does not."""
    engagement = np.nan_to_num(features.column("engagement"), nan=0.4)
    topic = np.nan_to_num(features.column("topic"), nan=0.4)
    return 4 * engagement * (topic > 0.3)


@pytest.fixture(params=RANKERS, ids=lambda ranker: ranker.key)
def ranker(request: pytest.FixtureRequest) -> Ranker:
    made: Ranker = request.param()
    return made.fit(FEATURES, outcomes(FEATURES), GROUPS)


def test_fit_returns_self(ranker: Ranker) -> None:
    assert ranker.fit(FEATURES, outcomes(FEATURES), GROUPS) is ranker


def test_a_clone_is_unfitted_and_has_the_same_parameters(ranker: Ranker) -> None:
    twin = clone(ranker)
    assert twin is not ranker
    assert twin.get_params() == ranker.get_params()
    assert not [name for name in vars(twin) if name.endswith("_")]


def test_unknown_parameters_are_refused(ranker: Ranker) -> None:
    with pytest.raises(ValueError, match="no parameter 'wieghts'"):
        ranker.set_params(wieghts={})


def test_scores_are_finite_one_per_candidate(ranker: Ranker) -> None:
    scores = ranker.score(FEATURES)
    assert scores.shape == (120,) and np.isfinite(scores).all()
    nobody = Features(KEYS, np.empty((0, len(KEYS))), np.ones(len(KEYS), dtype=bool))
    assert ranker.score(nobody).shape == (0,)
    nothing_known = Features(KEYS, np.full((1, len(KEYS)), np.nan), np.ones(len(KEYS), dtype=bool))
    assert np.isfinite(ranker.score(nothing_known)).all()


def test_a_score_does_not_depend_on_the_other_candidates(ranker: Ranker) -> None:
    alone = Features(KEYS, FEATURES.values[40:41], FEATURES.applies)
    assert ranker.score(alone)[0] == pytest.approx(ranker.score(FEATURES)[40], abs=1e-12)


def test_effects_add_up_to_the_score(ranker: Ranker) -> None:
    scores = ranker.score(FEATURES)
    for row in range(len(FEATURES)):
        effects = ranker.explain(FEATURES, row)
        assert len({effect.feature for effect in effects}) == len(effects)
        assert ranker.base_ + sum(effect.points for effect in effects) == pytest.approx(scores[row], abs=1e-9)


def test_registry() -> None:
    assert [find_ranker(made.key) for made in RANKERS] == list(RANKERS)
    assert len({made.key for made in RANKERS}) == len(RANKERS)
    with pytest.raises(LookupError, match="'magic'"):
        find_ranker("magic")


def one_row(**known: float) -> Features:
    values = np.array([[known.get(key, np.nan) for key in KEYS]])
    return Features(KEYS, values, np.ones(len(KEYS), dtype=bool))


def test_the_weighted_score_can_be_checked_with_a_pencil() -> None:
    ranker = WeightedScore({"market": 30, "reach": 10})
    # 100/40 of the weights: market 75 × (1 − ½), reach 25 × (0.2 − ½); nothing for what is not known.
    assert ranker.score(one_row(market=1.0, reach=0.2, topic=1.0))[0] == pytest.approx(50 + 37.5 - 7.5)
    assert ranker.score(one_row())[0] == 50


def test_weights_of_questions_that_are_not_asked_go_to_the_others() -> None:
    ranker = WeightedScore({"market": 30, "reach": 10})
    applies = np.array([key != "market" for key in KEYS])
    features = Features(KEYS, one_row(reach=1.0).values, applies)
    assert ranker.score(features)[0] == pytest.approx(100)


def test_goals_weigh_differently() -> None:
    wide, sells = one_row(reach=1.0, past=0.2), one_row(reach=0.2, past=0.9)
    for goal, first in (("awareness", wide), ("sales", sells)):
        scores = [WeightedScore().score(Features(KEYS, row.values, row.applies, goal))[0] for row in (wide, sells)]
        assert (scores[0] > scores[1]) == (first is wide), goal


def test_the_baseline_puts_the_category_first_then_followers() -> None:
    rows = [{"category": 0, "reach": 0.99}, {"category": 1, "reach": 0.1}, {"category": 0.8, "reach": 0.9}, {}]
    scores = [FollowersBaseline().score(one_row(**row))[0] for row in rows]
    assert list(np.argsort(scores)[::-1]) == [2, 1, 0, 3]


def test_the_learned_ranker_scores_exactly_as_scikit_learn_would() -> None:
    from sklearn.ensemble import GradientBoostingRegressor

    from campaigns.matching.rankers.learned import _columns

    ranker = LearnedScore().fit(FEATURES, outcomes(FEATURES), GROUPS)
    y = outcomes(FEATURES)
    y = y - (np.bincount(GROUPS, weights=y) / np.bincount(GROUPS))[GROUPS]
    reference = GradientBoostingRegressor(
        n_estimators=80, max_depth=3, learning_rate=0.05, min_samples_leaf=5, subsample=0.8, random_state=7
    ).fit(_columns(FEATURES), y)
    unseen = random_features(300, seed=5)
    assert ranker.score(unseen) == pytest.approx(reference.predict(_columns(unseen)), abs=1e-12)


def test_a_stored_ranker_scores_the_same_and_holds_nothing_but_numbers() -> None:
    ranker = LearnedScore(trees=20).fit(FEATURES, outcomes(FEATURES), GROUPS)
    stored = json.loads(json.dumps(ranker.to_json()))
    again = LearnedScore.from_json(stored)
    assert again is not None
    assert (again.score(FEATURES) == ranker.score(FEATURES)).all()
    assert again.explain(FEATURES, 3) == ranker.explain(FEATURES, 3)
    assert LearnedScore.from_json({**stored, "keys": ["other", "features"]}) is None


def test_a_whole_brief_that_went_well_teaches_nothing_about_its_creators() -> None:
    values = random_features(60, seed=2, unknown=0)
    luck = np.where(np.arange(60) < 30, 0.0, 50.0)
    ranker = LearnedScore().fit(values, luck, (np.arange(60) >= 30).astype(np.int64))
    assert ranker.score(values) == pytest.approx(np.zeros(60), abs=1e-9)


def lessons(count: int, rows: int, *, noise: bool = False, seed: int = 0) -> list[Lesson]:
    rng = np.random.default_rng(seed)
    made = []
    for brief in range(count):
        features = random_features(rows, seed=seed * 1000 + brief)
        roas = rng.random(rows) if noise else outcomes(features)
        known = [
            {key: None if np.isnan(v) else float(v) for key, v in zip(KEYS, row, strict=True)}
            for row in features.values
        ]
        made.append(lesson_of(brief, "sales", known, list(roas)))
    return made


def test_training_needs_enough_outcomes_of_enough_briefs() -> None:
    assert not enough(lessons(MIN_BRIEFS - 1, MIN_OUTCOMES))
    assert not enough(lessons(MIN_BRIEFS, 1))
    with pytest.raises(ValueError, match="too few"):
        train(lessons(2, 3))


def test_what_found_out_what_sells_is_promoted_and_what_learned_noise_is_not() -> None:
    found = train(lessons(15, 20))
    assert found.is_better
    assert found.metrics["learned"] > found.metrics["weighted"] + 0.05
    assert (found.rows, found.briefs) == (300, 15)
    promoted = [train(lessons(10, 15, noise=True, seed=seed)).is_better for seed in range(1, 7)]
    assert sum(promoted) <= 1


def test_training_twice_gives_the_same() -> None:
    first, second = train(lessons(6, 8)), train(lessons(6, 8))
    assert first.metrics == second.metrics
    assert first.ranker.to_json() == second.ranker.to_json()


def test_only_fitting_needs_scikit_learn() -> None:
    program = "import sys, campaigns.matching.rankers, campaigns.matching.train; print('sklearn' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
