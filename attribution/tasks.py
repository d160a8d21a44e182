"""What workers do for attribution. Every message is a nudge: the work is found in the database."""

from celery import shared_task

from attribution.collector.settle import settle_waiting
from attribution.reports import run
from kolhub.nudge import nudge


@shared_task(name="attribution.tasks.settle_hits")  # type: ignore[untyped-decorator]
def settle_hits() -> None:
    """Settle the hits of every organization, and wake attribution up where credits may have changed."""
    if settle_waiting():
        nudge(attribute_waiting)


@shared_task(name="attribution.tasks.attribute_waiting")  # type: ignore[untyped-decorator]
def attribute_waiting() -> None:
    """Bring the credits of every stale conversion up to date."""
    run.attribute_waiting()
