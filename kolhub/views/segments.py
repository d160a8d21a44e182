"""Segments: filters of the catalog under a name."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub.access import allows
from kolhub.catalog import CreatorFilter, facets
from kolhub.forms.creators import FilterForm, SegmentForm
from kolhub.models import AuditEvent, Segment
from kolhub.tenancy import OrganizationRequest


def _found(request: OrganizationRequest, pk: int) -> Segment:
    found: Segment = get_object_or_404(Segment.objects.visible_to(request.membership), pk=pk)
    return found


def _creators(request: OrganizationRequest, filters: dict[str, str]) -> str:
    """Return the address of the catalog filtered like this."""
    return f"{reverse('kolhub:creator_list', args=[request.membership.organization.slug])}?{urlencode(filters)}"


@allows("see", writes="catalog")
def segment_list(request: OrganizationRequest) -> HttpResponse:
    """List the segments with what they ask and how many creators fit; save the catalog's filter as a new one."""
    membership = request.membership
    form = SegmentForm()
    asked = CreatorFilter()
    if request.method == "POST":
        asked, _wrong = CreatorFilter.read(request.POST)
        form = SegmentForm(request.POST, instance=Segment(organization=membership.organization))
        if form.is_valid() and not asked.asked:
            form.add_error(None, _("Filter the creators first: a segment of everybody says nothing."))
        if form.is_valid():
            segment = form.save(commit=False)
            segment.filters, segment.created_by = asked.asked, membership.user
            segment.save()
            AuditEvent.record(membership.organization_id, membership.user, "segment.save", segment, name=segment.name)
            messages.success(request, _("The segment “%(name)s” is saved.") % {"name": segment.name})
            return redirect(_creators(request, segment.filters))
    offered = facets(membership)
    segments = []
    for segment in Segment.objects.visible_to(membership).select_related("created_by"):
        shown = FilterForm(segment.filters, offered)
        segments.append({"segment": segment, "chips": shown.chips(), "count": shown.asked.creators(membership).count()})
    context = {
        "segments": segments,
        "form": form,
        "asked": FilterForm(asked.params(), offered).chips() if asked.asked else [],
        "params": asked.params().items(),
    }
    return render(request, "kolhub/segment_list.html", context, status=422 if form.errors else 200)


@allows("see")
def segment(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Open the catalog filtered by the segment."""
    return redirect(_creators(request, _found(request, pk).filters))


@allows("catalog")
def segment_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give the segment another name."""
    found = _found(request, pk)
    form = SegmentForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("kolhub:segment_list", request.membership.organization.slug)
    context = {"form": form, "segment": found}
    return render(request, "kolhub/segment_form.html", context, status=422 if form.errors else 200)


@allows("catalog")
@require_POST
def segment_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Delete the segment; the creators stay."""
    found, membership = _found(request, pk), request.membership
    AuditEvent.record(membership.organization_id, membership.user, "segment.delete", found, name=found.name)
    found.delete()
    messages.success(request, _("The segment “%(name)s” is deleted.") % {"name": found.name})
    return redirect("kolhub:segment_list", membership.organization.slug)
