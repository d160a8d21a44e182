"""Candidates and draws for the room's tests: plain values, no database."""

from datetime import date
from typing import Any

import numpy as np

from campaigns.matching.candidate import Candidate, Wanted
from campaigns.matching.features import KEYS, Draw, Features, measure
from campaigns.matching.peers import FRACTIONS, Curve, Peers

TODAY = date(2026, 3, 1)


def candidate(number: int = 1, **known: Any) -> Candidate:
    return Candidate(
        **{
            "creator_id": number,
            "organization_id": 1,
            "name": f"Creator {number}",
            "platform": "instagram",
            "handle": f"creator{number}",
            **known,
        }
    )


def curve(low: float, high: float, count: int = 100) -> Curve:
    """Peers spread evenly between two values."""
    return Curve(count, tuple(low + (high - low) * fraction for fraction in FRACTIONS))


PEERS = Peers(
    engagement={("instagram", 2): curve(0.0, 0.1), ("instagram", 3): curve(0.0, 0.05)},
    views={("instagram", 2): curve(0.0, 1.0)},
    followers={"instagram": curve(0, 100_000)},
)


def drawing(*candidates: Candidate, **asked: Any) -> Draw:
    return Draw(Wanted(**asked), candidates, PEERS, TODAY)


def value(key: str, one: Candidate, **asked: Any) -> float:
    """Return one feature of one candidate."""
    return float(measure(drawing(one, **asked)).column(key)[0])


def random_features(rows: int, seed: int = 0, unknown: float = 0.2) -> Features:
    """Return features at random, some unknown, all of them asked for."""
    rng = np.random.default_rng(seed)
    values = rng.random((rows, len(KEYS)))
    values[rng.random(values.shape) < unknown] = np.nan
    return Features(KEYS, values, np.ones(len(KEYS), dtype=bool))
