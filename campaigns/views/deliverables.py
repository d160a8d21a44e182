"""Content: deliverables, and the numbers they reached."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import metrics
from campaigns.forms.content import CaptureForm, DeliverableForm, MetricForm, MetricsFileForm
from campaigns.models import Collaboration, Deliverable, DeliverableMetric
from campaigns.views.collaborations import back_to, find_collaboration
from kolhub.access import allows
from kolhub.models import AuditEvent, Provenance
from kolhub.tenancy import OrganizationRequest


def find_deliverable(request: OrganizationRequest, pk: int) -> Deliverable:
    """Return a deliverable of the brand or its agency; anybody else gets 404."""
    visible = Deliverable.objects.visible_to(request.membership).select_related("collaboration")
    found: Deliverable = get_object_or_404(visible, pk=pk)
    return found


@allows("work")
def deliverable_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Add a piece of content to a collaboration."""
    found = find_collaboration(request, pk)
    deliverable = Deliverable(
        organization_id=found.organization_id,
        agency_organization_id=found.agency_organization_id,
        collaboration=found,
        platform=found.platform,
    )
    return _edit(request, found, deliverable)


@allows("work")
def deliverable_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Enter where a piece of content was published, or correct it."""
    deliverable = find_deliverable(request, pk)
    return _edit(request, deliverable.collaboration, deliverable)


def _edit(request: OrganizationRequest, found: Collaboration, deliverable: Deliverable) -> HttpResponse:
    form = DeliverableForm(request.POST or None, instance=deliverable)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                saved = form.save()
        except IntegrityError:
            # An agency cannot see the brand's other deliverables, so only the database knows.
            form.add_error("url", _("This link already belongs to another deliverable."))
        else:
            AuditEvent.record(
                request.membership.organization_id,
                request.membership.user,
                "deliverable.save",
                found,
                deliverable=saved.pk,
                url=saved.url,
            )
            messages.success(request, _("The content is saved."))
            return redirect("campaigns:deliverable", request.membership.organization.slug, saved.pk)
    context = {"collaboration": found, "deliverable": deliverable, "form": form}
    return render(request, "campaigns/deliverable_form.html", context, status=422 if form.errors else 200)


@allows("see")
def deliverable(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show one piece of content: its numbers over time, what was captured of it, and the verdicts."""
    return deliverable_page(request, find_deliverable(request, pk))


def deliverable_page(
    request: OrganizationRequest,
    found: Deliverable,
    *,
    metric_form: MetricForm | None = None,
    capture_form: CaptureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; forms that failed are passed in."""
    context = {
        "deliverable": found,
        "collaboration": found.collaboration,
        "metrics": found.metrics.order_by("-taken_at", "-id"),
        "metric_form": metric_form or MetricForm(may_measure=_may_measure(request, found)),
        "capture_form": capture_form or CaptureForm(initial={"is_published": "paste" if found.url else "draft"}),
        "snapshots": found.snapshots.prefetch_related("reviews__decisions"),
    }
    return render(request, "campaigns/deliverable.html", context, status=status)


def _may_measure(request: OrganizationRequest, found: Deliverable) -> bool:
    return found.organization_id == request.membership.organization_id


@allows("see", writes="work")
def metric_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Enter what a deliverable had reached on a day."""
    found = find_deliverable(request, pk)
    if request.method != "POST":
        return deliverable_page(request, found)
    record = DeliverableMetric(
        organization_id=found.organization_id,
        agency_organization_id=found.agency_organization_id,
        deliverable=found,
    )
    form = MetricForm(request.POST, instance=record, may_measure=_may_measure(request, found))
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:
            form.add_error("taken_on", _("There are already numbers of this day from this source."))
    if form.errors:
        return deliverable_page(request, found, metric_form=form, status=422)
    messages.success(request, _("The numbers are saved."))
    return redirect("campaigns:deliverable", request.membership.organization.slug, found.pk)


@allows("see", writes="work")
def metrics_upload(request: OrganizationRequest) -> HttpResponse:
    """Read a file of numbers; every row is accounted for."""
    form = MetricsFileForm(request.POST or None, request.FILES or None)
    account = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        provenance = Provenance.MEASURED if request.membership.organization.is_brand else Provenance.CLAIMED
        try:
            account = metrics.load(
                file.read(),
                file.name,
                request.membership,
                default_day=form.cleaned_data["taken_on"],
                best=provenance,
            )
        except metrics.MetricsFileError as trouble:
            form.add_error("file", metrics_sentence(trouble.code, trouble.params))
    context: dict[str, Any] = {"form": form, "account": account}
    if account is not None:
        context["refused"] = [(line, metrics_sentence(code, params)) for line, code, params in account.refused]
    return render(request, "campaigns/metrics_upload.html", context, status=422 if form.errors else 200)


def metrics_sentence(code: str, params: dict[str, object]) -> str:
    """Say in a sentence why a row or a file was refused."""
    return str(METRICS_SENTENCES[code]) % params


METRICS_SENTENCES = {
    "unreadable": gettext_lazy("The file cannot be read: %(reason)s."),
    "empty": gettext_lazy("The file has no rows."),
    "no_link_column": gettext_lazy(
        "No column is called link, url or 链接: without it nobody knows which deliverable a row is about."
    ),
    "no_number_column": gettext_lazy("No column holds views, likes, comments, shares or saves."),
    "too_many_rows": gettext_lazy("The file has more than %(most)d rows."),
    "no_link": gettext_lazy("The row has no link."),
    "unknown_link": gettext_lazy("No deliverable of yours has the link %(link)s."),
    "no_date": gettext_lazy("The row has no date, and none was given for the whole file."),
    "bad_date": gettext_lazy("“%(raw)s” is not a date (write 2026-05-31)."),
    "future": gettext_lazy("%(raw)s is still to come."),
    "bad_number": gettext_lazy("“%(raw)s” in %(column)s is not a number."),
    "no_numbers": gettext_lazy("The row has no number."),
    "repeated": gettext_lazy("There are already numbers of this day from this source."),
}


@allows("work")
def deliverable_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Remove a planned piece of content; one with a link or a captured text stays for the record."""
    found = find_deliverable(request, pk)
    if request.method == "POST":
        if found.url or found.snapshots.exists() or found.metrics.exists():
            messages.error(request, _("It is published, captured or measured already: it stays for the record."))
        else:
            AuditEvent.record(
                request.membership.organization_id,
                request.membership.user,
                "deliverable.remove",
                found.collaboration,
                deliverable=found.pk,
            )
            found.delete()
            messages.success(request, _("The content is removed."))
    return back_to(request, found.collaboration, "content")
