"""Attribution's part of the dashboard."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from attribution.hit_wording import ago
from attribution.models import Conversion, Pixel, SourceKey
from attribution.reports.tracking import read_backlog, read_freshness
from attribution.reports.tracking.recent import read_recent
from kolhub.access import allows
from kolhub.models import Membership
from kolhub.tenancy import OrganizationRequest


@allows("see", kind="brand")
def dashboard_part(request: OrganizationRequest) -> HttpResponse:
    """Show the last 30 days: net revenue, what of it creators brought, orders, clicks, and how fresh that is."""
    now = timezone.now()
    freshness = read_freshness(request.membership)
    context = {
        "recent": read_recent(request.membership, now),
        "backlog": read_backlog(request.membership),
        "freshness": freshness,
        "last_hit": ago(freshness.last_hit, now),
        "last_run": ago(freshness.last_run, now),
    }
    return render(request, "attribution/_dashboard.html", context)


def steps_taken(membership: Membership) -> set[str]:
    """Return which of the first steps this organization has taken."""
    taken = {
        "shop": Pixel.objects.visible_to(membership).exists() and SourceKey.objects.visible_to(membership).exists(),
        "order": Conversion.objects.visible_to(membership).exists(),
    }
    return {step for step, is_taken in taken.items() if is_taken}
