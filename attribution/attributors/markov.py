"""Markov chain, by removal effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import numpy as np

from attribution.attributors.base import Attributor, NotFittedError, Totals, proportional, spread
from attribution.attributors.moves import Moves, count_moves
from attribution.attributors.removal import lost_by_group, lost_by_removal
from attribution.journeys.columns import Floats, Ints, Journeys


class Markov(Attributor):
    """Credit a channel by the conversions that would be lost if journeys ended where they meet it.

    Journeys are read as walks of a Markov chain from channel to channel to conversion or nothing. With
    M = diag(visits) - moves and M b = conversions by last channel, removing channel i loses
    b_i / (M^-1)_ii conversions, exactly, and its share is proportional to that (removal effect: Anderl,
    Becker, von Wangenheim and Schumann 2016, https://doi.org/10.1016/j.ijresmar.2016.03.001; the closed
    form replaces one chain per channel). ``order`` 2 or 3 remembers that many
    touches. A single journey is shared by its distinct channels in proportion to their removal effects, a
    channel's part equally among its touches; where all of them are 0 or unknown, equally by channel.

    Learned: ``lost_`` float64[K, 2] conversions and value lost by removing a channel,
    ``removal_effects_`` (`Totals`, the same as a share of all) and ``channel_totals_`` (`Totals`, the
    classical result: all conversions, and all value, in proportion to the losses). The value is shared
    like the conversions if refunds make any loss of value negative.
    """

    key = "markov"
    label = "Markov chain"
    sentence = "A channel gets credit for the conversions that would be lost if it were taken out of all journeys."
    needs_fit = True
    advanced = False

    def __init__(self, order: int = 1) -> None:
        self.order = order

    def check(self) -> None:
        """Refuse an order that is not 1, 2 or 3."""
        if self.order not in (1, 2, 3):
            raise ValueError(f"markov: the order must be 1, 2 or 3, is {self.order}")

    def fit(self, journeys: Journeys) -> Self:
        """Learn removal effects from all journeys, converting or not."""
        self.check()
        if self.order == 1:
            return self.fit_moves(count_moves(journeys))
        states, channel = remember(journeys, self.order)
        moves = count_moves(states)
        return self._learn(lost_by_group(moves, channel, journeys.channels), moves)

    def fit_moves(self, moves: Moves) -> Self:
        """Learn from counts that were added up over days; order 1 only."""
        self.check()
        if self.order != 1:
            raise ValueError("markov: counts of moves between channels are of order 1")
        return self._learn(lost_by_removal(moves), moves)

    def shares(self, journeys: Journeys) -> Floats:
        """Share each journey by the removal effects of its channels."""
        lost = self._lost()
        known = np.zeros(max(journeys.channels, len(lost)))
        known[: len(lost)] = lost[:, 0]
        cells = journeys.cells
        bounds = np.searchsorted(cells.journey, np.arange(len(journeys) + 1))
        return spread(proportional(known[cells.channel], bounds), journeys)

    def totals(self, journeys: Journeys) -> Totals:
        """Give all conversions and all value of these journeys in proportion to the learned losses."""
        lost = self._lost()
        if journeys.channels != len(lost):
            raise ValueError(f"markov: fitted on {len(lost)} channels, asked about {journeys.channels}")
        filled = journeys.lengths > 0
        return _in_proportion(lost, journeys.weight[filled].sum(), journeys.worth[filled].sum())

    def _learn(self, lost: Floats, moves: Moves) -> Self:
        won, worth = moves.won.sum(), moves.worth.sum()
        self.lost_ = lost
        self.removal_effects_ = Totals(
            lost[:, 0] / won if won else lost[:, 0], lost[:, 1] / worth if worth else lost[:, 1]
        )
        self.channel_totals_ = _in_proportion(lost, won, worth)
        return self

    def _lost(self) -> Floats:
        if not hasattr(self, "lost_"):
            raise NotFittedError("markov: fit() first, it learns from all journeys")
        return self.lost_


def remember(journeys: Journeys, order: int) -> tuple[Journeys, Ints]:
    """Turn channels into states that remember the last ``order`` channels.

    Gives the journeys of states, and the channel of each state, int64[states]. A channel met twice in a
    row is remembered twice, as ChannelAttribution does.
    """
    channel = journeys.channel.astype(np.int64)
    place = np.arange(journeys.touches) - np.repeat(journeys.offsets[:-1], journeys.lengths)
    state, base = channel, journeys.channels + 1
    for back in range(1, order):
        earlier = np.zeros(journeys.touches, np.int64)
        earlier[back:] = channel[:-back] + 1
        earlier[place < back] = 0
        # Renumbered at each step, so that the packed number stays small.
        state = np.unique(state * base + earlier, return_inverse=True)[1].astype(np.int64)
    count = int(state.max(initial=-1)) + 1
    channel_of = np.zeros(count, np.int64)
    channel_of[state] = channel
    return replace(journeys, channel=state.astype(np.int32), channels=count, _checked=True), channel_of


def _in_proportion(lost: Floats, conversions: float, worth: float) -> Totals:
    """Share out all conversions and all value in proportion to what is lost."""
    by_conversions = lost[:, 0] / (lost[:, 0].sum() or 1.0)
    sound = lost[:, 1].min(initial=0.0) >= 0 and lost[:, 1].sum() > 0
    by_value = lost[:, 1] / lost[:, 1].sum() if sound else by_conversions
    return Totals(conversions * by_conversions, worth * by_value)
