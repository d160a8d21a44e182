"""Solve a sparse flow matrix and find the diagonal of its inverse, without ever filling it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.journeys.columns import Bools, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Eliminating pays while it removes states by the dozen and leaves a matrix that is mostly empty.
SMALL_ENOUGH = 400
FEWEST_REMOVED = 0.02
DENSEST = 0.3
# What remains is inverted whole, which takes about 2 GB at this size.
MOST_LEFT = 10_000


class _Level(NamedTuple):
    """One round: a matrix, the states taken out of it, and what was left."""

    matrix: csr_matrix
    out: Ints
    kept: Ints
    ends: Floats


def solve_sparse(matrix: csr_matrix, ends: Floats) -> tuple[Floats, Floats]:
    """Solve M b = c, and give the diagonal of M^-1, for a sparse diagonally dominant M = diag(d) - C.

    ``ends`` float64[n, r] gives b float64[n, r] and the diagonal float64[n]. States that are not
    neighbours are taken out together, few neighbours first, which changes only the moves among their
    neighbours: S = M_HH - M_HE D^-1 M_EH. What remains is small and dense, and is inverted. Going back, the
    inverse is needed only where M itself has entries, and there it follows from the inverse of S
    (Takahashi, Fagan and Chin 1973; Erisman and Tinney 1975, https://doi.org/10.1145/360680.360704). All moves
    have one sign, so nothing ever cancels.
    """
    levels: list[_Level] = []
    while (level := _next_level(matrix, ends)) is not None:
        levels.append(level)
        matrix, ends = _reduce(level)
    inverse = _invert(matrix)
    reached = inverse @ ends
    rows, columns = _coordinates(matrix)
    known = inverse[columns, rows]
    for level in reversed(levels):
        reached = _bring_back(level, reached)
        known = _selected(level, matrix, known)
        matrix = level.matrix
    rows, columns = _coordinates(matrix)
    return reached, known[rows == columns]


def _next_level(matrix: csr_matrix, ends: Floats) -> _Level | None:
    """Choose what to take out next, or nothing once the rest is small or dense."""
    states = matrix.shape[0]
    if states <= SMALL_ENOUGH or matrix.nnz > DENSEST * states**2:
        return None
    chosen = _independent(matrix)
    if chosen.sum() < FEWEST_REMOVED * states:
        return None
    return _Level(matrix, np.flatnonzero(chosen), np.flatnonzero(~chosen), ends)


def _independent(matrix: csr_matrix) -> Bools:
    """Choose states of which no two are neighbours, those with few neighbours first."""
    rows, columns = _coordinates(matrix)
    apart = rows != columns
    rows, columns = rows[apart], columns[apart]
    states = matrix.shape[0]
    degree = np.bincount(rows, minlength=states) + np.bincount(columns, minlength=states)
    rank = np.empty(states, np.int64)
    rank[np.argsort(degree, kind="stable")] = np.arange(states)
    chosen = np.zeros(states, np.bool_)
    free = degree <= 2 * np.median(degree)
    for _ in range(4):
        both = free[rows] & free[columns]
        rows, columns = rows[both], columns[both]
        beaten = np.zeros(states, np.bool_)
        beaten[np.where(rank[rows] > rank[columns], rows, columns)] = True
        winners = free & ~beaten
        chosen |= winners
        beside = np.concatenate([columns[winners[rows]], rows[winners[columns]]])
        free &= ~winners
        free[beside] = False
    return chosen


def _reduce(level: _Level) -> tuple[csr_matrix, Floats]:
    """Take the chosen states out: what flowed through them flows past."""
    matrix, out, kept, ends = level
    diagonal = matrix.diagonal()[out]
    into, onward = matrix[kept][:, out], matrix[out][:, kept]
    scaled = into.multiply(1 / diagonal).tocsr()
    rest = (matrix[kept][:, kept] - scaled @ onward).tocsr()
    rest.sort_indices()
    return rest, ends[kept] - scaled @ ends[out]


def _bring_back(level: _Level, reached: Floats) -> Floats:
    """Solve for the states taken out, given those kept."""
    matrix, out, kept, ends = level
    whole = np.empty_like(ends)
    whole[kept] = reached
    whole[out] = (ends[out] - matrix[out][:, kept] @ reached) / matrix.diagonal()[out][:, None]
    return whole


def _selected(level: _Level, rest: csr_matrix, known: Floats) -> Floats:
    """Give Z = M^-1 at the mirrored place of every entry of ``level.matrix``.

    ``known`` holds the same for ``rest``. With e taken out, x among those it leads to and y among those
    leading to it: Z_ey = -sum_x M_ex Z_xy / d_e, Z_xe = -sum_y Z_xy M_ye / d_e, and Z_ee from either.
    """
    matrix, out, kept, _ = level
    states = matrix.shape[0]
    place = np.full(states, -1, np.int64)
    place[kept] = np.arange(len(kept))
    rows, columns = _coordinates(matrix)
    stays = (place[rows] >= 0) & (place[columns] >= 0)
    found = np.zeros(matrix.nnz)
    found[stays] = _look_up(rest, known, place[rows[stays]], place[columns[stays]])

    leads = np.flatnonzero((place[rows] < 0) & (rows != columns))
    comes = np.flatnonzero((place[columns] < 0) & (rows != columns))
    comes = comes[np.argsort(columns[comes], kind="stable")]
    diagonal = matrix.diagonal()
    reciprocal = np.zeros(states)
    reciprocal[out] = 1 / diagonal[out]
    ahead, behind = _pairs(rows[leads], columns[comes], states)
    ahead, behind = leads[ahead], comes[behind]
    between = _look_up(rest, known, place[rows[behind]], place[columns[ahead]])
    value = matrix.data
    to_e = np.bincount(behind, value[ahead] * between, minlength=matrix.nnz)
    from_e = np.bincount(ahead, value[behind] * between, minlength=matrix.nnz)
    found[comes] = -to_e[comes] * reciprocal[columns[comes]]
    found[leads] = -from_e[leads] * reciprocal[rows[leads]]
    around = np.bincount(columns[comes], found[comes] * value[comes], minlength=states)
    own = (rows == columns) & (place[rows] < 0)
    found[own] = (reciprocal * (1 - around))[rows[own]]
    return found


def _pairs(left: Ints, right: Ints, states: int) -> tuple[Ints, Ints]:
    """Pair every entry of ``left`` with every entry of ``right`` of the same state; both ascend."""
    count = np.bincount(right, minlength=states)
    first = np.cumsum(count) - count
    times = count[left]
    before = np.cumsum(times) - times
    one = np.repeat(np.arange(len(left)), times)
    return one, np.arange(len(one)) + (first[left] - before)[one]


def _look_up(matrix: csr_matrix, values: Floats, rows: Ints, columns: Ints) -> Floats:
    """Read ``values``, which stand beside the entries of ``matrix``, at places where it has entries."""
    width = matrix.shape[1]
    own_rows, own_columns = _coordinates(matrix)
    found: Floats = values[np.searchsorted(own_rows * width + own_columns, rows * width + columns)]
    return found


def _coordinates(matrix: csr_matrix) -> tuple[Ints, Ints]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64)


def _invert(matrix: csr_matrix) -> Floats:
    from scipy.linalg import inv

    if matrix.shape[0] > MOST_LEFT:
        raise ValueError(
            f"markov: {matrix.shape[0]} channels are too densely connected, can invert {MOST_LEFT}; use fewer channels"
        )
    inverse: Floats = inv(matrix.toarray(), overwrite_a=True)
    return inverse
