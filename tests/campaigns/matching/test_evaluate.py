"""Metrics against values computed by hand."""

import math

import numpy as np
import pytest

from campaigns.matching.evaluate import (
    METRICS,
    Group,
    auc,
    best_rank,
    evaluate,
    expected_ranks,
    ndcg,
    recall_at,
)


def group(relevance: list[float], scores: list[float]) -> Group:
    return Group(np.array(relevance, dtype=float), np.array(scores, dtype=float))


def test_tied_items_share_the_mean_of_their_places() -> None:
    assert expected_ranks(np.array([5.0, 7.0, 5.0, 1.0])) == pytest.approx([2.5, 1, 2.5, 4])
    assert expected_ranks(np.zeros(4)) == pytest.approx([2.5] * 4)


def test_recall() -> None:
    ordered = group([1, 0, 0, 1], [4, 3, 2, 1])
    assert recall_at(ordered, 1) == 0.5
    assert recall_at(ordered, 3) == 0.5
    assert recall_at(ordered, 10) == 1
    # One relevant among four that tie: a quarter of the chances at the first place, half at the first two.
    tied = group([1, 0, 0, 0], [0, 0, 0, 0])
    assert recall_at(tied, 1) == 0.25
    assert recall_at(tied, 2) == 0.5


def test_best_rank_and_reciprocal_rank() -> None:
    assert best_rank(group([0, 1, 1], [3, 2, 1])) == 2
    found = evaluate([group([0, 1], [2, 1]), group([1, 0], [2, 1]), group([0, 0, 1], [3, 2, 1])])
    assert found["MedR"].value == 2
    assert found["MRR"].value == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)


def test_ndcg() -> None:
    perfect = group([3, 2, 0], [3, 2, 1])
    assert ndcg(perfect) == pytest.approx(1)
    swapped = group([2, 3, 0], [3, 2, 1])
    ideal = 3 + 2 / math.log2(3)
    assert ndcg(swapped) == pytest.approx((2 + 3 / math.log2(3)) / ideal)
    alike = group([3, 2, 0], [1, 1, 1])
    mean_discount = (1 + 1 / math.log2(3) + 1 / 2) / 3
    assert ndcg(alike) == pytest.approx(5 * mean_discount / ideal)


def test_auc() -> None:
    assert auc(group([1, 0, 1, 0], [4, 3, 2, 1])) == pytest.approx(3 / 4)
    assert auc(group([1, 0], [1, 1])) == 0.5
    assert math.isnan(auc(group([1, 1], [1, 2])))


def test_the_order_of_the_file_decides_nothing() -> None:
    rng = np.random.default_rng(3)
    relevance, scores = rng.integers(0, 3, 40).astype(float), rng.integers(0, 4, 40).astype(float)
    shuffled = rng.permutation(40)
    one = evaluate([Group(relevance, scores)])
    other = evaluate([Group(relevance[shuffled], scores[shuffled])])
    assert {name: one[name].value for name in METRICS} == pytest.approx({name: other[name].value for name in METRICS})


def test_intervals_hold_the_value_and_shrink_with_more_groups() -> None:
    rng = np.random.default_rng(4)

    def many(count: int) -> list[Group]:
        return [group([*list(rng.integers(0, 2, 9)), 1.0], list(rng.random(10))) for _ in range(count)]

    few, more = evaluate(many(10)), evaluate(many(400))
    for name in METRICS:
        assert few[name].low <= few[name].value <= few[name].high
    assert more["nDCG@10"].high - more["nDCG@10"].low < few["nDCG@10"].high - few["nDCG@10"].low


def test_groups_without_anything_relevant_are_left_out() -> None:
    assert evaluate([group([0, 0], [1, 2]), group([1, 0], [2, 1])])["MRR"].value == 1
    with pytest.raises(ValueError, match="no group"):
        evaluate([group([0, 0], [1, 2])])
