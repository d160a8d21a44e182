"""What a brief asks for and what is known of one creator, as plain values."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Final

# Followers from which a creator is in the next size: powers of ten, the one grid that fits every platform and market.
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a brief asks for. An empty tuple or None: the brief does not care."""

    text: str = ""
    goal: str = "sales"
    # ISO 3166 alpha-2, upper case.
    markets: tuple[str, ...] = ()
    # ISO 639-1, lower case.
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    budget_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What came of a creator's earlier collaborations with this organization."""

    collaborations: int
    # Credited net revenue ÷ full cost, of each collaboration, added up: without a unit.
    roas_sum: float
    # The organization's mean over all its creators: what a creator without history is expected to return.
    roas_mean: float

    @property
    def shrunk_roas(self) -> float:
        """Return the creator's ROAS drawn towards the mean as if PRIOR more collaborations had returned the mean."""
        return (self.roas_sum + PRIOR * self.roas_mean) / (self.collaborations + PRIOR)


# One good result is mostly luck: three imaginary average ones stand beside it.
PRIOR: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A creator through the profile that fits the brief best. None, "" or (): not known."""

    creator_id: int
    organization_id: int
    name: str
    platform: str
    handle: str
    country: str = ""
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bio: str = ""
    followers: int | None = None
    avg_views: int | None = None
    # Engagements per follower, 0..1.
    engagement: float | None = None
    # Average views per follower.
    views_ratio: float | None = None
    audience_country: str = ""
    metrics_on: date | None = None
    metrics_source: str = ""
    provenance: str = "claimed"
    price_minor: int | None = None
    price_currency: str = ""
    price_format: str = ""
    price_on: date | None = None
    past: Past | None = None


def size_of(followers: int | None) -> int | None:
    """Return the index of the creator's size: 0 below 1,000 followers, 1 below 10,000 …; None where unknown."""
    return None if followers is None else bisect_right(SIZES, followers)


def size_bounds(size: int) -> tuple[int, int | None]:
    """Return the least followers of a size, and the least of the next one (None: there is none)."""
    return (SIZES[size - 1] if size else 0), (SIZES[size] if size < len(SIZES) else None)
