"""Counts of moves between channels: all that a Markov chain knows, and they add up over days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attribution.journeys.columns import Floats, Ints, Journeys

# Up to this many pairs of channels a plain table is quicker than sorting (64 MB).
TABLE = 8_000_000


@dataclass(frozen=True, eq=False)
class Moves:
    """Count, over K channels, how journeys moved, ended and converted.

    ``source``, ``target`` int64[U] and ``count`` float64[U]: moves between two channels, each pair once,
    in order. ``visits`` float64[K]: how often a channel was met; ``won`` float64[K] conversions and
    ``worth`` float64[K] their value, by the last channel before them.
    """

    channels: int
    source: Ints
    target: Ints
    count: Floats
    visits: Floats
    won: Floats
    worth: Floats

    def __add__(self, other: Moves) -> Moves:
        """Add the counts of another day or campaign over the same channels."""
        if self.channels != other.channels:
            raise ValueError(f"moves over {self.channels} and over {other.channels} channels cannot be added")
        keys = np.concatenate([_key(self), _key(other)])
        pairs, count = _merge(keys, np.concatenate([self.count, other.count]))
        return Moves(
            self.channels,
            pairs // max(self.channels, 1),
            pairs % max(self.channels, 1),
            count,
            self.visits + other.visits,
            self.won + other.won,
            self.worth + other.worth,
        )


def count_moves(journeys: Journeys) -> Moves:
    """Count the moves of journeys, converting or not. A repeated channel moves to itself."""
    channels = journeys.channels
    filled = np.flatnonzero(journeys.lengths > 0)
    last = journeys.channel[journeys.offsets[1:][filled] - 1]
    plain = journeys.conversions is None and journeys.nulls is None
    each = None if plain else np.repeat(journeys.weight + journeys.null_weight, journeys.lengths)
    keys = journeys.channel[:-1] * np.int64(channels) + journeys.channel[1:]
    within = np.ones(max(journeys.touches - 1, 0), np.bool_)
    within[journeys.offsets[filled][1:] - 1] = False
    pairs, count = _tally(keys[within], None if each is None else each[:-1][within], channels**2)
    return Moves(
        channels,
        pairs // max(channels, 1),
        pairs % max(channels, 1),
        count,
        np.bincount(journeys.channel, each, minlength=channels).astype(np.float64),
        np.bincount(last, journeys.weight[filled], minlength=channels).astype(np.float64),
        np.bincount(last, journeys.worth[filled], minlength=channels).astype(np.float64),
    )


def _tally(keys: Ints, weights: Floats | None, size: int) -> tuple[Ints, Floats]:
    """Count equal keys below ``size``: the keys that occur, ascending, and their weights."""
    if size <= TABLE:
        table = np.bincount(keys, weights, minlength=size)
        pairs = np.flatnonzero(table)
        return pairs, table[pairs].astype(np.float64)
    if weights is not None:
        return _merge(keys, weights)
    pairs, count = np.unique(keys, return_counts=True)
    return pairs, count.astype(np.float64)


def _merge(keys: Ints, weights: Floats) -> tuple[Ints, Floats]:
    """Add up the weights of equal keys."""
    pairs, inverse = np.unique(keys, return_inverse=True)
    return pairs, np.bincount(inverse, weights, minlength=len(pairs)).astype(np.float64)


def _key(moves: Moves) -> Ints:
    return moves.source * np.int64(moves.channels) + moves.target
