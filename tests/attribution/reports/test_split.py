"""Splitting money: the parts are the whole, whatever the shares."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.reports.split import split_largest_remainder, split_many

amounts = st.integers(-(10**15), 10**15) | st.integers(-200, 200)
shares = st.lists(st.floats(0, 1e6) | st.sampled_from([0.0, 1.0, 1 / 3, 0.1]), min_size=1, max_size=12)
fractions = st.lists(st.fractions(0, 5, max_denominator=997), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [1 / 3, 1 / 3, 1 / 3], [34, 33, 33]),
        (-100, [1 / 3, 1 / 3, 1 / 3], [-34, -33, -33]),
        (10, [0.1, 0.2, 0.7], [1, 2, 7]),
        (1, [0.2, 0.5, 0.3], [0, 1, 0]),
        (2, [0, 0, 0], [1, 1, 0]),
        (5, [0, 1, 0], [0, 5, 0]),
        (0, [0.5, 0.5], [0, 0]),
        (0, [], []),
        (7, [Fraction(1, 2), Fraction(1, 2)], [4, 3]),
        (100, [2, 1], [67, 33]),
        (10**30, [Fraction(1, 3), Fraction(2, 3)], [(10**30 - 1) // 3, (2 * 10**30 + 1) // 3]),
        (3, [1e-300, 1e300], [0, 3]),
        (4, [5e-324, 5e-324], [2, 2]),
    ],
)
def test_by_heart(amount, shares, parts):
    assert split_largest_remainder(amount, shares) == parts


@given(amount=amounts, shares=fractions)
def test_exact_shares_lose_less_than_a_unit(amount, shares):
    parts = split_largest_remainder(amount, shares)
    assert sum(parts) == amount
    total = sum(shares)
    if total:
        for part, share in zip(parts, shares, strict=True):
            assert abs(part - amount * share / total) < 1
            assert share or not part
    assert split_largest_remainder(-amount, shares) == [-part for part in parts]


@given(amount=amounts, shares=shares)
def test_floats_too(amount, shares):
    parts = split_largest_remainder(amount, shares)
    assert sum(parts) == amount
    if any(shares):
        assert all(share or not part for part, share in zip(parts, shares, strict=True))
        total = sum(map(Fraction, shares))
        for part, share in zip(parts, shares, strict=True):
            assert abs(part - amount * Fraction(share) / total) < 1 + abs(amount) * Fraction(1, 10**11)
    assert all(part * amount >= 0 for part in parts)
    assert split_largest_remainder(-amount, shares) == [-part for part in parts]


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(amounts | st.integers(-(2**63) + 1, 2**63 - 1), st.lists(st.floats(0, 9), max_size=6))))
def test_many_at_once_are_each_alone(rows):
    offsets = np.cumsum([0, *(len(parts) for _, parts in rows)])
    flat = [share for _, parts in rows for share in parts]
    found = split_many([amount for amount, _ in rows], flat, offsets)
    assert found.dtype == np.int64
    for number, (amount, own) in enumerate(rows):
        parts = found[offsets[number] : offsets[number + 1]].tolist()
        assert parts == (split_largest_remainder(amount, own) if own else [])


def test_the_last_digit_of_a_share_moves_no_cent():
    third = 1 / 3
    for nudged in (np.nextafter(third, 0), np.nextafter(third, 1)):
        assert split_largest_remainder(100, [third, nudged, third]) == [34, 33, 33]


def test_a_hundred_thousand_parts():
    parts = split_many([1_000_003], np.full(100_000, 1e-5), [0, 100_000])
    assert parts.sum() == 1_000_003
    assert parts.tolist() == [11, 11, 11] + [10] * 99_997


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_shares_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"shares\[1\]: must be finite and not negative"):
        split_largest_remainder(10, [0.5, bad])
    with pytest.raises(ValueError, match=r"shares\[1\]"):
        split_many([10], [0.5, bad], [0, 2])


def test_other_refusals():
    with pytest.raises(ValueError, match="nobody to split 5 among"):
        split_largest_remainder(5, [])
    with pytest.raises(ValueError, match=r"shares\[0\]: must not be negative, is -1/2"):
        split_largest_remainder(5, [Fraction(-1, 2), Fraction(3, 2)])
    with pytest.raises(ValueError, match="beyond 64 bits"):
        split_largest_remainder(2**63, [0.5, 0.5])
    with pytest.raises(ValueError, match="offsets: needs 2 entries"):
        split_many([5], [1.0], [0, 1, 1])
    with pytest.raises(ValueError, match="offsets: must rise from 0 to 2"):
        split_many([5], [1.0, 1.0], [0, 1])
    with pytest.raises(ValueError, match="no counterpart"):
        split_many([-(2**63)], [1.0], [0, 1])
