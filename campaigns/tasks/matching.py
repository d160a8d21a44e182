"""Drawing shortlists in the background."""

from celery import shared_task
from django.utils import timezone

from campaigns.matching import shortlist


@shared_task(name="campaigns.tasks.draw_shortlist")  # type: ignore[untyped-decorator]
def draw_shortlist(organization_id: int, shortlist_id: int) -> None:
    """Draw one shortlist, if nobody has."""
    shortlist.draw_waiting(organization_id, shortlist_id, timezone.now())


@shared_task(name="campaigns.tasks.sweep_shortlists")  # type: ignore[untyped-decorator]
def sweep_shortlists() -> None:
    """Draw what a lost message or a dead worker left behind."""
    for organization_id, shortlist_id in shortlist.waiting(timezone.now()):
        draw_shortlist.delay(organization_id, shortlist_id)
