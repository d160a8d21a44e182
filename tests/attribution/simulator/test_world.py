"""Simulated worlds: the same from the same seed, and their truth is the truth."""

import numpy as np
import pytest

from attribution.simulator.shoppers import make_season
from attribution.simulator.truth import Settings, make_truth

SMALL = Settings(seed=3, days=30, creators=5, shoppers=800, base_rate=0.003)


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = make_season(make_truth(SMALL)), make_season(make_truth(SMALL))
    assert first.shoppers == second.shoppers
    assert first.orders == second.orders
    assert first.revenue != make_season(make_truth(Settings(**{**vars(SMALL), "seed": 4}))).revenue


def test_orders_come_as_often_as_the_truth_says() -> None:
    bought = [make_truth(Settings(**{**vars(SMALL), "seed": seed})) for seed in range(30)]
    expected = sum(truth.expected for truth in bought)
    assert sum(truth.orders for truth in bought) == pytest.approx(expected, abs=4 * expected**0.5)


def test_a_creator_without_effect_causes_nothing() -> None:
    truth = make_truth(SMALL)
    idle = truth.effects == 0
    assert idle.any()
    assert np.all(truth.caused[idle] == 0)
    assert np.all(truth.caused[~idle] > 0)


def test_amounts_of_orders_are_whole_and_add_up() -> None:
    season = make_season(make_truth(SMALL))
    assert season.orders
    for order in season.orders:
        assert 0 <= order.discount <= order.gross
        assert sum(amount for _at, amount in order.refunds) <= order.gross - order.discount
        assert (order.coupon is None) == (order.discount == 0)
    assert any(order.refunds for order in season.orders)


def test_steps_of_a_shopper_are_in_order_and_orders_are_placed_once() -> None:
    season = make_season(make_truth(SMALL))
    placed = [step.order for each in season.shoppers for step in each.steps if step.kind == "order"]
    assert sorted(placed) == [order.number for order in season.orders]
    for each in season.shoppers:
        assert [step.at for step in each.steps] == sorted(step.at for step in each.steps)
