"""The rules, on journeys whose split can be said by heart."""

import pytest

from attribution.attributors import attributor
from attribution.attributors.coupon_weighted import CouponWeighted
from attribution.attributors.ordered_shapley import OrderedShapley
from attribution.attributors.position import Position
from attribution.attributors.shapley import Shapley
from attribution.attributors.time_decay import TimeDecay
from attribution.journeys import Journeys
from attribution.journeys import TouchKind as K

DAY = 86_400


def shares(model, path, **columns):
    journeys = Journeys.from_lists([path], **columns)
    return model.fit(journeys).credit(journeys).tolist()


def test_first_last_linear():
    assert shares(attributor("first")(), [4, 1, 2]) == [1, 0, 0]
    assert shares(attributor("last")(), [4, 1, 2]) == [0, 0, 1]
    assert shares(attributor("linear")(), [4, 1, 2, 1]) == [0.25] * 4


def test_last_non_direct_passes_over_direct_visits():
    kinds = [[K.CLICK, K.VIEW, K.DIRECT, K.DIRECT]]
    assert shares(attributor("last_non_direct")(), [0, 1, 2, 2], kind=kinds) == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, [1]), (2, [0.5, 0.5]), (3, [0.4, 0.2, 0.4]), (4, [0.4, 0.1, 0.1, 0.4])],
)
def test_position(length, expected):
    assert shares(Position(), [0] * length) == pytest.approx(expected)


def test_position_with_other_weights():
    assert shares(Position(0.6, 0.2, 0.2), [0, 1]) == pytest.approx([0.75, 0.25])
    assert shares(Position(0, 1, 0), [0, 1]) == [0.5, 0.5]
    assert shares(Position(0, 1, 0), [0, 1, 2]) == [0, 1, 0]


@pytest.mark.parametrize("weights", [(0.4, 0.4, 0.4), (-0.2, 0.6, 0.6), (float("nan"), 0.5, 0.5)])
def test_position_refuses_weights_that_are_no_whole(weights):
    with pytest.raises(ValueError, match="position: weights must"):
        shares(Position(*weights), [0, 1])


def test_time_decay_halves_with_every_half_life():
    at = [[0, 7 * DAY, 14 * DAY]]
    found = shares(TimeDecay(half_life=7 * DAY), [0, 1, 2], at=at, ended_at=[20 * DAY])
    assert found == pytest.approx([1 / 7, 2 / 7, 4 / 7])


def test_time_decay_takes_a_quarter_of_the_window():
    at = [[0, 10 * DAY]]
    assert shares(TimeDecay(window=40 * DAY), [0, 1], at=at) == pytest.approx([1 / 3, 2 / 3])


def test_time_decay_survives_a_conversion_long_after():
    at = [[0, 0, 10]]
    found = shares(TimeDecay(half_life=1), [0, 1, 2], at=at, ended_at=[10**12])
    assert found == pytest.approx([2**-10, 2**-10, 1], rel=1e-2)


@pytest.mark.parametrize("half_life", [0, -1, float("nan"), float("inf")])
def test_time_decay_refuses_a_half_life_that_is_none(half_life):
    with pytest.raises(ValueError, match="time_decay: the half-life must be"):
        shares(TimeDecay(half_life=half_life), [0, 1])
    with pytest.raises(ValueError, match="time_decay"):
        shares(TimeDecay(window=0), [0, 1])


def test_coupon_weighted():
    kinds = [[K.CLICK, K.COUPON, K.VIEW]]
    assert shares(CouponWeighted(), [0, 1, 2], kind=kinds) == pytest.approx([0.2, 0.6, 0.2])
    assert shares(CouponWeighted(0), [0, 1, 2], kind=kinds) == pytest.approx([0.5, 0, 0.5])
    assert shares(CouponWeighted(0), [0], kind=[[K.COUPON]]) == [1]
    with pytest.raises(ValueError, match="coupon_weighted: the weight"):
        shares(CouponWeighted(-1), [0])


def test_shapley_counts_a_channel_once():
    assert shares(Shapley(), [0, 1, 0, 0]) == pytest.approx([1 / 6, 1 / 2, 1 / 6, 1 / 6])


def test_ordered_shapley_tells_positions_apart():
    journeys = Journeys.from_lists([[0, 1, 0], [1]], conversions=[4, 1], nulls=[0, 0], channels=3)
    fitted = OrderedShapley(positions=2).fit(journeys)
    assert fitted.position_totals_.tolist() == [[1, 1], [1, 2], [0, 0]]
    assert fitted.position_totals_.sum(axis=1) == pytest.approx(Shapley().totals(journeys).conversions)
    with pytest.raises(ValueError, match="ordered_shapley: needs at least one"):
        OrderedShapley(positions=0).fit(journeys)
