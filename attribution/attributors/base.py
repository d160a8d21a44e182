"""What every attributor is: `fit` on journeys, then `credit` them, touch by touch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Self

import numpy as np

from attribution.journeys.columns import Floats, Ints, Journeys


class NotFittedError(ValueError):
    """An attributor that learns was asked for credit before it had learned."""


class Totals(NamedTuple):
    """What each channel gets over all journeys: conversions float64[K] and value float64[K].

    The value is in the unit of `Journeys.worth`: minor units, or the file's own unit.
    """

    conversions: Floats
    value: Floats


class Attributor(ABC):
    """Share out conversions over the touches before them.

    Constructors only store what they are given; `fit` checks it, learns and returns ``self``; what was
    learned ends in ``_``. `credit` gives float64[T] aligned with the touches of the journeys: never
    negative, summing to 1 over a converting journey with touches, 0 in all others.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]
    needs_fit: ClassVar[bool] = False
    needs_times: ClassVar[bool] = False
    needs_kinds: ClassVar[bool] = False
    advanced: ClassVar[bool] = True

    def fit(self, journeys: Journeys) -> Self:
        """Check the parameters; a rule has nothing to learn."""
        self.check()
        return self

    def check(self) -> None:
        """Refuse parameters that make no sense, with a `ValueError` that names them."""
        return

    def credit(self, journeys: Journeys) -> Floats:
        """Give each touch its share of its journey's conversion, float64[T]."""
        self.check()
        credited, index = journeys.credited
        out = np.zeros(journeys.touches)
        if len(credited):
            out[index] = np.concatenate([self.shares(block) for block in credited.blocks()])
        return out

    @abstractmethod
    def shares(self, journeys: Journeys) -> Floats:
        """Share out journeys that all converted and all have touches, float64[T]."""

    def totals(self, journeys: Journeys) -> Totals:
        """Add up the credit of each channel over all journeys, in conversions and in value."""
        self.check()
        credited, _ = journeys.credited
        totals = Totals(np.zeros(journeys.channels), np.zeros(journeys.channels))
        for block in credited.blocks():
            for total, amounts in zip(totals, (block.weight, block.worth), strict=True):
                self._add(total, block, amounts)
        return totals

    def _add(self, total: Floats, block: Journeys, amounts: Floats) -> None:
        """Add the credit of a block of journeys, worth ``amounts`` float64[P], to ``total`` float64[K]."""
        worth = self.shares(block) * np.repeat(amounts, block.lengths)
        total += np.bincount(block.channel, worth, minlength=len(total))


def proportional(weights: Floats, offsets: Ints) -> Floats:
    """Scale ``weights`` to sum to 1 in each segment ``offsets[p]:offsets[p + 1]``; equal where all are 0.

    Segments must not be empty.
    """
    starts, lengths = offsets[:-1], np.diff(offsets)
    sums = np.add.reduceat(weights, starts) if len(starts) else np.empty(0)
    empty = sums <= 0
    if empty.any():
        weights = np.where(np.repeat(empty, lengths), 1.0, weights)
        sums = np.where(empty, lengths, sums)
    scaled: Floats = weights / np.repeat(sums, lengths)
    return scaled


def spread(cells: Floats, journeys: Journeys) -> Floats:
    """Give the share of each journey's distinct channels (aligned with `Journeys.cells`) to its touches.

    A channel met several times divides its share equally among those touches. Float64[T].
    """
    each = cells / journeys.cells.touches
    # Touches sorted by journey and channel stand in the order of the cells, cell by cell.
    order = np.argsort(journeys.cell_keys)
    out = np.empty(journeys.touches)
    out[order] = np.repeat(each, journeys.cells.touches)
    return out


def distinct(journeys: Journeys) -> Ints:
    """Count the distinct channels of each journey, int64[P]."""
    return np.bincount(journeys.cells.journey, minlength=len(journeys))
