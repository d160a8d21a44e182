"""Read a campaign's results under one attributor: rows per creator, totals, and where the rest of the revenue went."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from attribution.reports.cost import Cost, commission, ratio
from campaigns.models import Campaign


@dataclass(frozen=True)
class Line:
    """One creator's results, or the totals. Amounts are minor units of the campaign's currency.

    ``orders`` is the sum of the creator's shares of orders (12.5 where one order is shared by two); ``gmv`` and
    ``refunded`` are those shares of line prices before discounts, and of refunds; ``revenue`` is the credited net
    revenue after refunds. Views and engagements are the newest counts of each deliverable, None where nobody
    reported any.
    """

    collaboration: int | None
    creator: str
    platform: str
    handle: str
    stage: str
    deliverables: int
    views: int | None
    engagements: int | None
    clicks: int
    orders: float
    gmv: int
    refunded: int
    revenue: int
    cost: Cost

    @property
    def roas(self) -> float | None:
        """Net revenue ÷ full cost (投产比)."""
        return ratio(self.revenue, self.cost.full)

    @property
    def cpm(self) -> float | None:
        """Full cost per thousand views, minor units."""
        return ratio(self.cost.full * 1000, self.views)

    @property
    def cpv(self) -> float | None:
        """Full cost per view, minor units."""
        return ratio(self.cost.full, self.views)

    @property
    def cpe(self) -> float | None:
        """Full cost per engagement (like, comment, share or save), minor units."""
        return ratio(self.cost.full, self.engagements)

    @property
    def cpc(self) -> float | None:
        """Full cost per click, minor units."""
        return ratio(self.cost.full, self.clicks)

    @property
    def cpa(self) -> float | None:
        """Full cost per order, minor units."""
        return self.cost.full / self.orders if self.orders else None

    @property
    def aov(self) -> float | None:
        """Average order value: credited revenue before refunds per order, minor units."""
        return (self.revenue + self.refunded) / self.orders if self.orders else None

    @property
    def refund_rate(self) -> float | None:
        """Refunds ÷ revenue before refunds, 0..1."""
        return ratio(self.refunded, self.revenue + self.refunded)


@dataclass(frozen=True)
class Share:
    """A part of the brand's net revenue: who has it and why."""

    kind: str
    reason: str
    revenue: int


@dataclass(frozen=True)
class Piece:
    """One deliverable: what and where it is, and its counts a day, a week and a month after publication.

    ``views`` are the counts taken on D1, D7 and D30 (None where nobody counted on that day); ``latest`` is
    (views, likes, comments, shares, saves, as of, claimed or measured), or None where nobody counted at all.
    """

    id: int
    collaboration: int
    creator: str
    platform: str
    kind: str
    url: str
    published_at: datetime | None
    views: tuple[int | None, int | None, int | None]
    latest: tuple[int | None, int | None, int | None, int | None, int | None, datetime, str] | None


@dataclass(frozen=True)
class CampaignReport:
    """A campaign under one attributor in one period.

    ``shares`` and the totals together are the brand's whole net revenue of the period: `balance` says by how much
    they miss it, and is 0.
    """

    campaign: Campaign
    attributor: str
    since: date
    until: date
    lines: Sequence[Line]
    total: Line
    shares: Sequence[Share]
    brand_revenue: int
    other_currencies: Sequence[tuple[str, int]]
    # Fees, samples and freight that were agreed in other currencies than the campaign's.
    other_costs: Sequence[tuple[str, int]]
    days: Sequence[tuple[date, int, int]]
    as_of: datetime | None
    waiting: int = 0
    comparison: dict[int, dict[str, int]] = field(default_factory=dict)
    pieces: Sequence[Piece] = ()

    @property
    def balance(self) -> int:
        """Brand revenue − everything shown; anything but 0 is a fault."""
        return self.brand_revenue - self.total.revenue - sum(share.revenue for share in self.shares)

    def renewals(self, count: int = 3, enough: float = 5) -> list[Line]:
        """Name the creators to renew first: highest ROAS among those with at least `enough` credited orders."""
        sure = [line for line in self.lines if line.roas is not None and line.orders >= enough]
        return sorted(sure, key=lambda line: (-(line.roas or 0), line.creator))[:count]


_LINES = """
SELECT k.id, k.creator_name, k.platform, k.handle, k.stage,
       coalesce(d.number, 0), d.views, d.engagements, coalesce(t.clicks, 0),
       coalesce(g.orders, 0), round(coalesce(g.gmv, 0))::bigint, round(coalesce(g.refunded, 0))::bigint,
       coalesce(g.revenue, 0)::bigint,
       coalesce(f.fee_minor, 0), coalesce(f.commission_bps, 0), coalesce(s.samples, 0)::bigint,
       coalesce(s.freight, 0)::bigint, coalesce(p.credited, 0)::bigint
FROM campaigns_collaboration k
JOIN campaigns_campaign c ON c.id = k.campaign_id
LEFT JOIN LATERAL (
    SELECT count(*) number, sum(m.views)::bigint views,
           sum(coalesce(m.likes, 0) + coalesce(m.comments, 0) + coalesce(m.shares, 0) + coalesce(m.saves, 0))
             FILTER (WHERE num_nonnulls(m.likes, m.comments, m.shares, m.saves) > 0)::bigint engagements
    FROM campaigns_deliverable e
    LEFT JOIN LATERAL (SELECT * FROM campaigns_deliverablemetric m WHERE m.deliverable_id = e.id
                       ORDER BY m.taken_at DESC, m.id DESC LIMIT 1) m ON true
    WHERE e.collaboration_id = k.id) d ON true
LEFT JOIN LATERAL (
    SELECT count(*) clicks FROM attribution_touch t
    WHERE t.collaboration_id = k.id AND t.kind = 'click' AND t.refusal = ''
      AND t.at >= %(since)s AND t.at < %(until)s) t ON true
LEFT JOIN LATERAL (
    SELECT sum(g.share) orders, sum(g.share * v.gross_minor) gmv, sum(g.amount_minor) revenue,
           sum(g.share * coalesce((SELECT sum(r.amount_minor) FROM attribution_refund r
                                   WHERE r.conversion_id = v.id), 0)) refunded
    FROM attribution_credit g JOIN attribution_conversion v ON v.id = g.conversion_id
    WHERE g.run_id = %(run)s AND g.collaboration_id = k.id AND g.currency = c.currency
      AND v.at >= %(since)s AND v.at < %(until)s) g ON true
LEFT JOIN LATERAL (
    SELECT sum(g.amount_minor) credited FROM attribution_credit g
    JOIN attribution_attributionrun r ON r.id = g.run_id AND r.is_current AND r.attributor = c.pay_attributor
    JOIN attribution_conversion v ON v.id = g.conversion_id
    WHERE g.collaboration_id = k.id AND g.currency = c.currency AND v.at >= %(since)s AND v.at < %(until)s) p ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN currency = c.currency THEN fee_minor END fee_minor, commission_bps FROM campaigns_contract
    WHERE collaboration_id = k.id ORDER BY version DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (
    SELECT sum(unit_cost_minor * quantity) samples, sum(freight_minor) freight FROM campaigns_shipment
    WHERE collaboration_id = k.id AND currency = c.currency) s ON true
WHERE k.campaign_id = %(campaign)s AND k.agreed_at IS NOT NULL
ORDER BY coalesce(g.revenue, 0) DESC, k.creator_name, k.id
"""

_SHARES = """
SELECT CASE WHEN k.id IS NULL THEN g.kind ELSE 'other_campaigns' END, CASE WHEN k.id IS NULL THEN g.reason ELSE '' END,
       sum(g.amount_minor)::bigint
FROM attribution_credit g JOIN attribution_conversion v ON v.id = g.conversion_id
LEFT JOIN campaigns_collaboration k ON k.id = g.collaboration_id
WHERE g.run_id = %(run)s AND g.currency = %(currency)s AND v.at >= %(since)s AND v.at < %(until)s
  AND (k.id IS NULL OR k.campaign_id <> %(campaign)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""

# Orders that count no longer wait too: until they are attributed again their credits are still there.
_REVENUE = """
SELECT v.currency, sum(v.net_minor - coalesce((SELECT sum(r.amount_minor) FROM attribution_refund r
                                               WHERE r.conversion_id = v.id), 0)) FILTER (WHERE v.state = 'counted'),
       count(*) FILTER (WHERE v.is_stale)
FROM attribution_conversion v
WHERE v.brand_id = %(brand)s AND v.at >= %(since)s AND v.at < %(until)s
GROUP BY v.currency
"""

_OTHER_COSTS = """
SELECT currency, sum(cost)::bigint FROM (
    SELECT f.currency, f.fee_minor cost FROM campaigns_collaboration k
    JOIN LATERAL (SELECT currency, fee_minor FROM campaigns_contract
                  WHERE collaboration_id = k.id ORDER BY version DESC LIMIT 1) f ON true
    WHERE k.campaign_id = %(campaign)s AND k.agreed_at IS NOT NULL
    UNION ALL
    SELECT s.currency, s.unit_cost_minor * s.quantity + s.freight_minor FROM campaigns_collaboration k
    JOIN campaigns_shipment s ON s.collaboration_id = k.id
    WHERE k.campaign_id = %(campaign)s AND k.agreed_at IS NOT NULL) costs
WHERE currency <> %(currency)s GROUP BY currency HAVING sum(cost) > 0 ORDER BY currency
"""

_DAYS = """
SELECT (v.at AT TIME ZONE %(zone)s)::date, sum(g.amount_minor)::bigint
FROM attribution_credit g JOIN attribution_conversion v ON v.id = g.conversion_id
JOIN campaigns_collaboration k ON k.id = g.collaboration_id AND k.campaign_id = %(campaign)s
WHERE g.run_id = %(run)s AND g.currency = %(currency)s AND v.at >= %(since)s AND v.at < %(until)s
GROUP BY 1 ORDER BY 1
"""

_CLICK_DAYS = """
SELECT (t.at AT TIME ZONE %(zone)s)::date, count(*)
FROM attribution_touch t JOIN campaigns_collaboration k ON k.id = t.collaboration_id AND k.campaign_id = %(campaign)s
WHERE t.kind = 'click' AND t.refusal = '' AND t.at >= %(since)s AND t.at < %(until)s
GROUP BY 1 ORDER BY 1
"""

_COMPARISON = """
SELECT g.collaboration_id, r.attributor, sum(g.amount_minor)::bigint
FROM attribution_credit g
JOIN attribution_attributionrun r ON r.id = g.run_id AND r.is_current AND r.brand_id = %(brand)s
JOIN attribution_conversion v ON v.id = g.conversion_id
JOIN campaigns_collaboration k ON k.id = g.collaboration_id AND k.campaign_id = %(campaign)s
WHERE g.currency = %(currency)s AND v.at >= %(since)s AND v.at < %(until)s
GROUP BY 1, 2
"""

_PIECES = """
SELECT e.id, k.id, k.creator_name, e.platform, e.kind, e.url, e.published_at,
       (SELECT m.views FROM campaigns_deliverablemetric m WHERE m.deliverable_id = e.id AND m.views IS NOT NULL
          AND m.taken_at >= e.published_at + interval '1 day'
          AND m.taken_at < e.published_at + interval '2 days' ORDER BY m.taken_at DESC, m.id DESC LIMIT 1),
       (SELECT m.views FROM campaigns_deliverablemetric m WHERE m.deliverable_id = e.id AND m.views IS NOT NULL
          AND m.taken_at >= e.published_at + interval '7 days'
          AND m.taken_at < e.published_at + interval '8 days' ORDER BY m.taken_at DESC, m.id DESC LIMIT 1),
       (SELECT m.views FROM campaigns_deliverablemetric m WHERE m.deliverable_id = e.id AND m.views IS NOT NULL
          AND m.taken_at >= e.published_at + interval '30 days'
          AND m.taken_at < e.published_at + interval '31 days' ORDER BY m.taken_at DESC, m.id DESC LIMIT 1),
       l.views, l.likes, l.comments, l.shares, l.saves, l.taken_at, l.provenance
FROM campaigns_deliverable e JOIN campaigns_collaboration k ON k.id = e.collaboration_id
LEFT JOIN LATERAL (SELECT * FROM campaigns_deliverablemetric m WHERE m.deliverable_id = e.id
                   ORDER BY m.taken_at DESC, m.id DESC LIMIT 1) l ON true
WHERE k.campaign_id = %(campaign)s AND k.agreed_at IS NOT NULL
ORDER BY e.published_at NULLS LAST, e.id
"""

# Every attribution of the brand changes these.
_RUNS = """
SELECT attributor, id, finished_at FROM attribution_attributionrun WHERE brand_id = %(brand)s AND is_current ORDER BY id
"""
# How often a report is read again because the brand was attributed meanwhile.
_READINGS = 3


def campaign_report(campaign: Campaign, attributor: str, since: date, until: date) -> CampaignReport:
    """Read the report for conversions from `since` to `until`, both days included, in the organization's time zone.

    Costs are those of the whole collaboration (a fee is not divided by days); commission follows the campaign's pay
    model in the period. Revenue and costs in other currencies than the campaign's are listed apart, never added.
    """
    zone = campaign.organization.clock
    day = timedelta(days=1)
    scope: dict[str, Any] = {
        "campaign": campaign.pk,
        "brand": campaign.brand_id,
        "attributor": attributor,
        "currency": campaign.currency,
        "since": datetime.combine(since, datetime.min.time(), zone),
        "until": datetime.combine(min(until, date.max - day) + day, datetime.min.time(), zone),
        "zone": zone.key,
    }
    runs = _rows(_RUNS, scope)
    for _reading in range(_READINGS):
        read = _read(campaign, since, until, scope, runs)
        # Each statement sees what is committed when it starts: parts of two attributions would not make a whole.
        before, runs = runs, _rows(_RUNS, scope)
        if runs == before:
            break
    return read


def _read(
    campaign: Campaign, since: date, until: date, scope: dict[str, Any], runs: Sequence[tuple[str, int, datetime]]
) -> CampaignReport:
    attributor = scope["attributor"]
    run, as_of = next(((run, finished_at) for key, run, finished_at in runs if key == attributor), (0, None))
    scope = {**scope, "run": run}
    lines = [_line(row) for row in _rows(_LINES, scope)]
    revenue = {currency: (int(amount or 0), waiting) for currency, amount, waiting in _rows(_REVENUE, scope)}
    mine, waiting = revenue.pop(campaign.currency, (0, 0))
    comparison: dict[int, dict[str, int]] = {}
    for collaboration, key, amount in _rows(_COMPARISON, scope):
        comparison.setdefault(collaboration, {})[key] = amount
    return CampaignReport(
        campaign=campaign,
        attributor=attributor,
        since=since,
        until=until,
        lines=lines,
        total=_total(lines),
        shares=[Share(*row) for row in _rows(_SHARES, scope)],
        brand_revenue=mine,
        other_currencies=sorted((currency, amount) for currency, (amount, _waiting) in revenue.items() if amount),
        other_costs=_rows(_OTHER_COSTS, scope),
        days=_join_days(dict(_rows(_DAYS, scope)), dict(_rows(_CLICK_DAYS, scope))),
        as_of=as_of,
        waiting=waiting,
        comparison=comparison,
        pieces=[_piece(row) for row in _rows(_PIECES, scope)],
    )


def _rows(sql: str, scope: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, scope)
        return list(cursor.fetchall())


def _line(row: Sequence[Any]) -> Line:
    fee, bps, samples, freight, paid_on = row[-5:]
    cost = Cost(fee=fee, commission=commission(paid_on, bps), samples=samples, freight=freight)
    values: tuple[Any, ...] = (*row[:-5], cost)
    return Line(*values)


def _piece(row: Sequence[Any]) -> Piece:
    identity, views, latest = tuple(row[:7]), tuple(row[7:10]), tuple(row[10:])
    values: tuple[Any, ...] = (*identity, views, latest if latest[5] is not None else None)
    return Piece(*values)


def _total(lines: Sequence[Line]) -> Line:
    """Add the lines up; a count nobody reported stays unknown."""

    def known(values: list[int | None]) -> int | None:
        given = [value for value in values if value is not None]
        return sum(given) if given else None

    return Line(
        collaboration=None,
        creator="",
        platform="",
        handle="",
        stage="",
        deliverables=sum(line.deliverables for line in lines),
        views=known([line.views for line in lines]),
        engagements=known([line.engagements for line in lines]),
        clicks=sum(line.clicks for line in lines),
        orders=sum(line.orders for line in lines),
        gmv=sum(line.gmv for line in lines),
        refunded=sum(line.refunded for line in lines),
        revenue=sum(line.revenue for line in lines),
        cost=Cost(
            fee=sum(line.cost.fee for line in lines),
            commission=sum(line.cost.commission for line in lines),
            samples=sum(line.cost.samples for line in lines),
            freight=sum(line.cost.freight for line in lines),
        ),
    )


def _join_days(revenue: dict[date, int], clicks: dict[date, int]) -> list[tuple[date, int, int]]:
    """Put revenue and clicks of each day side by side; a day without either stands as zeros between the others."""
    if not revenue and not clicks:
        return []
    first = min([*revenue, *clicks])
    last = max([*revenue, *clicks])
    every = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    return [(day, revenue.get(day, 0), clicks.get(day, 0)) for day in every]
