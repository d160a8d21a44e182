"""Messages on their way out."""

from celery import shared_task
from django.utils import timezone

from campaigns import outreach
from kolhub.nudge import nudge
from kolhub.sweep import waiting

_DUE = """
SELECT organization_id, id FROM campaigns_outreachmessage
WHERE state = 'queued' AND next_at <= now() ORDER BY next_at LIMIT 500
"""


@shared_task(name="campaigns.tasks.send_outreach")  # type: ignore[untyped-decorator]
def send_outreach(organization_id: int, message_id: int) -> str:
    """Send one message, if it is due."""
    return outreach.deliver(organization_id, message_id, timezone.now())


@shared_task(name="campaigns.tasks.sweep_outreach")  # type: ignore[untyped-decorator]
def sweep_outreach() -> int:
    """Wake workers up for messages that are due; return how many."""
    due = waiting(_DUE)
    for organization_id, message_id in due:
        nudge(send_outreach, organization_id, message_id)
    return len(due)
