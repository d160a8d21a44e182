"""A world of shoppers with known true effects of every creator.

The same world always comes from the same settings (NumPy's `default_rng(seed)`). What a creator causes is computed
exactly, not sampled: the difference between the chance that a shopper buys and the chance without that creator.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY = 86_400
# Days after which an exposure moves a shopper half as much.
HALF_LIFE = 4.0
# Seconds between a post and its exposures: exponential, a day on average.
DELAY = 1.0 * DAY


@dataclass(frozen=True)
class Settings:
    """What a world is made from. `base_rate` is the chance per day that a shopper buys without any creator."""

    seed: int = 1
    days: int = 45
    creators: int = 6
    shoppers: int = 4_000
    posts: int = 3
    base_rate: float = 0.0012
    click_rate: float = 0.35
    coupon_rate: float = 0.3
    refund_rate: float = 0.08


@dataclass(frozen=True)
class Exposure:
    """A shopper saw a post."""

    shopper: int
    creator: int
    at: float


@dataclass(frozen=True)
class Truth:
    """The world: who saw what and when, who bought when, and what each creator caused.

    ``effects`` float64[K] log-hazard added by one fresh exposure; ``reach`` float64[K] share of shoppers a post
    reaches; ``caused`` float64[K] expected orders that would be missing without the creator; ``bought_at``
    float64[N] seconds from the start, NaN where the shopper never bought; ``expected`` expected orders in all.
    """

    settings: Settings
    effects: Floats
    reach: Floats
    exposures: tuple[Exposure, ...]
    bought_at: Floats
    caused: Floats
    expected: float

    @property
    def orders(self) -> int:
        """How many shoppers bought."""
        return int(np.isfinite(self.bought_at).sum())


def make_truth(settings: Settings) -> Truth:
    """Draw a world. Creators pick likely buyers to different degrees, and those who do cause less."""
    rng = np.random.default_rng(settings.seed)
    number, days, creators = settings.shoppers, settings.days, settings.creators
    inclination = rng.choice([-0.5, 0.0, 0.6, 1.2], size=number, p=[0.5, 0.25, 0.15, 0.1]) + rng.normal(0, 0.5, number)
    selection = rng.choice([0.0, 0.6, 1.2], size=creators)
    effects = np.round(rng.uniform(0.8, 2.6, creators) - 0.6 * selection, 3)
    # Every fifth creator has none: a model that credits it is wrong, and the demo should show one.
    effects[rng.permutation(creators)[: max(1, creators // 5)]] = 0.0
    reach = rng.uniform(0.04, 0.16, creators)
    exposures = _expose(rng, settings, inclination, selection, reach)
    push = _push(settings, exposures, effects)
    base = settings.base_rate * np.exp(inclination)[:, None] * np.ones((1, days))
    bought_at = _buy(rng, base * np.exp(push.sum(axis=0)))
    with_all = _chance(base, push.sum(axis=0))
    caused = np.array([float((with_all - _chance(base, push.sum(axis=0) - push[k])).sum()) for k in range(creators)])
    return Truth(settings, effects, reach, tuple(exposures), bought_at, caused, float(with_all.sum()))


def _expose(
    rng: np.random.Generator, settings: Settings, inclination: Floats, selection: Floats, reach: Floats
) -> list[Exposure]:
    """Show each creator's posts to shoppers, the likelier buyers more often where the creator selects them."""
    found: list[Exposure] = []
    for creator in range(settings.creators):
        weights = np.exp(selection[creator] * inclination)
        chance = np.minimum(1.0, reach[creator] * weights / weights.mean())
        for post in range(settings.posts):
            posted = (creator % 5 + 2 + post * settings.days / (settings.posts + 0.5)) * DAY
            seen = np.flatnonzero(rng.random(settings.shoppers) < chance)
            at = posted + rng.exponential(DELAY, len(seen))
            inside = at < settings.days * DAY
            found += [Exposure(int(s), creator, float(t)) for s, t in zip(seen[inside], at[inside], strict=True)]
    return sorted(found, key=lambda each: (each.at, each.shopper, each.creator))


def _push(settings: Settings, exposures: list[Exposure], effects: Floats) -> npt.NDArray[np.float32]:
    """Return what each creator adds to each shopper's log-hazard on each day, float32[K, N, days].

    An exposure works from the day after it on (a day's hazard must not see what happens later that day), halves
    every HALF_LIFE days, and does not pile up: the freshest one counts.
    """
    push = np.zeros((settings.creators, settings.shoppers, settings.days), np.float32)
    ages = np.arange(settings.days)
    decay = 0.5 ** (ages / HALF_LIFE)
    for each in exposures:
        first = int(each.at // DAY) + 1
        if first < settings.days:
            row = push[each.creator, each.shopper, first:]
            np.maximum(row, (effects[each.creator] * decay[: len(row)]).astype(np.float32), out=row)
    return push


def _chance(base: Floats, push: npt.NDArray[np.float32]) -> Floats:
    """Return each shopper's chance to buy at all, float64[N]."""
    hazard = np.minimum(base * np.exp(push), 0.9)
    missed: Floats = np.prod(1.0 - hazard, axis=1)
    return 1.0 - missed


def _buy(rng: np.random.Generator, hazard: Floats) -> Floats:
    """Draw on which day, and when on it, each shopper buys; NaN for those who never do."""
    bought = rng.random(hazard.shape) < np.minimum(hazard, 0.9)
    day = np.argmax(bought, axis=1).astype(np.float64)
    at = (day + rng.uniform(0.3, 0.98, len(day))) * DAY
    return np.where(bought.any(axis=1), at, np.nan)
