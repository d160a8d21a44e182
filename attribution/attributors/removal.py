"""What is lost when a channel is removed from a Markov chain: exact, all channels at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attribution.attributors.elimination import solve_sparse
from attribution.attributors.moves import Moves
from attribution.journeys.columns import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# A dense matrix of this many states takes 1.8 GB; beyond it only elimination is tried.
MOST_DENSE = 15_000
# With fewer moves per state than this, elimination is quicker than factoring a matrix that is mostly 0.
FEW_MOVES = 16
FEW_STATES = 1_500
# Grouped states (order 2 and more) need the whole inverse, which takes three matrices.
MOST_GROUPED = 6_000


def lost_by_removal(moves: Moves) -> Floats:
    """Compute the conversions and the value lost by removing each channel, float64[K, 2].

    With C the moves between channels and d the visits, M = diag(d) - C holds what flows out of each
    channel, and M b = c gives b = d * P(conversion | here). Removing channel i takes away
    b_i / (M^-1)_ii: visits of i, counted once per journey, times the chance to convert from there. M is
    diagonally dominant by rows and by columns, so no row is ever exchanged. Where channels are many and
    moves few, the sparse form is solved. Raises `ValueError` if what has to be inverted would not fit.
    """
    met = np.flatnonzero(moves.visits > 0)
    out = np.zeros((moves.channels, 2))
    if not len(met):
        return out
    sparse = len(met) > FEW_STATES and len(moves.count) < FEW_MOVES * len(met)
    if sparse or len(met) > MOST_DENSE:
        reached, inverse_diagonal = solve_sparse(_sparse_outflow(moves, met), _ends(moves, met))
    else:
        reached, inverse_diagonal = _solve(_outflow(moves, met), _ends(moves, met))
    out[met] = np.maximum(reached / inverse_diagonal[:, None], 0.0)
    # The value may be negative after refunds; only conversions cannot be.
    out[met, 1] = reached[:, 1] / inverse_diagonal
    return out


def lost_by_group(moves: Moves, group: Ints, groups: int) -> Floats:
    """Compute what is lost by removing all states of a group at once, float64[groups, 2].

    ``group`` int64[K] names the group of each state (for a chain of order k: the channel now met). For
    the states A of a group this is 1' ((M^-1)_AA)^-1 b_A.
    """
    from scipy.linalg import inv, solve

    met = np.flatnonzero(moves.visits > 0)
    out = np.zeros((groups, 2))
    if not len(met):
        return out
    if len(met) > MOST_GROUPED:
        raise ValueError(f"markov: {len(met)} states, can compute at most {MOST_GROUPED}; use order 1")
    inverse = inv(_outflow(moves, met), overwrite_a=True)
    reached = inverse @ _ends(moves, met)
    order = np.argsort(group[met], kind="stable")
    names, starts = np.unique(group[met][order], return_index=True)
    for name, members in zip(names, np.split(order, starts[1:]), strict=True):
        out[name] = solve(inverse[np.ix_(members, members)], reached[members]).sum(axis=0)
    out[:, 0] = np.maximum(out[:, 0], 0.0)
    return out


def _outflow(moves: Moves, met: Ints) -> Floats:
    """Build M = diag(visits) - moves over the channels that were met, float64[n, n]."""
    source, target, count = _among(moves, met)
    matrix = np.zeros((len(met), len(met)))
    matrix[source, target] = -count
    matrix[np.arange(len(met)), np.arange(len(met))] += moves.visits[met]
    return matrix


def _sparse_outflow(moves: Moves, met: Ints) -> csr_matrix:
    """Build the same matrix without its zeros."""
    from scipy.sparse import csr_matrix

    source, target, count = _among(moves, met)
    own = np.arange(len(met))
    places = (np.concatenate([source, own]), np.concatenate([target, own]))
    matrix = csr_matrix((np.concatenate([-count, moves.visits[met]]), places), shape=(len(met), len(met)))
    matrix.sort_indices()
    return matrix


def _among(moves: Moves, met: Ints) -> tuple[Ints, Ints, Floats]:
    """Renumber the moves by the channels that were met."""
    place = np.zeros(moves.channels, np.int64)
    place[met] = np.arange(len(met))
    # Moves of weight 0 (a path listed with no count) may name channels that were not met.
    real = moves.count > 0
    return place[moves.source[real]], place[moves.target[real]], moves.count[real]


def _ends(moves: Moves, met: Ints) -> Floats:
    return np.column_stack([moves.won[met], moves.worth[met]])


def _solve(matrix: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Solve M b = c and give the diagonal of M^-1, in the memory of ``matrix``, which is used up."""
    from scipy.linalg import lapack

    # LAPACK works by columns and sees the transpose, whose inverse has the same diagonal.
    factors, pivots, info = lapack.dgetrf(matrix.T, overwrite_a=True)
    if info:
        raise ValueError("the moves do not lead to an end from every channel")
    reached, _ = lapack.dgetrs(factors, pivots, ends, trans=1)
    if (pivots != np.arange(len(pivots))).any():
        # Rounding can break a tie between equal columns; rare, and three times as dear.
        inverse, _ = lapack.dgetri(factors, pivots, overwrite_lu=True)
        return reached, np.diagonal(inverse).copy()
    lapack.dtrtri(factors, lower=1, unitdiag=1, overwrite_c=True)
    lapack.dtrtri(factors, lower=0, unitdiag=0, overwrite_c=True)
    return reached, _diagonal_of_product(factors)


def _diagonal_of_product(packed: Floats, rows: int = 256) -> Floats:
    """Give diag(U L) of an upper U and a unit lower L that share one array."""
    diagonal = np.diagonal(packed).copy()
    for low in range(0, len(packed), rows):
        high = min(low + rows, len(packed))
        upper = np.triu(packed[low:high, low:], 1)
        diagonal[low:high] += np.einsum("ij,ji->i", upper, np.tril(packed[low:, low:high], -1))
    return diagonal
