"""Pages of briefs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from campaigns.forms.briefs import BriefForm, DrawForm
from campaigns.models import Brand, Brief, Shortlist
from kolhub.access import allows
from kolhub.models import AuditEvent
from kolhub.templatetags.kolhub import language_label
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50


@allows("see", kind="brand")
def brief_list(request: OrganizationRequest) -> HttpResponse:
    """List briefs, newest first, with their last shortlist."""
    last = Shortlist.objects.filter(brief=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    briefs = (
        Brief.objects.visible_to(request.membership)
        .select_related("brand", "product")
        .annotate(draws=Count("shortlists", distinct=True), last_shortlist=Subquery(last))
        .order_by("-pk")
    )
    if brand := request.GET.get("brand", ""):
        briefs = briefs.filter(brand_id=int(brand) if brand.isdecimal() and len(brand) < 19 else 0)
    context = {
        "page_obj": Paginator(briefs, PER_PAGE).get_page(request.GET.get("page")),
        "brands": Brand.objects.visible_to(request.membership),
        "brand": brand,
    }
    return render(request, "campaigns/brief_list.html", context)


@allows("see", kind="brand")
def brief(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show a brief with the shortlists drawn for it and the campaigns begun from it."""
    briefs = Brief.objects.visible_to(request.membership).select_related("brand", "product", "created_by")
    found = get_object_or_404(briefs, pk=pk)
    context = {
        "brief": found,
        # Django's i18n tags have a filter of this name that knows interface languages only.
        "languages": [language_label(code) for code in found.languages],
        "shortlists": found.shortlists.select_related("drawn_by").order_by("-pk")[:20],
        "campaigns": found.campaigns.order_by("-pk"),
        "draw_form": DrawForm(),
    }
    return render(request, "campaigns/brief.html", context)


@allows("work", kind="brand")
def brief_create(request: OrganizationRequest) -> HttpResponse:
    """Write a brief; without a brand to write it for, make one first."""
    membership = request.membership
    if not Brand.objects.visible_to(membership).exists():
        messages.info(request, _("A brief is written for a brand: add it first."))
        return redirect("campaigns:brand_create", membership.organization.slug)
    instance = Brief(
        organization=membership.organization,
        created_by=membership.user,
        currency=membership.organization.currency,
    )
    return _brief_form(request, instance)


@allows("work", kind="brand")
def brief_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change a brief. Shortlists already drawn stay as they were drawn."""
    return _brief_form(request, get_object_or_404(Brief.objects.visible_to(request.membership), pk=pk))


def _brief_form(request: OrganizationRequest, instance: Brief) -> HttpResponse:
    membership = request.membership
    title = instance.title
    brands = Brand.objects.visible_to(membership)[:2]
    initial: dict[str, Brand] = {"brand": brands[0]} if instance.pk is None and len(brands) == 1 else {}
    form = BriefForm(request.POST or None, instance=instance, membership=membership, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        verb = "brief.change" if title else "brief.create"
        AuditEvent.record(membership.organization_id, membership.user, verb, saved, title=saved.title)
        messages.success(request, _("Saved."))
        return redirect("campaigns:brief", membership.organization.slug, saved.pk)
    context = {"form": form, "brief": instance, "title": title}
    return render(request, "campaigns/brief_form.html", context, status=422 if form.errors else 200)
