"""Markov by brute force: one chain per removed channel, solved anew each time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.attributors import elimination, removal
from attribution.attributors import moves as moves_module
from attribution.attributors.markov import Markov
from attribution.attributors.moves import count_moves
from attribution.journeys import Journeys
from tests.attribution.attributors.examples import any_journeys, drawn


def reached(journeys, order, without=None):
    """Conversions and value of the chain with every state of one channel turned into nothing."""
    paths = np.split(journeys.channel, journeys.offsets[1:-1]) if len(journeys) else []
    walks, channel_of = [], {}
    for path in paths:
        walk = []
        for place in range(len(path)):
            state = tuple(path[max(0, place - order + 1) : place + 1].tolist())
            # A start is told apart from the same channels later on.
            state = (None,) * (order - len(state)) + state
            channel_of[state] = state[-1]
            walk.append(state)
        walks.append(walk)
    number = {state: place for place, state in enumerate(channel_of)}
    count = len(number)
    flow, start, end = np.zeros((count, count)), np.zeros(count), np.zeros((count, 2))
    visits = np.zeros(count)
    weights = zip(journeys.weight, journeys.null_weight, journeys.worth, strict=True)
    for walk, (won, null, worth) in zip(walks, weights, strict=True):
        if not walk:
            continue
        steps = [number[state] for state in walk]
        start[steps[0]] += won + null
        for here, there in pairwise(steps):
            flow[here, there] += won + null
        for here in steps:
            visits[here] += won + null
        end[steps[-1]] += (won, worth)
    if not count:
        return np.zeros(2)
    chance = flow / visits[:, None]
    gone = np.array([channel == without for channel in channel_of.values()])
    chance[:, gone] = 0
    chance[gone] = 0
    ends = end / visits[:, None]
    ends[gone] = 0
    ahead = np.linalg.solve(np.eye(count) - chance, ends)
    return np.where(gone, 0, start) @ ahead


def lost(journeys, order):
    whole = reached(journeys, order)
    return np.array([whole - reached(journeys, order, channel) for channel in range(journeys.channels)])


@pytest.mark.parametrize("order", [1, 2, 3])
@settings(max_examples=100, deadline=None)
@given(journeys=any_journeys())
def test_equal_to_one_chain_per_channel(order, journeys):
    expected = lost(journeys, order).reshape(-1, 2)
    found = Markov(order).fit(journeys).lost_
    scale = max(1.0, np.abs(expected[:, 1]).max(initial=0))
    assert np.abs(found[:, 0] - expected[:, 0]).max(initial=0) < 1e-12
    assert np.abs(found[:, 1] - expected[:, 1]).max(initial=0) < 1e-12 * scale


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12))
def test_aggregated_paths_equal_one_chain_per_channel(seed, count):
    rng = np.random.default_rng(seed)
    paths = [rng.integers(0, 4, rng.integers(1, 6)) for _ in range(count)]
    conversions = rng.integers(0, 4, count)
    journeys = Journeys.from_lists(
        paths,
        conversions=conversions,
        nulls=rng.integers(1, 5, count) * 1.5,
        amount=rng.random(count) * conversions,
        channels=4,
    )
    assert np.abs(Markov().fit(journeys).lost_ - lost(journeys, 1)).max() < 1e-12


def test_many_channels_in_one_solve():
    journeys = drawn(5, journeys=3000, channels=60, longest=9)
    found = Markov().fit(journeys).lost_
    expected = lost(journeys, 1)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("small", [0, 5, 30])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), channels=st.integers(1, 60))
def test_elimination_finds_what_the_dense_solution_finds(small, seed, channels):
    journeys = drawn(seed, journeys=2 * channels, channels=channels, longest=4)
    with pytest.MonkeyPatch.context() as patch:
        dense = Markov().fit(journeys).lost_
        patch.setattr(removal, "FEW_STATES", 0)
        patch.setattr(elimination, "SMALL_ENOUGH", small)
        patch.setattr(elimination, "DENSEST", 2.0)
        sparse = Markov().fit(journeys).lost_
    scale = np.maximum(1, np.abs(dense).max(axis=0))
    assert (np.abs(sparse - dense) < 1e-12 * scale).all()


def test_many_channels_with_few_moves():
    journeys = drawn(11, journeys=5000, channels=1600, longest=4)
    moves = count_moves(journeys)
    met = int((moves.visits > 0).sum())
    assert met > removal.FEW_STATES
    assert len(moves.count) < removal.FEW_MOVES * met
    assert Markov().fit(journeys).lost_ == pytest.approx(dense_lost(moves), rel=1e-11, abs=1e-11)


def dense_lost(moves):
    matrix = np.diag(moves.visits)
    matrix[moves.source, moves.target] -= moves.count
    met = moves.visits > 0
    inverse = np.linalg.inv(matrix[np.ix_(met, met)])
    out = np.zeros((moves.channels, 2))
    ends = np.column_stack([moves.won, moves.worth])[met]
    out[met] = inverse @ ends / np.diagonal(inverse)[:, None]
    return out


def test_the_whole_diagonal_in_blocks_and_with_exchanged_rows():
    rng = np.random.default_rng(3)
    matrix = rng.random((9, 9))
    upright = matrix + np.diag(matrix.sum(axis=1))
    packed = np.triu(upright) + np.tril(upright, -1)
    unit = np.tril(upright, -1) + np.eye(9)
    for rows in (1, 4, 20):
        found = removal._diagonal_of_product(packed, rows)
        assert found == pytest.approx(np.diagonal(np.triu(upright) @ unit))
    ends = rng.random((9, 2))
    for kind in (upright, matrix):
        reached, diagonal = removal._solve(kind.copy(), ends)
        assert reached == pytest.approx(np.linalg.solve(kind, ends))
        assert diagonal == pytest.approx(np.diagonal(np.linalg.inv(kind)))


@pytest.mark.parametrize("table", [0, 10**6], ids=["sorted", "table"])
def test_days_add_up(table, monkeypatch):
    monkeypatch.setattr(moves_module, "TABLE", table)
    journeys = drawn(6, journeys=60)
    days = [count_moves(journeys.subset(np.arange(60) % 3 == day)) for day in range(3)]
    summed = Markov().fit_moves(days[0] + days[1] + days[2])
    assert summed.lost_ == pytest.approx(Markov().fit(journeys).lost_, abs=1e-12)
    whole, added = count_moves(journeys), days[2] + days[0] + days[1]
    assert added.count.tolist() == whole.count.tolist()
    assert (added.source.tolist(), added.target.tolist()) == (whole.source.tolist(), whole.target.tolist())


def test_days_over_other_channels_do_not_add_up():
    with pytest.raises(ValueError, match="cannot be added"):
        count_moves(Journeys.from_lists([[0]])) + count_moves(Journeys.from_lists([[0, 1]]))


def test_a_journey_is_shared_by_what_its_channels_would_cost():
    journeys = Journeys.from_lists(
        [[0, 1, 1], [0], [0], [1]], converted=[True, True, False, False], value=[900, 100, 0, 0]
    )
    fitted = Markov().fit(journeys)
    zero, one = fitted.lost_[:, 0]
    assert (zero, one) == pytest.approx(lost(journeys, 1)[:, 0])
    shares = fitted.credit(journeys)[:3]
    assert shares == pytest.approx([zero, one / 2, one / 2] / (zero + one))


def test_channels_it_never_learned_share_equally():
    learned = Markov().fit(Journeys.from_lists([[0], [0]], converted=[True, False], channels=2))
    later = Journeys.from_lists([[1, 2, 1, 1], [0, 1]])
    assert learned.credit(later) == pytest.approx([1 / 6, 1 / 2, 1 / 6, 1 / 6, 1, 0])


def test_totals_speak_of_the_channels_they_learned():
    learned = Markov().fit(Journeys.from_lists([[0, 1]]))
    with pytest.raises(ValueError, match="fitted on 2 channels, asked about 3"):
        learned.totals(Journeys.from_lists([[2]]))


def test_a_path_without_any_count_weighs_nothing():
    journeys = Journeys.from_lists([[0, 1], [2, 1]], conversions=[1, 0], nulls=[1, 0])
    fitted = Markov().fit(journeys)
    assert fitted.removal_effects_.conversions.tolist() == [1, 1, 0]


def test_value_follows_conversions_when_refunds_make_a_loss_negative():
    journeys = Journeys.from_lists([[0], [1], [1]], value=[-500, 100, 100])
    assert Markov().fit(journeys).totals(journeys).value == pytest.approx([-100, -200])


@pytest.mark.parametrize("order", [0, 4, 1.5])
def test_other_orders_are_refused(order):
    with pytest.raises(ValueError, match="markov: the order must be 1, 2 or 3"):
        Markov(order).fit(Journeys.from_lists([[0]]))
    with pytest.raises(ValueError, match="of order 1"):
        Markov(2).fit_moves(count_moves(Journeys.from_lists([[0]])))


def test_more_states_than_fit_are_refused(monkeypatch):
    monkeypatch.setattr(removal, "MOST_GROUPED", 2)
    with pytest.raises(ValueError, match="markov: 3 states, can compute at most 2"):
        Markov(2).fit(Journeys.from_lists([[0, 1, 2]]))
    monkeypatch.setattr(removal, "MOST_DENSE", 2)
    monkeypatch.setattr(elimination, "MOST_LEFT", 2)
    with pytest.raises(ValueError, match="markov: 3 channels are too densely connected, can invert 2"):
        Markov().fit(Journeys.from_lists([[0, 1, 2]]))
