"""What workers do for attribution. Every message is a nudge: the work is found in the database."""

from celery import current_app, shared_task

from attribution.collector.settle import settle_waiting
from kolhub.nudge import nudge

# ---- hits ----


@shared_task(name="attribution.tasks.settle_hits")  # type: ignore[untyped-decorator]
def settle_hits() -> None:
    """Settle the hits of every organization, and wake attribution up where credits may have changed."""
    if settle_waiting() and (attribute := current_app.tasks.get("attribution.tasks.attribute_waiting")):
        nudge(attribute)


# ---- credits: attribute_waiting() ----
