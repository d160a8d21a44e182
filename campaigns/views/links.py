"""Tracking links and coupons: the list, QR codes, and changes to them."""

import io

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import collaborate, coupons
from campaigns.forms.collaborations import TERMS_PROBLEMS, CouponForm, LinkForm
from campaigns.models import Collaboration, Coupon, TrackingLink
from campaigns.views.collaborations import back_to
from kolhub.access import allows
from kolhub.export import csv_response, xlsx_response
from kolhub.models import AuditEvent
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50


@allows("see")
def links(request: OrganizationRequest) -> HttpResponse:
    """List every link and coupon that the organization's collaborations have."""
    rows = (
        Collaboration.objects.visible_to(request.membership)
        .confirmed()
        .prefetch_related("links", "coupons")
        .order_by("-agreed_at", "id")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "campaigns/links.html", {"page_obj": page, "now": timezone.now()})


@allows("export")
def links_export(request: OrganizationRequest, kind: str) -> HttpResponse:
    """Return links and coupons as CSV or XLSX: what a shop's discount import and the creators need."""
    rows = Collaboration.objects.visible_to(request.membership).confirmed().prefetch_related("links", "coupons")
    header = [_("Campaign"), _("Creator"), _("Platform"), _("Handle"), _("Link"), _("Coupon"), _("Discount, %")]
    header += [_("Valid from"), _("Valid until")]

    def cells(row: Collaboration) -> list[object]:
        link, coupon = next(iter(row.links.all()), None), next(iter(row.coupons.all()), None)
        cells: list[object] = [row.campaign_name, row.creator_name, row.platform, row.handle]
        cells.append(link.short_url if link else "")
        if coupon is None:
            return [*cells, "", "", "", ""]
        return [*cells, coupon.code, coupon.discount_bps / 100, coupon.valid_from, coupon.valid_until]

    answer = csv_response if kind == "csv" else xlsx_response
    return answer(f"links.{kind}", header, (cells(row) for row in rows))


@allows("see")
def link_qr(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Draw the short link as a QR code (SVG; error correction M)."""
    link = get_object_or_404(TrackingLink.objects.visible_to(request.membership), pk=pk)
    out = io.BytesIO()
    segno.make(link.short_url, error="m", micro=False).save(out, kind="svg", scale=8, border=4, light="white")
    answer = HttpResponse(out.getvalue(), content_type="image/svg+xml")
    if "download" in request.GET:
        answer["Content-Disposition"] = f'attachment; filename="{link.slug}.svg"'
    return answer


@allows("tracking", kind="brand")
def link_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Lead a link elsewhere (a new version), or set its end."""
    link = _own_link(request, pk)
    version = link.current
    initial = {"destination": version.destination if version else ""}
    form = LinkForm(request.POST or None, instance=link, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save()
        changed = link.lead_to(form.cleaned_data["destination"], version.parameters if version else {})
        AuditEvent.record(
            link.organization_id,
            request.membership.user,
            "link.change",
            link,
            version=changed.version,
            destination=changed.destination,
            ends_at=link.ends_at,
        )
        messages.success(request, _("The link is saved."))
        return back_to(request, link.collaboration, "terms")
    context = {"link": link, "collaboration": link.collaboration, "form": form, "versions": link.versions.all()}
    return render(request, "campaigns/link_form.html", context, status=422 if form.errors else 200)


@require_POST
@allows("tracking", kind="brand")
def link_disable(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Switch a link's crediting off, or on again."""
    link = _own_link(request, pk)
    if link.disabled_at is None:
        link.disable(timezone.now())
        messages.success(request, _("The link still leads to the shop, but its clicks no longer count."))
    else:
        link.enable()
        messages.success(request, _("The link's clicks count again."))
    AuditEvent.record(
        link.organization_id, request.membership.user, "link.switch", link, is_on=link.disabled_at is None
    )
    return back_to(request, link.collaboration, "terms")


def _own_link(request: OrganizationRequest, pk: int) -> TrackingLink:
    own = TrackingLink.objects.visible_to(request.membership).filter(organization=request.membership.organization)
    link: TrackingLink = get_object_or_404(own.select_related("collaboration__campaign__brand"), pk=pk)
    return link


@allows("tracking", kind="brand")
def coupon_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """End a code, or hand it over to another creator from a moment on."""
    own = Coupon.objects.visible_to(request.membership).filter(organization=request.membership.organization)
    coupon = get_object_or_404(own.select_related("collaboration", "brand"), pk=pk)
    form = CouponForm(
        request.POST or None,
        coupon=coupon,
        membership=request.membership,
        initial={"at": timezone.now().replace(second=0, microsecond=0)},
    )
    if request.method == "POST" and form.is_valid() and _change(request, coupon, form):
        return back_to(request, coupon.collaboration, "terms")
    context = {"coupon": coupon, "collaboration": coupon.collaboration, "form": form}
    return render(request, "campaigns/coupon_form.html", context, status=422 if form.errors else 200)


def _change(request: OrganizationRequest, coupon: Coupon, form: CouponForm) -> bool:
    """End or hand over; False where that is impossible, which then stands in the form."""
    at, to = form.cleaned_data["at"], form.cleaned_data["to"]
    user = request.membership.user
    try:
        if to is None:
            coupons.end(coupon, at, user)
            messages.success(request, _("The code ends then."))
        else:
            coupons.hand_over(coupon, to, at, user)
            messages.success(request, _("The code belongs to %(creator)s from then on.") % {"creator": to.creator_name})
    except collaborate.TermsError as trouble:
        field = trouble.field if trouble.field in form.fields else None
        form.add_error(field, TERMS_PROBLEMS[trouble.code] % trouble.params)
        return False
    return True
