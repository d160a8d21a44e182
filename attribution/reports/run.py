"""Attribute: bring the credits of a brand's conversions up to date, under every attributor."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from attribution.attributors import ATTRIBUTORS, Attributor
from attribution.attributors.markov import Markov
from attribution.journeys.evidence import Evidence, Gathered, gather
from attribution.journeys.load import load_evidence, stale_brands
from attribution.models import AttributionRun, Credit
from attribution.reports.credit import CreditRow, journeys_for, share_out
from attribution.reports.outcomes import write_outcomes
from kolhub import sweep
from kolhub.tenancy import acting_for

# Raised whenever the same evidence could give other credits: it is part of what a run is identified by.
CODE_VERSION = "1"
# Between refits new conversions are credited with what the fitted attributor learned last.
REFIT_AFTER = timedelta(seconds=60)

_WAITING = "SELECT DISTINCT organization_id FROM attribution_conversion WHERE is_stale ORDER BY 1"


def attribute_brand(organization_id: int, brand_id: int, now: datetime, *, refit: bool = False) -> int:
    """Attribute the brand's stale conversions; return how many there were.

    Runs in the caller's transaction, which must act for the organization. One at a time per brand. Rule attributors
    credit what is stale; a fitted one is fitted anew on all journeys when its run is older than REFIT_AFTER, or at
    once with `refit`. Running it again changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kolhub.attribute'), %s::int)", [brand_id])
    stale = _claim_stale(organization_id, brand_id)
    if not stale and not refit:
        return 0
    part: tuple[Evidence, Gathered] | None = None
    whole: tuple[Evidence, Gathered] | None = None
    for kind in ATTRIBUTORS:
        run = AttributionRun.objects.filter(
            organization_id=organization_id, brand_id=brand_id, attributor=kind.key, is_current=True
        ).first()
        due = run is None or refit or (kind.needs_fit and now - run.started_at >= REFIT_AFTER)
        if due:
            whole = whole or _evidence(organization_id, brand_id, None)
            _run_anew(organization_id, brand_id, kind(), *whole, now, run)
        elif run is not None:
            part = part or _evidence(organization_id, brand_id, stale)
            _bring_up_to_date(run, _fitted_from(run, kind, part[0]), *part, stale, now)
    write_outcomes(organization_id, brand_id, now)
    return len(stale)


def _claim_stale(organization_id: int, brand_id: int) -> list[int]:
    """Unmark the stale conversions and return them.

    The update locks their rows: whoever makes one stale again meanwhile waits, and its mark survives.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE attribution_conversion SET is_stale = false"
            " WHERE organization_id = %s AND brand_id = %s AND is_stale RETURNING id",
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


def attribute_waiting(organization_id: int | None = None) -> int:
    """Attribute every stale conversion, of one organization or of all; return how many there were.

    Each brand in a transaction of its own. Organizations are found with the sweeper's login, which sees across them.
    """
    organizations = [row[0] for row in sweep.waiting(_WAITING)] if organization_id is None else [organization_id]
    count = 0
    for each in organizations:
        with acting_for(each):
            brands = stale_brands(each)
        for brand_id in brands:
            with acting_for(each):
                count += attribute_brand(each, brand_id, timezone.now())
    return count
