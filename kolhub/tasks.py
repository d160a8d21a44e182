"""What workers do for the hub. Every message is a nudge: the work is found in the database."""

import logging

from celery import shared_task

from kolhub.roster import load

log = logging.getLogger(__name__)


@shared_task(name="kolhub.tasks.work_on_roster")  # type: ignore[untyped-decorator]
def work_on_roster(organization_id: int, roster_id: int) -> None:
    """Go on with one import."""
    load.work(organization_id, roster_id)


@shared_task(name="kolhub.tasks.sweep_rosters")  # type: ignore[untyped-decorator]
def sweep_rosters() -> None:
    """Go on with every import that waits: its message was lost, or its worker died."""
    for organization_id, roster_id in load.waiting():
        try:
            load.work(organization_id, roster_id)
        except Exception:
            # The next one belongs to somebody else.
            log.exception("import %d of organization %d cannot go on", roster_id, organization_id)
