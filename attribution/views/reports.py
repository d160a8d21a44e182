"""Campaign reports: what each creator brought under the chosen attribution model."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from attribution.attributors import ATTRIBUTORS
from attribution.forms import PeriodForm
from attribution.reports.campaign_report import CampaignReport, Line, campaign_report
from attribution.wording import ATTRIBUTOR_LABELS, ATTRIBUTOR_SENTENCES, KINDS, REASONS
from campaigns.models import Campaign, Deliverable
from kolhub.access import allows
from kolhub.export import csv_response, xlsx_response
from kolhub.models import Membership
from kolhub.money import to_major
from kolhub.tenancy import OrganizationRequest


@allows("money", kind="brand")
def report_list(request: OrganizationRequest) -> HttpResponse:
    """List the campaigns that can be reported on."""
    campaigns = Campaign.objects.visible_to(request.membership).select_related("brand").order_by("-starts_on", "-id")
    return render(request, "attribution/report_list.html", {"campaigns": campaigns})


@allows("money", kind="brand")
def report(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show a campaign's report under the chosen model and period."""
    campaign = _campaign(request.membership, pk)
    form = PeriodForm(request.GET or None, campaign=campaign, today=timezone.localdate())
    read = campaign_report(campaign, *form.chosen())
    return render(
        request,
        "attribution/report.html",
        {
            "campaign": campaign,
            "form": form,
            "report": read,
            "label": ATTRIBUTOR_LABELS[read.attributor],
            "sentence": ATTRIBUTOR_SENTENCES[read.attributor],
            "shares": [(KINDS[s.kind], REASONS[s.reason], s.revenue) for s in read.shares],
            "chart": _chart(read),
            "comparison": _comparison(read),
            "renewals": read.renewals(),
            "pieces": [(piece, Deliverable.Kind(piece.kind).label) for piece in read.pieces],
            "query": request.GET.urlencode(),
        },
        status=200 if form.is_valid() or not form.is_bound else 422,
    )


@allows("money", kind="brand")
def report_export(request: OrganizationRequest, pk: int, form: str) -> HttpResponse:
    """Give the report's table as CSV or XLSX; amounts in major units beside their currency."""
    campaign = _campaign(request.membership, pk)
    period = PeriodForm(request.GET or None, campaign=campaign, today=timezone.localdate())
    read = campaign_report(campaign, *period.chosen())
    respond = xlsx_response if form == "xlsx" else csv_response
    name = f"{campaign.name} {read.since} {read.until} {read.attributor}.{form}"
    return respond(name, _header(), _table(read))


def _campaign(membership: Membership, pk: int) -> Campaign:
    campaigns = Campaign.objects.visible_to(membership).select_related("brand", "organization")
    campaign: Campaign = get_object_or_404(campaigns, pk=pk)
    return campaign


def _header() -> list[str]:
    return [
        _("Creator"), _("Platform"), _("Handle"), _("Deliverables"), _("Views"), _("Engagements"), _("Clicks"),
        _("Orders"), _("GMV"), _("Refunds"), _("Net revenue"), _("Fee"), _("Commission"), _("Samples"), _("Freight"),
        _("Full cost"), _("Currency"), "ROAS", "CPM", "CPV", "CPE", "CPC", "CPA", "AOV", _("Refund rate"),
        _("Attribution model"), _("From"), _("Until"),
    ]  # fmt: skip


def _table(read: CampaignReport) -> list[list[Any]]:
    """Return the report's rows: creators, totals, then every other part of the brand's net revenue."""
    currency = read.campaign.currency
    tail = [str(ATTRIBUTOR_LABELS[read.attributor]), read.since, read.until]
    rows = [[*_cells(line, currency), *tail] for line in read.lines]
    rows.append([_("Total"), *_cells(read.total, currency)[1:], *tail])
    blank: list[Any] = [""] * 9
    for share in read.shares:
        label = " · ".join(str(part) for part in (KINDS[share.kind], REASONS[share.reason]) if part)
        rows.append([label, *blank, to_major(share.revenue, currency), *[""] * 5, currency, *[""] * 8, *tail])
    whole = to_major(read.brand_revenue, currency)
    rows.append([_("Net revenue of the brand"), *blank, whole, *[""] * 5, currency, *[""] * 8, *tail])
    return rows


def _cells(line: Line, currency: str) -> list[Any]:
    def amount(minor: float | None) -> Any:
        return None if minor is None else to_major(round(minor), currency)

    def rounded(value: float | None, digits: int = 4) -> float | None:
        return None if value is None else round(value, digits)

    cost = line.cost
    return [
        line.creator, line.platform, line.handle, line.deliverables, line.views, line.engagements, line.clicks,
        rounded(line.orders), amount(line.gmv), amount(line.refunded), amount(line.revenue), amount(cost.fee),
        amount(cost.commission), amount(cost.samples), amount(cost.freight), amount(cost.full), currency,
        rounded(line.roas), amount(line.cpm), amount(line.cpv), amount(line.cpe), amount(line.cpc), amount(line.cpa),
        amount(line.aov), rounded(line.refund_rate),
    ]  # fmt: skip


def _chart(read: CampaignReport) -> dict[str, Any]:
    """Return the ECharts option of revenue and clicks by day."""
    days: Sequence[tuple[date, int, int]] = read.days
    currency = read.campaign.currency
    revenue = [float(to_major(amount, currency)) for _day, amount, _clicks in days]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [_("Net revenue"), _("Clicks")]},
        "xAxis": {"type": "category", "data": [day.isoformat() for day, _amount, _clicks in days]},
        "yAxis": [{"type": "value", "name": currency}, {"type": "value", "name": _("Clicks")}],
        "series": [
            {"name": _("Net revenue"), "type": "bar", "data": revenue},
            {"name": _("Clicks"), "type": "line", "yAxisIndex": 1, "data": [clicks for _d, _a, clicks in days]},
        ],
    }


def _comparison(read: CampaignReport) -> dict[str, Any]:
    """Put the models side by side: each creator's credited revenue and rank under each.

    A row flips where its best and its worst rank differ by more than two.
    """
    keys = [each.key for each in ATTRIBUTORS]
    ranks: dict[str, dict[int, int]] = {}
    amounts = {
        line.collaboration: read.comparison.get(line.collaboration, {})
        for line in read.lines
        if line.collaboration is not None
    }
    for key in keys:
        order = sorted(amounts, key=lambda who: -amounts[who].get(key, 0))
        ranks[key] = {who: place + 1 for place, who in enumerate(order)}
    rows = []
    for line in read.lines:
        who = line.collaboration or 0
        places = [ranks[key][who] for key in keys]
        cells = [(amounts[who].get(key, 0), ranks[key][who]) for key in keys]
        rows.append({"line": line, "cells": cells, "flips": max(places) - min(places) > 2})
    totals = [sum(amounts[who].get(key, 0) for who in amounts) for key in keys]
    return {"labels": [ATTRIBUTOR_LABELS[key] for key in keys], "rows": rows, "totals": totals}
