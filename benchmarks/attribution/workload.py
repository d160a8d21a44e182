"""Made-up journeys with the shape of creator marketing: many channels, most of them small."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from attribution.journeys import Journeys

HOUR = 3600


class Workload(NamedTuple):
    channels: int
    journeys: int
    seed: int
    mean_length: float = 3.5


WORKLOADS = {
    "a": Workload(10, 100_000, 1),
    "b": Workload(100, 1_000_000, 2),
    "c": Workload(2_000, 1_000_000, 3),
    "d": Workload(10_000, 2_000_000, 4),
    "sparse": Workload(10_000, 30_000, 5),
}


def generate(workload: Workload) -> Journeys:
    """Draw the journeys of a workload.

    Popularity falls as 1 / (k + 10). Lengths are geometric, at most 50. A touch repeats the one before it
    (20 %), is any of the journey's own group of 20 channels (28 %), or goes by popularity. The logit of
    converting is -3.2 plus an effect N(0.15, 0.5) of each distinct channel; values are
    lognormal(3.5, 0.8); gaps are exponential with mean 36 h, the conversion follows after 6 h.
    """
    rng = np.random.default_rng(workload.seed)
    lengths = np.minimum(rng.geometric(1 / workload.mean_length, workload.journeys), 50).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    touches = int(offsets[-1])
    channel = _channels(rng, workload, lengths, offsets)
    gaps = rng.exponential(36 * HOUR, touches)
    since = np.cumsum(gaps)
    at = (since - np.repeat(since[offsets[:-1]], lengths)).astype(np.int64) + 1_750_000_000
    shape = Journeys(
        offsets=offsets,
        channel=channel,
        at=at,
        kind=np.zeros(touches, np.int8),
        converted=np.ones(workload.journeys, np.bool_),
        value=np.zeros(workload.journeys, np.int64),
        ended_at=at[offsets[1:] - 1] + rng.exponential(6 * HOUR, workload.journeys).astype(np.int64),
        channels=workload.channels,
    )
    effect = rng.normal(0.15, 0.5, workload.channels)
    cells = shape.cells
    logit = -3.2 + np.bincount(cells.journey, effect[cells.channel], minlength=workload.journeys)
    converted = rng.random(workload.journeys) < 1 / (1 + np.exp(-logit))
    value = np.where(converted, rng.lognormal(3.5, 0.8, workload.journeys) * 100, 0).astype(np.int64)
    return Journeys(
        offsets=offsets,
        channel=channel,
        at=at,
        kind=shape.kind,
        converted=converted,
        value=value,
        ended_at=shape.ended_at,
        channels=workload.channels,
    )


def _channels(rng: np.random.Generator, workload: Workload, lengths: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    touches = int(offsets[-1])
    popularity = 1 / (np.arange(workload.channels) + 10)
    popular = rng.choice(workload.channels, touches, p=popularity / popularity.sum())
    groups = -(-workload.channels // 20)
    group = np.repeat(rng.integers(0, groups, workload.journeys), lengths)
    near = np.minimum(group * 20 + rng.integers(0, 20, touches), workload.channels - 1)
    draw = rng.random(touches)
    fresh = np.where(draw < 0.48, near, popular)
    repeats = draw < 0.2
    repeats[offsets[:-1]] = False
    # A repeat takes the last touch before it that is none.
    source = np.maximum.accumulate(np.where(repeats, -1, np.arange(touches)))
    return fresh[source].astype(np.int32)
