"""Tracking health: every request accounted for, what waits, what died, and codes that belong to nobody."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from attribution import sources
from attribution.forms import DaysForm
from attribution.hit_wording import OUTCOME_SENTENCES, ago, event_of, printed, visible
from attribution.models import HitKind, HitOutcome, PendingHit, Pixel, SourceKey
from attribution.reports.tracking import (
    GROUPINGS,
    Account,
    check_counts,
    count_rows,
    dead_letters,
    read_account,
    read_backlog,
    read_freshness,
    unknown_coupons,
)
from attribution.views.hits import MONEY_KINDS
from campaigns.models import TrackingLink
from kolhub.access import allows
from kolhub.models import Membership
from kolhub.tenancy import OrganizationRequest


@allows("see", kind="brand")
def health(request: OrganizationRequest) -> HttpResponse:
    """Show what was received and what became of it, and whatever needs a person."""
    membership = request.membership
    now = timezone.now()
    form = DaysForm(request.GET or None, today=now.date())
    since, until = form.chosen()
    grouping = request.GET.get("by", "")
    grouping = grouping if grouping in GROUPINGS else "day_kind"
    kind = request.GET.get("kind", "")
    kind = kind if kind in HitKind.values else ""
    key = request.GET.get("key", "")[:80].replace("\x00", "")
    counts = count_rows(membership, since, until, kind, key)
    account = read_account(counts, grouping)
    freshness, backlog = read_freshness(membership), read_backlog(membership)
    context = {
        "form": form.filled(),
        "since": since,
        "until": until,
        "grouping": grouping,
        "groupings": _groupings(),
        "kind": kind,
        "kinds": HitKind.choices,
        "key": visible(key),
        "period": f"since={since.isoformat()}&until={until.isoformat()}",
        "account": account,
        "columns": [(HitOutcome(each).label, OUTCOME_SENTENCES[each]) for each in account.columns],
        "rows": _named(membership, account),
        "chart": _chart(read_account(counts, "day")),
        "backlog": backlog,
        "oldest": ago(backlog.oldest, now) if backlog.oldest else "",
        "dead": _dead(membership),
        "freshness": freshness,
        "moments": _moments(freshness, now),
        "coupons": unknown_coupons(membership, since, until) if membership.may("money") else [],
    }
    return render(request, "attribution/tracking_health.html", context, status=422 if form.errors else 200)


@allows("see", kind="brand")
def check(request: OrganizationRequest) -> HttpResponse:
    """Hold the counters against the stored rows: apart from the page, because it reads every hit of the period."""
    since, until = DaysForm(request.GET or None, today=timezone.now().date()).chosen()
    found = check_counts(request.membership, since, until)
    return render(request, "attribution/_tracking_check.html", {"check": found})


@require_POST
@allows("tracking", kind="brand")
def dead_letter_retry(request: OrganizationRequest, pk: UUID) -> HttpResponse:
    """Let one dead letter be settled again."""
    letter = get_object_or_404(PendingHit.objects.visible_to(request.membership), pk=pk)
    return _retried(request, sources.try_again(request.membership, [letter], timezone.now()))


@require_POST
@allows("tracking", kind="brand")
def dead_letters_retry(request: OrganizationRequest) -> HttpResponse:
    """Let all dead letters be settled again."""
    letters = PendingHit.objects.visible_to(request.membership).filter(is_dead=True)
    return _retried(request, sources.try_again(request.membership, letters, timezone.now()))


def _retried(request: OrganizationRequest, count: int) -> HttpResponse:
    said = ngettext(
        "%(count)d hit is tried again: look here in a few seconds.",
        "%(count)d hits are tried again: look here in a few seconds.",
        count,
    )
    messages.success(request, said % {"count": count})
    return redirect("attribution:tracking_health", request.membership.organization.slug)


def _groupings() -> list[tuple[str, str]]:
    return [
        ("day_kind", _("by day and door")),
        ("kind", _("by door")),
        ("day", _("by day")),
        ("key", _("by link, pixel and key")),
    ]


def _named(membership: Membership, account: Account) -> list[tuple[Any, dict[str, Any]]]:
    """Give the account's lines their names: doors in words, keys with what they belong to."""
    keys = {row.name["key"] for row in account.rows if row.name.get("key")}
    owners = _owners(membership, keys) if keys else {}
    named = []
    for row in account.rows:
        name = dict(row.name)
        if "kind" in name:
            name["door"] = HitKind(name["kind"]).label
        if "key" in name:
            name["owner"] = owners.get(name["key"], "")
            name["key"] = visible(name["key"])
        named.append((row, name))
    return named


def _owners(membership: Membership, keys: set[str]) -> dict[str, str]:
    """Say what each public key belongs to: a shop, or a creator's campaign."""
    found = {}
    for model in (Pixel, SourceKey):
        for each in model.objects.visible_to(membership).filter(key__in=keys).select_related("shop"):
            found[each.key] = each.shop.name
    links = TrackingLink.objects.visible_to(membership).filter(slug__in=keys).select_related("collaboration")
    for link in links:
        found[link.slug] = f"{link.collaboration.creator_name} · {link.collaboration.campaign_name}"
    return found


def _dead(membership: Membership) -> list[dict[str, Any]]:
    return [
        {
            "letter": letter,
            "hit": hit,
            "event": event_of(hit) if hit else "–",
            "error": visible(letter.error),
            "payload": printed(hit.payload) if hit and (hit.kind not in MONEY_KINDS or membership.may("money")) else "",
        }
        for letter, hit in dead_letters(membership)
    ]


def _moments(freshness: Any, now: Any) -> list[tuple[str, str]]:
    return [
        (_("Last hit"), ago(freshness.last_hit, now)),
        (_("Last order settled"), ago(freshness.last_order, now)),
        (_("Last attributed"), ago(freshness.last_run, now)),
        (_("Collector last wrote"), ago(freshness.collector_seen, now)),
    ]


def _chart(account: Account) -> dict[str, Any]:
    """Return the ECharts option: accepted and refused hits by day, stacked to what was received."""
    rows = {row.name["day"]: row for row in account.rows}
    if not rows:
        return {}
    first, last = min(rows), max(rows)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def values(pick: Any) -> list[int]:
        return [pick(rows[day]) if day in rows else 0 for day in days]

    series = [(HitOutcome.ACCEPTED.label, values(lambda row: row.accepted))]
    for place, outcome in enumerate(account.columns):
        series.append((HitOutcome(outcome).label, values(lambda row, place=place: row.cells[place])))
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [str(name) for name, _data in series], "top": 0},
        "xAxis": {"type": "category", "data": [day.isoformat() for day in days]},
        "yAxis": [{"type": "value", "minInterval": 1}],
        "series": [
            {"name": str(name), "type": "bar", "stack": "received", "barMaxWidth": 48, "data": data}
            for name, data in series
        ],
    }
