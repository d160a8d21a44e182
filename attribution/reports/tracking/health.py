"""Whether tracking works: what waits, what died, how fresh the numbers are, and codes that belong to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from attribution.models import AttributionRun, CollectorProcess, Conversion, Hit, PendingHit
from campaigns.models import Coupon as CreatorCoupon
from campaigns.models.promotion import canonical_code
from kolhub.models import Membership


@dataclass(frozen=True)
class Backlog:
    """Hits that wait to be settled. ``retrying`` of them failed at least once; the dead wait for a person."""

    waiting: int
    money: int
    retrying: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True)
class Freshness:
    """How fresh the numbers are. ``received`` counts all of the installation's requests, whoever they were for."""

    last_hit: datetime | None
    last_order: datetime | None
    last_run: datetime | None
    unattributed: int
    collector_seen: datetime | None
    received: int
    streams: int


@dataclass
class Coupon:
    """A code used in orders that no creator of the brand has. ``revenue`` is net of the orders, before refunds."""

    code: str
    brand: str
    orders: int = 0
    last: datetime | None = None
    revenue: dict[str, int] = field(default_factory=dict)


def read_backlog(membership: Membership) -> Backlog:
    """Count the hits that wait."""
    alive = Q(is_dead=False)
    counted: dict[str, Any] = PendingHit.objects.visible_to(membership).aggregate(
        waiting=Count("pk", filter=alive),
        money=Count("pk", filter=alive & Q(is_money=True)),
        retrying=Count("pk", filter=alive & Q(attempts__gt=0)),
        oldest=Min("received_at", filter=alive),
        dead=Count("pk", filter=Q(is_dead=True)),
    )
    return Backlog(**counted)


def dead_letters(membership: Membership, most: int = 50) -> list[tuple[PendingHit, Hit | None]]:
    """Return the newest dead letters with their hits."""
    dead = list(PendingHit.objects.visible_to(membership).filter(is_dead=True).order_by("-received_at")[:most])
    hits = Hit.objects.visible_to(membership).in_bulk([each.pk for each in dead])
    return [(each, hits.get(each.pk)) for each in dead]


def read_freshness(membership: Membership) -> Freshness:
    """Return when things last happened."""
    newest = Hit.objects.visible_to(membership).order_by("-received_at").values_list("received_at", flat=True).first()
    orders = Conversion.objects.visible_to(membership)
    processes = CollectorProcess.objects.aggregate(
        seen=Max("seen_at"), received=Sum("received", default=0), streams=Count("pk")
    )
    runs = AttributionRun.objects.visible_to(membership).filter(is_current=True)
    return Freshness(
        last_hit=newest,
        last_order=orders.order_by("-pk").values_list("created_at", flat=True).first(),
        last_run=runs.aggregate(last=Max("finished_at"))["last"],
        unattributed=orders.filter(is_stale=True).count(),
        collector_seen=processes["seen"],
        received=processes["received"],
        streams=processes["streams"],
    )


# Codes are compared in Python (case folding, NFKC); SQL only leaves out what is plainly known, so that the limit is
# spent on the others.
_CODES = """
SELECT code, v.brand_id, b.name, v.currency, count(*), sum(v.net_minor)::bigint, max(v.at)
FROM attribution_conversion v
JOIN campaigns_brand b ON b.id = v.brand_id
CROSS JOIN LATERAL unnest(v.coupon_codes) code
WHERE v.organization_id = %(organization)s AND v.state = 'counted' AND v.at >= %(since)s AND v.at <= %(until)s
  AND NOT EXISTS (SELECT FROM campaigns_coupon c WHERE c.organization_id = v.organization_id
                  AND c.brand_id = v.brand_id AND c.code_key = lower(btrim(code)))
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1 LIMIT 2000
"""


def unknown_coupons(membership: Membership, since: date, until: date, most: int = 50) -> Sequence[Coupon]:
    """Return the codes of counted orders that no creator of the brand ever had, most used first.

    Days are those of the organization's clock, both included.
    """
    zone: ZoneInfo = membership.organization.clock
    scope: dict[str, Any] = {
        "organization": membership.organization_id,
        "since": datetime.combine(since, datetime.min.time(), zone),
        "until": datetime.combine(until, datetime.max.time(), zone),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CODES, scope)
        found = cursor.fetchall()
    known = set(
        CreatorCoupon.objects.filter(
            organization_id=membership.organization_id, code_key__in=[canonical_code(row[0]) for row in found]
        ).values_list("brand_id", "code_key")
    )
    codes: dict[tuple[int, str], Coupon] = {}
    for code, brand_id, brand, currency, orders, net, last in found:
        name = (brand_id, canonical_code(code))
        if name in known or not name[1]:
            continue
        coupon = codes.setdefault(name, Coupon(code, brand))
        coupon.orders += orders
        coupon.revenue[currency] = coupon.revenue.get(currency, 0) + net
        coupon.last = max(filter(None, (coupon.last, last)))
    return sorted(codes.values(), key=lambda each: (-each.orders, each.code))[:most]
