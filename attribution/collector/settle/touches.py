"""Clicks and visits become touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from attribution.collector.sessions import DOUBLE, SLOT_SECONDS, ClickSeen, Visit, direct_touches, double_clicks
from attribution.collector.settle.stale import EVER, Changes
from attribution.collector.understand import Facts
from attribution.models import Shop, Touch
from campaigns.models import TrackingLink


@dataclass(frozen=True, slots=True)
class _Link:
    """What a click's touch must know of its link."""

    collaboration: int
    brand: int
    disabled_at: datetime | None
    ends_at: datetime | None

    def refusal(self, at: datetime) -> str:
        """Say why a click at this moment earns nothing."""
        if self.disabled_at is not None and at >= self.disabled_at:
            return Touch.Refusal.LINK_DISABLED
        if self.ends_at is not None and at >= self.ends_at:
            return Touch.Refusal.CAMPAIGN_ENDED
        return Touch.Refusal.NONE


def settle_touches(organization_id: int, facts: Sequence[Facts], people: Mapping[str, int], changes: Changes) -> None:
    """Store the touches of these hits, and correct what they show in a new light."""
    _store_clicks(organization_id, facts, people, changes)
    merged = [person for person, since in changes.people.items() if since == EVER]
    _store_visits(organization_id, facts, people, merged, changes)
    _find_double_clicks(organization_id, facts, merged, changes)


# ---- clicks ----


def _store_clicks(organization_id: int, facts: Sequence[Facts], people: Mapping[str, int], changes: Changes) -> None:
    clicks = [fact for fact in facts if fact.is_click and fact.hit.link_id is not None]
    links = _links(organization_id, {fact.hit.link_id or 0 for fact in clicks})
    touches = []
    for fact in clicks:
        hit, link = fact.hit, links.get(fact.hit.link_id)
        if link is None:
            continue  # deleted since: nothing is left that could be credited
        person = people[fact.keys[0]]
        touches.append(
            Touch(
                organization_id=organization_id,
                brand_id=link.brand,
                person_id=person,
                hit_id=hit.id,
                kind=Touch.Kind.CLICK,
                refusal=link.refusal(hit.received_at),
                at=hit.received_at,
                collaboration_id=link.collaboration,
                link_id=hit.link_id,
                link_version=hit.link_version,
            )
        )
        changes.person(person, hit.received_at)
    Touch.objects.bulk_create(touches, ignore_conflicts=True)


def _links(organization_id: int, ids: Iterable[int]) -> dict[int | None, _Link]:
    rows = TrackingLink.objects.filter(organization_id=organization_id, pk__in=ids).select_related(
        "collaboration__campaign", "organization"
    )
    found: dict[int | None, _Link] = {}
    for link in rows:
        campaign = link.collaboration.campaign
        ends = [moment for moment in (link.ends_at, _end_of(campaign.ends_on, link.organization.clock)) if moment]
        found[link.pk] = _Link(link.collaboration_id, campaign.brand_id, link.disabled_at, min(ends, default=None))
    return found


def _end_of(day: date | None, clock: ZoneInfo) -> datetime | None:
    """Return the end of a day where the organization is."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), clock).astimezone(UTC)


# ---- visits ----


def _store_visits(
    organization_id: int, facts: Sequence[Facts], people: Mapping[str, int], merged: Sequence[int], changes: Changes
) -> None:
    """Bring the direct touches of everybody seen here up to date, around the moments they were seen at."""
    new = _new_visits(organization_id, facts, people)
    around = [(visit.person, visit.at, visit.at) for visit in new]
    around += [(people[fact.keys[0]], fact.hit.received_at, fact.hit.received_at) for fact in facts if fact.is_click]
    if not around and not merged:
        return
    clicks, stored = _touches_around(organization_id, around, merged)
    kept = direct_touches([*stored, *new], clicks)
    kept_ids = {visit.touch_id for visit in kept}
    gone = [visit for visit in stored if visit.touch_id not in kept_ids]
    Touch.objects.filter(pk__in=[visit.touch_id for visit in gone]).delete()
    added = [visit for visit in kept if visit.touch_id is None]
    Touch.objects.bulk_create(
        [
            Touch(
                organization_id=organization_id,
                brand_id=visit.brand,
                person_id=visit.person,
                hit_id=visit.hit_id,
                kind=Touch.Kind.DIRECT,
                at=visit.at,
            )
            for visit in added
        ],
        ignore_conflicts=True,
    )
    for visit in (*gone, *added):
        changes.person(visit.person, visit.at)


def _new_visits(organization_id: int, facts: Sequence[Facts], people: Mapping[str, int]) -> list[Visit]:
    visits = [fact for fact in facts if fact.is_visit and fact.keys and fact.hit.shop_id is not None]
    shops = {fact.hit.shop_id or 0 for fact in visits}
    brands = dict(Shop.objects.filter(organization_id=organization_id, pk__in=shops).values_list("pk", "brand_id"))
    return [
        Visit(people[fact.keys[0]], brands[fact.hit.shop_id], fact.hit.received_at, fact.hit.id)
        for fact in visits
        if fact.hit.shop_id in brands
    ]


def _touches_around(
    organization_id: int, around: Sequence[tuple[int, datetime, datetime]], whole: Sequence[int]
) -> tuple[list[tuple[int, int, datetime]], list[Visit]]:
    """Read click and direct touches: of some people within an hour of a moment, of others all."""
    reach: dict[int, tuple[datetime, datetime]] = {}
    slots = timedelta(seconds=2 * SLOT_SECONDS)
    for person, first, last in around:
        low, high = reach.get(person, (first, last))
        reach[person] = min(low, first - slots), max(high, last + slots)
    for person in whole:
        reach[person] = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT touch.person_id, touch.brand_id, touch.at, touch.hit_id, touch.id, touch.kind
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS asked(person_id, low, high)
            JOIN attribution_touch touch ON touch.person_id = asked.person_id
                AND touch.at BETWEEN asked.low AND asked.high
            WHERE touch.organization_id = %s AND touch.kind IN ('click', 'direct')
            """,
            [
                list(reach),
                [low for low, _high in reach.values()],
                [high for _low, high in reach.values()],
                organization_id,
            ],
        )
        rows = cursor.fetchall()
    clicks = [(person, brand, at) for person, brand, at, _hit, _id, kind in rows if kind == "click"]
    visits = [Visit(person, brand, at, hit, pk) for person, brand, at, hit, pk, kind in rows if kind == "direct"]
    return clicks, visits


# ---- double clicks ----


def _find_double_clicks(organization_id: int, facts: Sequence[Facts], merged: Sequence[int], changes: Changes) -> None:
    """Decide again which clicks are doubles, around every click that is new or that somebody just landed with."""
    shown = {fact.hit.id for fact in facts if fact.is_click}
    shown |= {fact.hit.click_id for fact in facts if fact.hit.click_id is not None}
    shown |= set(
        Touch.objects.filter(person_id__in=merged, kind=Touch.Kind.CLICK).values_list("hit_id", flat=True)
        if merged
        else ()
    )
    if not shown:
        return
    clicks, decided = _clicks_around(organization_id, list(shown))
    doubles = double_clicks([click for click, _refusal in clicks])
    changed: dict[str, list[UUID]] = {Touch.Refusal.DOUBLE_CLICK: [], Touch.Refusal.NONE: []}
    for click, refusal in clicks:
        if click.hit_id not in decided or refusal not in changed:
            continue
        wanted = Touch.Refusal.DOUBLE_CLICK if click.hit_id in doubles else Touch.Refusal.NONE
        if refusal != wanted:
            changed[wanted].append(click.hit_id)
            changes.person(click.person, click.at)
    for refusal, hit_ids in changed.items():
        if hit_ids:
            Touch.objects.filter(organization_id=organization_id, kind=Touch.Kind.CLICK, hit_id__in=hit_ids).update(
                refusal=refusal
            )


def _clicks_around(organization_id: int, shown: list[UUID]) -> tuple[list[tuple[ClickSeen, str]], set[UUID]]:
    """Read the clicks near some clicks, with their refusals; and name those near enough to be decided again.

    What is within two seconds may change; what it is judged by lies within four.
    """
    wide, near = 2 * DOUBLE, DOUBLE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT link_id, at FROM attribution_touch WHERE organization_id = %s AND kind = 'click'"
            " AND hit_id = ANY(%s)",
            [organization_id, shown],
        )
        moments: list[tuple[int, datetime]] = sorted(cursor.fetchall())
        spans = _spans(moments, wide)
        cursor.execute(
            """
            SELECT touch.hit_id, touch.link_id, touch.at, touch.person_id,
                CASE WHEN hit.network = '' THEN '' ELSE hit.network || ' ' || hit.user_agent END,
                EXISTS (SELECT 1 FROM attribution_identitykey key
                    WHERE key.person_id = touch.person_id AND key.key NOT LIKE 'click:%%'),
                touch.refusal
            FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS asked(link_id, low, high)
            JOIN attribution_touch touch ON touch.link_id = asked.link_id AND touch.at BETWEEN asked.low AND asked.high
            JOIN attribution_hit hit ON hit.id = touch.hit_id
            WHERE touch.organization_id = %s AND touch.kind = 'click'
            """,
            [*(list(column) for column in zip(*spans, strict=True)), organization_id] if spans else [[], [], [], 0],
        )
        rows = cursor.fetchall()
    judged = _spans(moments, near)
    clicks = [(ClickSeen(*row[:6]), row[6]) for row in rows]
    by_link: dict[int, list[tuple[datetime, datetime]]] = {}
    for link, low, high in judged:
        by_link.setdefault(link, []).append((low, high))
    decided = {
        click.hit_id
        for click, _refusal in clicks
        if any(low <= click.at <= high for low, high in by_link.get(click.link_id, ()))
    }
    return clicks, decided


def _spans(moments: Sequence[tuple[int, datetime]], reach: timedelta) -> list[tuple[int, datetime, datetime]]:
    """Join moments of a link that lie close together into spans, so that a rush is read once."""
    spans: list[tuple[int, datetime, datetime]] = []
    for link, at in moments:
        if spans and spans[-1][0] == link and spans[-1][2] >= at - reach:
            spans[-1] = (link, spans[-1][1], at + reach)
        else:
            spans.append((link, at - reach, at + reach))
    return spans
