"""Orders: the list, and one order with its journey and every model's split of it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from attribution.attributors import ATTRIBUTORS
from attribution.models import Conversion
from attribution.reports.order import read_order
from attribution.wording import ATTRIBUTOR_LABELS, ATTRIBUTOR_SENTENCES, KINDS, REASONS, UP_FRONT
from kolhub.access import allows
from kolhub.tenancy import OrganizationRequest

WHY_NOT = {
    "": _("counts"),
    "double_click": _("double click: counted once"),
    "campaign_ended": _("the campaign had ended"),
    "link_disabled": _("the link was disabled"),
    "coupon_expired": _("the coupon was not valid then"),
    "after_conversion": _("after the order"),
    "direct": _("direct visit: shown, earns only under the plain last touch"),
    "outside_window": _("outside the campaign's window"),
}


@allows("money", kind="brand")
def order_list(request: OrganizationRequest) -> HttpResponse:
    """List orders, newest first, by number, state, coupon or creator."""
    orders = Conversion.objects.visible_to(request.membership).select_related("shop").with_revenue()
    search = request.GET.get("q", "").strip()[:120]
    state = request.GET.get("state", "")
    if search:
        orders = orders.filter(Q(order_ref__icontains=search) | Q(coupon_codes__contains=[search]))
    if state in Conversion.State.values:
        orders = orders.filter(state=state)
    page = Paginator(orders.order_by("-at", "-id"), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "attribution/order_list.html",
        {"page_obj": page, "q": search, "state": state, "states": Conversion.State.choices},
    )


@allows("money", kind="brand")
def order(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show one order: amounts, journey, splits, and the hits they came from."""
    orders = Conversion.objects.visible_to(request.membership).select_related("shop", "brand")
    read = read_order(get_object_or_404(orders, pk=pk))
    keys = [each.key for each in ATTRIBUTORS]
    splits: list[dict[str, Any]] = [
        {
            "label": ATTRIBUTOR_LABELS[key],
            "sentence": ATTRIBUTOR_SENTENCES[key],
            "credits": [(credit, KINDS[credit.kind], REASONS[credit.reason]) for credit in read.splits[key]],
            "total": sum(credit.amount_minor for credit in read.splits[key]),
            "up_front": key in UP_FRONT,
        }
        for key in keys
        if key in read.splits
    ]
    steps = [(step.touch, WHY_NOT[step.why], not step.why) for step in read.steps]
    return render(request, "attribution/order.html", {"order": read, "splits": splits, "steps": steps})
