"""Attribute: bring the credits of a brand's conversions up to date, under every attributor."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from attribution.attributors import ATTRIBUTORS, Attributor
from attribution.attributors.markov import Markov
from attribution.journeys.evidence import Evidence, Gathered, gather
from attribution.journeys.load import load_evidence
from attribution.models import AttributionRun, Credit, PolicyChange
from attribution.reports.credit import CreditRow, journeys_for, share_out
from attribution.reports.outcomes import write_outcomes
from kolhub import sweep
from kolhub.tenancy import acting_for

log = logging.getLogger(__name__)

# Raised whenever the same evidence could give other credits; runs of another version are run anew.
CODE_VERSION = "2"
# Between refits new conversions are credited with what the fitted attributor learned last.
REFIT_AFTER = timedelta(seconds=60)

# Brands with orders to attribute, with runs of older code or another policy, and with fits that orders came after.
_WAITING = """
SELECT organization_id, brand_id FROM attribution_conversion WHERE is_stale
UNION
SELECT organization_id, brand_id FROM attribution_policychange
UNION
SELECT organization_id, brand_id FROM attribution_attributionrun
WHERE is_current
  AND (code_version <> %s OR attributor = ANY(%s) AND finished_at > started_at AND started_at <= %s)
ORDER BY 1, 2
"""


def attribute_brand(organization_id: int, brand_id: int, now: datetime, *, refit: bool = False) -> int:
    """Attribute the brand's stale conversions; return how many there were.

    Runs in the caller's transaction, which must act for the organization. One at a time per brand: does nothing
    while somebody else is at it. Rule attributors credit what is stale; a fitted one is fitted anew on all journeys
    when orders came after its fit and that is older than REFIT_AFTER, any of them when its code has changed, and all
    when a campaign's policy has, or with `refit`. Running it again changes nothing.
    """
    if not _is_alone(brand_id):
        return 0
    stale = _claim_stale(organization_id, brand_id)
    current = AttributionRun.objects.filter(organization_id=organization_id, brand_id=brand_id, is_current=True)
    runs = {run.attributor: run for run in current}
    # Taken before the evidence is read: a change that commits later is found by the next sweep.
    changed, _kinds = PolicyChange.objects.filter(organization_id=organization_id, brand_id=brand_id).delete()
    refit = refit or bool(changed and runs)
    due = {kind.key for kind in ATTRIBUTORS if refit or _is_due(kind, runs.get(kind.key), bool(stale), now)}
    if not stale and not due:
        return 0
    part = _evidence(organization_id, brand_id, stale) if stale and len(due) < len(ATTRIBUTORS) else None
    whole = _evidence(organization_id, brand_id, None) if due else None
    for kind in ATTRIBUTORS:
        run = runs.get(kind.key)
        if whole is not None and kind.key in due:
            _run_anew(organization_id, brand_id, kind(), *whole, now, run)
        elif part is not None and run is not None:
            _bring_up_to_date(run, _fitted_from(run, kind, part[0]), *part, stale, now)
    write_outcomes(organization_id, brand_id, now)
    return len(stale)


def _is_alone(brand_id: int) -> bool:
    # Not waited for: the sweep comes every few seconds, and a queue of waiting workers would settle nothing meanwhile.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('kolhub.attribute'), %s::int)", [brand_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def _is_due(kind: type[Attributor], run: AttributionRun | None, has_stale: bool, now: datetime) -> bool:
    """Say whether an attributor has to be run anew."""
    if run is None:
        return has_stale
    if run.code_version != CODE_VERSION:
        return True
    has_more = has_stale or (run.finished_at or now) > run.started_at
    return kind.needs_fit and has_more and now - run.started_at >= REFIT_AFTER


def _claim_stale(organization_id: int, brand_id: int) -> list[int]:
    """Unmark the stale conversions and return them.

    Their rows are locked: whoever makes one stale again meanwhile waits, and its mark survives. Those that are being
    changed right now are left for the next time, so that settling and attributing never wait for each other in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH claimed AS (
                SELECT id FROM attribution_conversion WHERE organization_id = %s AND brand_id = %s AND is_stale
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE attribution_conversion SET is_stale = false FROM claimed WHERE attribution_conversion.id = claimed.id
            RETURNING attribution_conversion.id
            """,
            [organization_id, brand_id],
        )
        return [row[0] for row in cursor.fetchall()]


def _evidence(organization_id: int, brand_id: int, conversions: list[int] | None) -> tuple[Evidence, Gathered]:
    evidence = load_evidence(organization_id, brand_id, conversions)
    return evidence, gather(evidence)


def _run_anew(
    organization_id: int,
    brand_id: int,
    attributor: Attributor,
    evidence: Evidence,
    gathered: Gathered,
    now: datetime,
    before: AttributionRun | None,
) -> None:
    """Fit on everything, credit everything, and make this the current run; the one before keeps its record only."""
    journeys, _touch, _decided = journeys_for(attributor, gathered, evidence)
    attributor.fit(journeys)
    if before is not None:
        before.credits.all().delete()
        AttributionRun.objects.filter(pk=before.pk).update(is_current=False)
    run = AttributionRun.objects.create(
        organization_id=organization_id,
        brand_id=brand_id,
        attributor=attributor.key,
        settings=_settings_of(attributor),
        data_hash=evidence.fingerprint(),
        code_version=CODE_VERSION,
        learned=_learned(attributor, evidence),
        is_current=True,
        started_at=now,
        finished_at=now,
    )
    _store(run, share_out(attributor, gathered, evidence))


def _bring_up_to_date(
    run: AttributionRun,
    attributor: Attributor,
    evidence: Evidence,
    gathered: Gathered,
    stale: list[int],
    now: datetime,
) -> None:
    """Replace the credits of the stale conversions, also of those that no longer count."""
    Credit.objects.filter(run=run, conversion_id__in=stale).delete()
    _store(run, share_out(attributor, gathered, evidence))
    run.finished_at = now
    run.save(update_fields=["finished_at"])


def _store(run: AttributionRun, rows: Iterable[CreditRow]) -> None:
    Credit.objects.bulk_create(
        (
            Credit(
                organization_id=run.organization_id,
                run=run,
                conversion_id=row.conversion,
                kind=row.kind,
                reason=row.reason,
                collaboration_id=row.collaboration,
                share=row.share,
                amount_minor=row.amount_minor,
                currency=row.currency,
            )
            for row in rows
        ),
        batch_size=2000,
    )


def _settings_of(attributor: Attributor) -> dict[str, Any]:
    """Return the attributor's parameters as JSON."""
    parameters: dict[str, Any] = json.loads(json.dumps(vars(attributor), default=lambda value: None))
    return {name: value for name, value in parameters.items() if not name.endswith("_")}


def _learned(attributor: Attributor, evidence: Evidence) -> dict[str, Any]:
    """Return what a fitted attributor learned, by collaboration id."""
    if not isinstance(attributor, Markov):
        return {}
    lost = attributor.lost_
    return {
        "lost": {str(int(c)): lost[k].tolist() for k, c in enumerate(evidence.collaborations)},
        "removal_effects": {
            str(int(c)): float(attributor.removal_effects_.conversions[k])
            for k, c in enumerate(evidence.collaborations)
        },
    }


def _fitted_from(run: AttributionRun, kind: type[Attributor], evidence: Evidence) -> Attributor:
    """Make the attributor of a run again, with what it learned; a collaboration it never met weighs nothing yet."""
    attributor = kind(**run.settings)
    if isinstance(attributor, Markov):
        known = run.learned.get("lost", {})
        rows = [known.get(str(int(c)), [0.0, 0.0]) for c in evidence.collaborations]
        attributor.lost_ = np.array([*rows, [0.0, 0.0]], np.float64)
    return attributor


def attribute_waiting() -> int:
    """Attribute every stale conversion of every brand; return how many there were.

    Each brand in a transaction of its own: what is wrong with one keeps nobody else waiting. They are found with the
    sweeper's login, which sees across organizations.
    """
    fitted = [kind.key for kind in ATTRIBUTORS if kind.needs_fit]
    count = 0
    for organization_id, brand_id in sweep.waiting(_WAITING, CODE_VERSION, fitted, timezone.now() - REFIT_AFTER):
        try:
            with acting_for(organization_id):
                count += attribute_brand(organization_id, brand_id, timezone.now())
        except Exception:
            log.exception("brand %d of organization %d cannot be attributed", brand_id, organization_id)
    return count
