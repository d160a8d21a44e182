"""The work's part of the dashboard: what is due, what waits for a decision, and which first steps are done."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from campaigns import board
from campaigns.compliance import review as reviewing
from campaigns.models import Brief, Campaign, Collaboration, PaymentHold, Stage
from campaigns.views.campaigns import NEXT_STEPS
from kolhub.access import allows
from kolhub.models import Membership
from kolhub.tenancy import OrganizationRequest

AHEAD = timedelta(days=7)
SHOWN = 6


@allows("see")
def dashboard_part(request: OrganizationRequest) -> HttpResponse:
    """Show collaborations that are due within a week or late (an agency: the newest), and what compliance waits for."""
    membership = request.membership
    today = timezone.localdate()
    rows = board.collaborations_of(membership, today)
    if membership.organization.is_brand:
        rows = rows.filter(due_on__lte=today + AHEAD).exclude(stage__in=[Stage.REVIEWED, Stage.DROPPED])
    else:
        rows = rows.order_by("-id")
    shown = list(rows[:SHOWN])
    for row in shown:
        row.is_overdue = board.is_overdue(row, today)  # type: ignore[attr-defined]
        row.step = row.next_action or NEXT_STEPS[Stage(row.stage)]  # type: ignore[attr-defined]
    holds = PaymentHold.objects.visible_to(membership).filter(released_at=None)
    context = {
        "rows": shown,
        "more": rows.count() - len(shown),
        "open_reviews": reviewing.queue(membership).filter(rank__lte=2).count(),  # type: ignore[misc]
        "holds": holds.count(),
    }
    return render(request, "campaigns/_dashboard.html", context)


def steps_taken(membership: Membership) -> set[str]:
    """Return which of the first steps this organization has taken."""
    taken = {
        "brief": Brief.objects.visible_to(membership).exists(),
        "campaign": Campaign.objects.visible_to(membership).exists(),
        "collaboration": Collaboration.objects.visible_to(membership).exists(),
    }
    return {step for step, is_taken in taken.items() if is_taken}
