"""Standing among peers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.matching.candidate import size_bounds, size_of
from campaigns.matching.peers import FRACTIONS, MIN_PEERS, Curve, Peers
from tests.campaigns.matching.drawing import candidate, curve


@pytest.mark.parametrize(
    ("followers", "bounds"),
    [(0, (0, 1_000)), (999, (0, 1_000)), (1_000, (1_000, 10_000)), (50_000, (10_000, 100_000))],
)
def test_sizes_are_powers_of_ten(followers: int, bounds: tuple[int, int]) -> None:
    size = size_of(followers)
    assert size is not None and size_bounds(size) == bounds


def test_the_largest_size_has_no_end_and_unknown_followers_no_size() -> None:
    assert size_bounds(size_of(400_000_000) or 0) == (100_000_000, None)
    assert size_of(None) is None


def test_a_share_below_is_read_off_the_quantiles() -> None:
    shares = curve(0, 100).shares_below(np.array([-5.0, 0.0, 25.0, 83.0, 100.0, 900.0, np.nan]))
    assert shares == pytest.approx([0, 0, 0.25, 0.83, 1, 1, np.nan], nan_ok=True)


def test_those_with_the_same_value_count_half() -> None:
    # 60 % have 0, the rest 1.
    steps = Curve(100, tuple(0.0 if fraction <= 0.6 else 1.0 for fraction in FRACTIONS))
    assert steps.shares_below(np.array([0.0]))[0] == pytest.approx(0.3, abs=0.02)
    assert steps.shares_below(np.array([1.0]))[0] == pytest.approx(0.8, abs=0.02)


def test_everybody_alike_stands_in_the_middle() -> None:
    alike = Curve(100, (7.0,) * len(FRACTIONS))
    assert alike.shares_below(np.array([6.0, 7.0, 8.0])) == pytest.approx([0.5, 0.5, 0.5])


@given(st.lists(st.floats(0, 1e9), min_size=51, max_size=51), st.lists(st.floats(-1e9, 1e10), min_size=2, max_size=5))
def test_a_larger_value_never_stands_lower(quantiles: list[float], values: list[float]) -> None:
    shares = Curve(100, tuple(sorted(quantiles))).shares_below(np.array(sorted(values)))
    assert (np.diff(shares) >= -1e-12).all()
    assert ((shares >= 0) & (shares <= 1)).all()


def test_creators_are_compared_with_their_own_platform_and_size() -> None:
    peers = Peers(engagement={("instagram", 2): curve(0, 0.1), ("tiktok", 2): curve(0, 1)})
    shares = peers.standings(
        "engagement",
        [
            candidate(1, followers=50_000, engagement=0.05),
            candidate(2, followers=50_000, engagement=0.05, platform="tiktok"),
            candidate(3, followers=500_000, engagement=0.05),
            candidate(4, engagement=0.05),
            candidate(5, followers=50_000),
        ],
    )
    assert shares == pytest.approx([0.5, 0.05, np.nan, np.nan, np.nan], nan_ok=True)


def test_too_few_peers_tell_nothing() -> None:
    for count, known in ((MIN_PEERS - 1, False), (MIN_PEERS, True)):
        peers = Peers(followers={"instagram": curve(0, 100, count)})
        share = peers.standings("followers", [candidate(followers=40)])[0]
        assert np.isnan(share) != known
