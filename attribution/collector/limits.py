"""Token buckets per key and per network, in constant memory."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, and so many at once. 0 a second: no limit."""

    per_second: float
    burst: float


class Buckets:
    """One bucket per name. Names are forgotten when full again, and all of them when there are too many.

    Forgetting all lets a flood from very many networks through once in a while, but never grows; the bounded queue
    behind it still holds.
    """

    def __init__(self, rate: Rate, most: int = 50_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, now: float, tokens: float = 1.0) -> bool:
        """Take tokens from a bucket; False where it has not that many. `now` is a monotonic clock in seconds."""
        rate = self._rate
        if rate.per_second <= 0:
            return True
        left, since = self._buckets.get(name, (rate.burst, now))
        left = min(rate.burst, left + (now - since) * rate.per_second)
        allowed = left >= tokens
        if len(self._buckets) >= self._most and name not in self._buckets:
            self._buckets.clear()
        self._buckets[name] = (left - tokens if allowed else left, now)
        return allowed


NO_LIMIT: Final = Rate(0, 0)
