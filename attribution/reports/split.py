"""Split money into whole minor units by largest remainder, so that the parts are the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Rational

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# Shares in floating point are read to 12 decimals: what two computers add up differently in the sixteenth
# digit must not move a cent. Amounts are taken in limbs that times a share stay within 63 bits.
GRID = 1 << 40
LIMB = 21


def split_largest_remainder(amount: int, shares: Sequence[float | Fraction]) -> list[int]:
    """Split ``amount`` minor units in proportion to ``shares``, which need not sum to 1.

    Each part is the exact one rounded down, and the units left over go to the largest remainders, the
    earlier part first where they are equal. A negative amount (a refund) mirrors the positive one. A part
    whose share is 0 gets nothing, unless all are 0: then all are equal. Fractions and integers are exact;
    if any share is a float, all are read to 12 decimals, as in `split_many`.
    Raises `ValueError` for a negative or infinite share, and for an amount with nobody to take it.
    """
    if not shares:
        if amount:
            raise ValueError(f"nobody to split {amount} among")
        return []
    if not all(isinstance(share, Rational) for share in shares):
        if not -(2**63) < amount < 2**63:
            raise ValueError(f"amount: {amount} is beyond 64 bits")
        weights = _on_grid(np.array([float(share) for share in shares]), np.array([0, len(shares)]))
        return _split_exactly(amount, [int(weight) for weight in weights])
    exact = [Fraction(share) for share in shares]
    if min(exact) < 0:
        raise ValueError(f"shares[{exact.index(min(exact))}]: must not be negative, is {min(exact)}")
    if not any(exact):
        exact = [Fraction(1)] * len(exact)
    common = math.lcm(*(share.denominator for share in exact))
    return _split_exactly(amount, [int(share * common) for share in exact])


def split_many(amounts: npt.ArrayLike, shares: npt.ArrayLike, offsets: npt.ArrayLike) -> Ints:
    """Split many amounts at once: ``amounts`` int64[P], ``shares`` float64[T], ``offsets`` int64[P+1].

    The parts int64[T] of amount p stand at ``offsets[p]:offsets[p + 1]`` and sum to it exactly; every rule
    of `split_largest_remainder` holds and the results are the same. An amount without shares has no parts:
    it stays with the caller. Shares are scaled within each amount, so an amount that is only partly to be
    given away needs its remainder as a share of its own.
    """
    whole = np.asarray(amounts, np.int64)
    bounds = np.asarray(offsets, np.int64)
    if len(bounds) != len(whole) + 1:
        raise ValueError(f"offsets: needs {len(whole) + 1} entries for {len(whole)} amounts, has {len(bounds)}")
    parted = np.asarray(shares, np.float64)
    if bounds[0] != 0 or bounds[-1] != len(parted) or (np.diff(bounds) < 0).any():
        raise ValueError(f"offsets: must rise from 0 to {len(parted)}, the number of shares")
    weights = _on_grid(parted, bounds)
    lengths = np.diff(bounds)
    owner = np.repeat(np.arange(len(whole)), lengths)
    sums = _sums(weights, bounds)
    parts, remainders = _divide(np.abs(whole), weights, sums, owner)
    left = np.abs(whole) - _sums(parts, bounds)
    parts += _largest(remainders, np.where(lengths > 0, left, 0), owner, bounds)
    signed: Ints = parts * np.sign(whole)[owner]
    return signed


def _split_exactly(amount: int, weights: list[int]) -> list[int]:
    """Split by integer weights, which must not all be 0."""
    total = sum(weights)
    parts, remainders = zip(*(divmod(abs(amount) * weight, total) for weight in weights), strict=True)
    left = abs(amount) - sum(parts)
    winners = set(sorted(range(len(weights)), key=lambda place: -remainders[place])[:left])
    sign = -1 if amount < 0 else 1
    return [sign * (part + (place in winners)) for place, part in enumerate(parts)]


def _on_grid(shares: npt.NDArray[np.float64], offsets: Ints) -> Ints:
    """Turn shares into integer weights that sum to about 2^40 per amount; all 1 where all are 0."""
    bad = np.flatnonzero(~(np.isfinite(shares) & (shares >= 0)))
    if bad.size:
        raise ValueError(f"shares[{bad[0]}]: must be finite and not negative, is {shares[bad[0]]}")
    lengths = np.diff(offsets)
    # Scaled by the largest share first: a sum of huge or tiny shares could leave the range of floats.
    filled = np.flatnonzero(lengths)
    peaks = np.maximum.reduceat(shares, offsets[filled]) if filled.size else np.empty(0)
    relative = shares / np.repeat(np.where(peaks > 0, peaks, 1.0), lengths[filled])
    relative[np.repeat(peaks == 0, lengths[filled])] = 1.0
    sums = np.bincount(np.repeat(np.arange(len(lengths)), lengths), relative, minlength=len(lengths))
    weights: Ints = np.rint(relative * (GRID / np.repeat(sums, lengths))).astype(np.int64)
    return weights


def _divide(amounts: Ints, weights: Ints, sums: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Compute amount * weight divided by the sum of weights, and the remainder, without leaving 64 bits."""
    if amounts.size and amounts.min() < 0:
        raise ValueError("amounts: -2^63 has no counterpart to mirror")
    limbs = max(1, -(-int(amounts.max(initial=0)).bit_length() // LIMB))
    parts = np.zeros(len(weights), np.int64)
    remainders = np.zeros(len(weights), np.int64)
    divisor = sums[owner]
    for limb in reversed(range(limbs)):
        digit = (amounts >> (limb * LIMB)) & ((1 << LIMB) - 1)
        carried = (remainders << LIMB) + digit[owner] * weights
        more = carried // divisor
        parts = (parts << LIMB) + more
        remainders = carried - more * divisor
    return parts, remainders


def _largest(remainders: Ints, left: Ints, owner: Ints, offsets: Ints) -> Ints:
    """Give one unit each to the ``left`` largest remainders of every amount, int64[T] of 0 and 1."""
    out = np.zeros(len(remainders), np.int64)
    open_places = np.flatnonzero(left[owner] > 0)
    order = open_places[np.lexsort((-remainders[open_places], owner[open_places]))]
    group = owner[order]
    start = np.flatnonzero(np.diff(group, prepend=-1))
    rank = np.arange(len(order)) - np.repeat(start, np.diff(start, append=len(order)))
    out[order[rank < left[group]]] = 1
    return out


def _sums(values: Ints, offsets: Ints) -> Ints:
    """Add up integers segment by segment, exactly."""
    running = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    # Sums of parts wrap around together with the running total, so their difference is still exact.
    difference: Ints = running[offsets[1:]] - running[offsets[:-1]]
    return difference
