"""The newest hits of a pixel or key, for whoever is installing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, Sum

from attribution.models import Conversion, Hit, HitCount, HitOutcome, Shop
from kolhub.models import Membership

# A busy neighbour must not make looking for a quiet key slow: no more of the organization's hits are looked through.
LOOKED_THROUGH = 5_000
SHOWN = 12


@dataclass(frozen=True)
class Tail:
    """A key's newest hits, newest first, and what was counted under it today and lately (UTC days)."""

    hits: Sequence[Hit]
    today: dict[str, int]
    last_day: Any

    @property
    def newest(self) -> Hit | None:
        return self.hits[0] if self.hits else None

    @property
    def last_order(self) -> Hit | None:
        """The newest shown hit that told of an order."""
        orders = (h for h in self.hits if h.payload.get("type") == "order" or h.payload.get("order_ref"))
        return next(orders, None)


@dataclass(frozen=True)
class LastOrder:
    """The newest order of a shop, and which doors told of it (as hit kinds)."""

    order: Conversion
    told_by: list[str]


def read_tail(membership: Membership, key: str, now: datetime) -> Tail:
    """Return the newest hits under a public key."""
    own = Hit.objects.visible_to(membership).order_by("-received_at")
    hits = own.filter(pk__in=own.values("pk")[:LOOKED_THROUGH], key=key)[:SHOWN]
    counts = HitCount.objects.visible_to(membership).filter(key=key)
    today = counts.filter(day=now.date()).order_by().values_list("outcome").annotate(Sum("count"))
    recent = counts.filter(day__gte=now.date() - timedelta(days=366))
    return Tail(list(hits), dict(today), recent.aggregate(last=Max("day"))["last"])


def counts_by_key(membership: Membership, since: Any) -> dict[str, tuple[int, int]]:
    """Return (accepted, refused) per public key since a UTC day."""
    accepted = Q(outcome=HitOutcome.ACCEPTED)
    counts = HitCount.objects.visible_to(membership).filter(day__gte=since).order_by().values("key")
    found = counts.annotate(
        good=Sum("count", filter=accepted, default=0), bad=Sum("count", filter=~accepted, default=0)
    )
    return {row["key"]: (row["good"], row["bad"]) for row in found}


def last_order(membership: Membership, shop: Shop) -> LastOrder | None:
    """Return the shop's newest order with the kinds of its evidence; None where there is none."""
    orders = Conversion.objects.visible_to(membership).filter(brand_id=shop.brand_id, shop=shop)
    order = orders.prefetch_related("evidence").order_by("-at").first()
    if order is None:
        return None
    return LastOrder(order, sorted({evidence.kind.split("/")[0] for evidence in order.evidence.all()}))
