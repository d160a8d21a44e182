"""Claim hits that wait, settle them, and keep apart those that cannot be."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from attribution.collector.settle.conversions import settle_orders
from attribution.collector.settle.people import find_people
from attribution.collector.settle.stale import Changes, mark_stale
from attribution.collector.settle.touches import settle_touches
from attribution.collector.understand import Facts, StoredHit, understand
from attribution.models import Hit, PendingHit
from kolhub.sweep import waiting
from kolhub.tenancy import acting_for

log = logging.getLogger(__name__)

TRIES: Final = 3
RETRY_AFTER: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one call did. `is_busy`: somebody else is settling this organization; `touched`: credits may change."""

    claimed: int = 0
    settled: int = 0
    failed: int = 0
    touched: bool = False
    is_busy: bool = False


def settle_organization(organization_id: int, limit: int = 1000) -> Settled:
    """Settle up to `limit` waiting hits of one organization in one transaction, money first.

    One at a time per organization: people are merged and orders joined without two of these meeting, which is what a
    lock per (shop, order) would be for. The whole batch is tried at once; if anything in it fails, each hit gets a
    savepoint of its own, and after three failures it is set aside for a person to look at. Running it twice, on hits
    in another order, or on repeated hits, ends in the same records.
    """
    with acting_for(organization_id):
        if not _is_alone(organization_id):
            return Settled(is_busy=True)
        claimed = _claim(organization_id, limit)
        if not claimed:
            return Settled()
        changes = Changes()
        try:
            with transaction.atomic():
                _apply(organization_id, _read(claimed), changes)
            done, failed = claimed, 0
        except Exception as trouble:
            log.info("a batch of %d hits is settled one by one: %s", len(claimed), trouble)
            changes = Changes()
            done = [hit_id for hit_id in claimed if _apply_one(organization_id, hit_id, changes)]
            failed = len(claimed) - len(done)
        PendingHit.objects.filter(hit_id__in=done).delete()
        touched = mark_stale(organization_id, changes)
        return Settled(len(claimed), len(done), failed, touched)


def _is_alone(organization_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('kolhub.settle', %s))",
            [organization_id],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _claim(organization_id: int, limit: int) -> list[UUID]:
    """Lock the next waiting hits; one that a person is looking at is left for later."""
    pending = PendingHit.objects.filter(organization_id=organization_id, is_dead=False, next_at__lte=timezone.now())
    return list(
        pending.order_by("-is_money", "next_at")
        .select_for_update(skip_locked=True)
        .values_list("hit_id", flat=True)[:limit]
    )


def _read(hit_ids: Sequence[UUID]) -> list[Facts]:
    """Read hits and say what they mean, in a fixed order."""
    columns = ("id", "kind", "shop_id", "link_id", "link_version", "received_at", "visitor", "click_id", "payload")
    rows = Hit.objects.filter(id__in=hit_ids).order_by("received_at", "id").values_list(*columns)
    return [understand(StoredHit(*row)) for row in rows]


def _apply(organization_id: int, facts: Sequence[Facts], changes: Changes) -> None:
    people = find_people(organization_id, facts, changes)
    settle_orders(organization_id, facts, people, changes)
    settle_touches(organization_id, facts, people, changes)
    with connection.cursor() as cursor:
        # What the commit would refuse is refused here, inside the savepoint.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _apply_one(organization_id: int, hit_id: UUID, changes: Changes) -> bool:
    own = Changes()
    try:
        with transaction.atomic():
            _apply(organization_id, _read([hit_id]), own)
    except Exception as trouble:
        log.warning("hit %s cannot be settled: %s", hit_id, trouble)
        PendingHit.objects.filter(hit_id=hit_id).update(
            attempts=F("attempts") + 1,
            is_dead=Case(When(attempts__gte=TRIES - 1, then=Value(True)), default=Value(False)),
            next_at=timezone.now() + RETRY_AFTER,
            error=f"{type(trouble).__name__}: {trouble}"[:500],
        )
        return False
    changes.add(own)
    return True


def organizations_waiting() -> list[int]:
    """List organizations with hits to settle, as the sweeper sees them."""
    rows = waiting("SELECT DISTINCT organization_id FROM attribution_pendinghit WHERE NOT is_dead AND next_at <= now()")
    return [row[0] for row in rows]


def settle_waiting(seconds: float = 20.0, limit: int = 1000) -> set[int]:
    """Settle what waits, organization by organization, until nothing does or the time is up.

    Returns the organizations whose credits may have changed. Neither one organization's flood nor its trouble keeps
    the others waiting: each gets one batch per round.
    """
    deadline = time.monotonic() + seconds
    touched: set[int] = set()
    rounds = organizations_waiting()
    while rounds:
        following = []
        for organization_id in rounds:
            try:
                done = settle_organization(organization_id, limit)
            except DatabaseError:
                log.exception("the hits of organization %d cannot be settled now", organization_id)
                continue
            if done.touched:
                touched.add(organization_id)
            if done.claimed == limit:
                following.append(organization_id)
            if time.monotonic() > deadline:
                return touched
        rounds = following
    return touched
