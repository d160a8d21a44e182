"""Pages of collaborations: the list, and one page with a tab for each side of the work."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns import board, outreach
from campaigns.forms.campaigns import BoardFilter, PlanForm
from campaigns.forms.collaborations import AgencyTermsForm, ContactForm, DoNotContactForm, LogForm, NoteForm
from campaigns.models import (
    AgencyTerms,
    Collaboration,
    CollaborationNote,
    OutreachTemplate,
    PaymentHold,
    Review,
    Stage,
)
from campaigns.views.campaigns import NEXT_STEPS, take_undo
from kolhub.access import allows
from kolhub.models import AuditEvent, Contact, DoNotContact
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50


@allows("see")
def collaboration_list(request: OrganizationRequest) -> HttpResponse:
    """List every collaboration the organization takes part in, soonest due first."""
    today = timezone.localdate()
    shown = BoardFilter(request.GET or None, membership=request.membership)
    filters = shown.cleaned_data if shown.is_valid() else {}
    rows = board.collaborations_of(request.membership, today, text=request.GET.get("q", "").strip(), **filters)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.is_overdue = board.is_overdue(row, today)  # type: ignore[attr-defined]
    context = {"page_obj": page, "filter": shown, "text": request.GET.get("q", "")}
    return render(request, "campaigns/collaboration_list.html", context)


def find_collaboration(request: OrganizationRequest, pk: int) -> Collaboration:
    """Return a collaboration of the brand or its agency; anybody else gets 404."""
    found: Collaboration = get_object_or_404(
        Collaboration.objects.visible_to(request.membership).select_related("owner"), pk=pk
    )
    return found


def back_to(request: OrganizationRequest, collaboration: Collaboration, tab: str) -> HttpResponse:
    """Redirect to a tab of the collaboration's page."""
    answer = redirect("campaigns:collaboration", request.membership.organization.slug, collaboration.pk)
    answer["Location"] += f"?tab={tab}"
    return answer


# ---- the page ----

TABS = (
    ("overview", gettext_lazy("Overview"), ""),
    ("contacts", gettext_lazy("Contacts"), ""),
    ("outreach", gettext_lazy("Outreach"), "brand"),
    ("terms", gettext_lazy("Terms"), ""),
    ("samples", gettext_lazy("Samples"), ""),
    ("content", gettext_lazy("Content"), ""),
    ("compliance", gettext_lazy("Compliance"), ""),
    ("history", gettext_lazy("History"), "brand"),
)


@allows("see")
def collaboration(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show one collaboration; `?tab=` chooses the side."""
    return collaboration_page(request, find_collaboration(request, pk), request.GET.get("tab", "overview"))


def collaboration_page(
    request: OrganizationRequest, found: Collaboration, tab: str, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Render the page on one tab; `extra` are forms that failed, with what is wrong in them."""
    membership = request.membership
    tabs = [(key, label) for key, label, kind in TABS if kind in ("", membership.organization.kind)]
    if tab not in dict(tabs):
        tab = "overview"
    following = board.next_stage(found.stage)
    context = {
        "collaboration": found,
        "is_brand": found.organization_id == membership.organization_id,
        "tabs": tabs,
        "tab": tab,
        "tab_template": f"campaigns/_collaboration_{tab}.html",
        "stages": Stage.choices,
        "next_stage": following,
        "step": found.next_action or NEXT_STEPS[Stage(found.stage)],
        "is_overdue": board.is_overdue(found, timezone.localdate()),
        "contract": found.contract,
        "undo": take_undo(request, "pk", found.pk),
    }
    context.update(_TAB_CONTEXTS[tab](request, found))
    context.update(extra)
    return render(request, "campaigns/collaboration.html", context, status=status)


def _overview(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    membership = request.membership
    context: dict[str, Any] = {
        "notes": CollaborationNote.objects.visible_to(membership)
        .filter(collaboration=found)
        .select_related("written_by"),
        "note_form": NoteForm(),
        "links": found.links.all(),
        "coupons": found.coupons.all(),
    }
    if found.organization_id == membership.organization_id:
        context["plan_form"] = PlanForm(instance=found, membership=membership)
        context["holds"] = PaymentHold.objects.visible_to(membership).filter(collaboration=found)
    return context


def _contacts(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    membership = request.membership
    return {
        "contacts": Contact.objects.visible_to(membership)
        .filter(creator_id=found.creator_id)
        .select_related("organization"),
        "contact_form": ContactForm(),
        "blocked": DoNotContact.objects.visible_to(membership).filter(creator_id=found.creator_id).first(),
        "block_form": DoNotContactForm(),
    }


def _outreach(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    membership = request.membership
    if membership.may("work"):
        outreach.default_templates(membership.organization)
    return {
        "outreach_messages": found.messages.select_related("written_by"),
        "templates": OutreachTemplate.objects.visible_to(membership),
        "blocked": DoNotContact.objects.visible_to(membership).filter(creator_id=found.creator_id).first(),
        "log_form": LogForm(),
    }


def _terms(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    membership = request.membership
    context: dict[str, Any] = {
        "contracts": found.contracts.order_by("-version").select_related("agreed_by"),
        "links": found.links.all(),
        "coupons": found.coupons.all(),
    }
    if found.agency_organization_id == membership.organization_id:
        own = AgencyTerms.objects.visible_to(membership).filter(collaboration=found).first()
        context["agency_terms"] = own
        context["agency_form"] = AgencyTermsForm(instance=own or _blank_agency_terms(request, found))
    return context


def _samples(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    return {"shipments": found.shipments.all()}


def _content(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    deliverables = list(found.deliverables.prefetch_related("metrics", "snapshots__reviews"))
    for deliverable in deliverables:
        deliverable.newest = next(reversed(deliverable.metrics.all()), None)
    return {"deliverables": deliverables}


def _compliance(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    reviews = Review.objects.visible_to(request.membership).filter(snapshot__deliverable__collaboration=found)
    return {"reviews": reviews.select_related("snapshot__deliverable").prefetch_related("decisions")[:100]}


def _history(request: OrganizationRequest, found: Collaboration) -> dict[str, Any]:
    events = AuditEvent.objects.visible_to(request.membership).filter(subject=f"collaboration:{found.pk}")
    return {"events": events.select_related("actor").order_by("-id")[:200]}


_TAB_CONTEXTS: dict[str, Callable[[OrganizationRequest, Collaboration], dict[str, Any]]] = {
    "overview": _overview,
    "contacts": _contacts,
    "outreach": _outreach,
    "terms": _terms,
    "samples": _samples,
    "content": _content,
    "compliance": _compliance,
    "history": _history,
}


# ---- small changes ----


@require_POST
@allows("work", kind="brand")
def collaboration_plan(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change owner, due date, next action and follow-up."""
    found = find_collaboration(request, pk)
    form = PlanForm(request.POST, instance=found, membership=request.membership)
    if not form.is_valid():
        return collaboration_page(request, found, "overview", status=422, plan_form=form)
    found = form.save()
    AuditEvent.record(
        found.organization_id,
        request.membership.user,
        "collaboration.plan",
        found,
        **{name: form.cleaned_data[name] for name in form.changed_data},
    )
    messages.success(request, _("Saved."))
    return back_to(request, found, "overview")


@require_POST
@allows("work")
def note_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write a note down that only one's own organization reads."""
    found = find_collaboration(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return collaboration_page(request, found, "overview", status=422, note_form=form)
    note = form.save(commit=False)
    note.organization = request.membership.organization
    note.collaboration, note.collaboration_organization_id = found, found.organization_id
    note.written_by = request.membership.user
    note.save()
    return back_to(request, found, "overview")


@require_POST
@allows("work", kind="agency")
def agency_terms(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Keep what the agency pays its creator; the brand cannot see it."""
    found = find_collaboration(request, pk)
    membership = request.membership
    own = AgencyTerms.objects.visible_to(membership).filter(collaboration=found).first()
    form = AgencyTermsForm(request.POST, instance=own or _blank_agency_terms(request, found))
    if not membership.may("money"):
        raise PermissionDenied
    if not form.is_valid():
        return collaboration_page(request, found, "terms", status=422, agency_form=form)
    form.save()
    messages.success(request, _("Saved. Brands cannot see this."))
    return back_to(request, found, "terms")


def _blank_agency_terms(request: OrganizationRequest, found: Collaboration) -> AgencyTerms:
    contract = found.contract
    return AgencyTerms(
        organization=request.membership.organization,
        collaboration=found,
        collaboration_organization_id=found.organization_id,
        currency=contract.currency if contract else request.membership.organization.currency,
    )
