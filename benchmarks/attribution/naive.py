"""The textbook way: a dictionary per channel, a loop per touch, a chain per removed channel."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from attribution.journeys import Journeys

DAY = 86_400


def rules(journeys: Journeys) -> dict[str, dict[int, float]]:
    """Credit first, last, linear, position, time decay and Shapley with loops."""
    totals: dict[str, dict[int, float]] = {
        key: defaultdict(float) for key in ("first", "last", "linear", "position", "time_decay", "shapley")
    }
    channel, at, offsets = journeys.channel.tolist(), journeys.at.tolist(), journeys.offsets.tolist()
    for number, converted in enumerate(journeys.converted.tolist()):
        path = channel[offsets[number] : offsets[number + 1]]
        if not converted or not path:
            continue
        times = at[offsets[number] : offsets[number + 1]]
        count = len(path)
        totals["first"][path[0]] += 1
        totals["last"][path[-1]] += 1
        for each in path:
            totals["linear"][each] += 1 / count
        for each, share in zip(path, _position(count), strict=True):
            totals["position"][each] += share
        weights = [2 ** ((moment - times[-1]) / (7.5 * DAY)) for moment in times]
        whole = sum(weights)
        for each, weight in zip(path, weights, strict=True):
            totals["time_decay"][each] += weight / whole
        distinct = set(path)
        for each in distinct:
            totals["shapley"][each] += 1 / len(distinct)
    return totals


def _position(count: int) -> list[float]:
    if count <= 2:
        return [1 / count] * count
    return [0.4, *[0.2 / (count - 2)] * (count - 2), 0.4]


def markov(journeys: Journeys, most: int) -> tuple[dict[int, float], float]:
    """Remove channels one by one, solving a new chain each time, ``most`` of them spread over all.

    Gives the conversions lost by channel, and the CPU seconds that all channels would take.
    """
    began = time.process_time()
    chance, start, won = _chain(journeys)
    whole = _conversions(chance, start, won)
    counted = time.process_time() - began
    channels: Sequence[int] = range(journeys.channels)
    if len(channels) > most:
        channels = np.linspace(0, journeys.channels - 1, most).astype(int).tolist()
    began = time.process_time()
    lost = {}
    for channel in channels:
        kept = np.arange(journeys.channels) != channel
        without = _conversions(chance[np.ix_(kept, kept)], start[kept], won[kept])
        lost[channel] = whole - without
    each = (time.process_time() - began) / len(channels)
    return lost, counted + each * journeys.channels


def _chain(journeys: Journeys) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    moves: dict[tuple[int, int], int] = defaultdict(int)
    channel, offsets = journeys.channel.tolist(), journeys.offsets.tolist()
    visits, start, won = (np.zeros(journeys.channels) for _ in range(3))
    for number, converted in enumerate(journeys.converted.tolist()):
        path = channel[offsets[number] : offsets[number + 1]]
        if not path:
            continue
        start[path[0]] += 1
        for here in path:
            visits[here] += 1
        for here, there in pairwise(path):
            moves[here, there] += 1
        won[path[-1]] += converted
    chance = np.zeros((journeys.channels, journeys.channels))
    for (here, there), count in moves.items():
        chance[here, there] = count / visits[here]
    return chance, start, won / np.maximum(visits, 1)


def _conversions(chance: np.ndarray, start: np.ndarray, won: np.ndarray) -> float:
    return float(start @ np.linalg.solve(np.eye(len(start)) - chance, won))
