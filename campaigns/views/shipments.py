"""Samples on their way to creators."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.forms.collaborations import ShipmentForm
from campaigns.models import Shipment
from campaigns.views.collaborations import back_to, find_collaboration
from kolhub.access import allows
from kolhub.models import AuditEvent
from kolhub.tenancy import OrganizationRequest


@allows("work", kind="brand")
def shipment_edit(request: OrganizationRequest, pk: int, shipment: int | None = None) -> HttpResponse:
    """Write a shipment down, or change it."""
    found = find_collaboration(request, pk)
    membership = request.membership
    instance = (
        get_object_or_404(Shipment.objects.visible_to(membership), pk=shipment, collaboration=found)
        if shipment is not None
        else Shipment(
            organization_id=found.organization_id,
            agency_organization_id=found.agency_organization_id,
            collaboration=found,
            currency=found.campaign.currency,
        )
    )
    form = ShipmentForm(request.POST or None, instance=instance, membership=membership)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        AuditEvent.record(
            found.organization_id, membership.user, "shipment.save", found, shipment=saved.pk, sku=saved.sku
        )
        messages.success(request, _("The shipment is saved."))
        return back_to(request, found, "samples")
    context = {"collaboration": found, "form": form, "shipment": instance}
    return render(request, "campaigns/shipment_form.html", context, status=422 if form.errors else 200)


@require_POST
@allows("work", kind="brand")
def shipment_delete(request: OrganizationRequest, pk: int, shipment: int) -> HttpResponse:
    """Remove a shipment that was written down by mistake."""
    found = find_collaboration(request, pk)
    gone = get_object_or_404(Shipment.objects.visible_to(request.membership), pk=shipment, collaboration=found)
    AuditEvent.record(
        found.organization_id, request.membership.user, "shipment.remove", found, shipment=gone.pk, sku=gone.sku
    )
    gone.delete()
    messages.success(request, _("The shipment is removed."))
    return back_to(request, found, "samples")
