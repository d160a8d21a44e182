"""A creator's contacts, and the wish not to be contacted."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.forms.collaborations import ContactForm, DoNotContactForm
from campaigns.views.collaborations import back_to, collaboration_page, find_collaboration
from kolhub.access import allows
from kolhub.models import AuditEvent, Contact, DoNotContact
from kolhub.tenancy import OrganizationRequest


@require_POST
@allows("work")
def contact_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write a contact down; only one's own organization sees it, unless a sharing grant includes contacts."""
    found = find_collaboration(request, pk)
    form = ContactForm(request.POST)
    if form.is_valid():
        contact = form.save(commit=False)
        contact.organization = request.membership.organization
        contact.creator_id, contact.creator_organization_id = found.creator_id, found.creator_organization_id
        try:
            with transaction.atomic():
                contact.save()
        except IntegrityError:
            form.add_error("value", _("This contact is already there."))
    if form.errors:
        return collaboration_page(request, found, "contacts", status=422, contact_form=form)
    messages.success(request, _("The contact is saved."))
    return back_to(request, found, "contacts")


@require_POST
@allows("work")
def contact_delete(request: OrganizationRequest, pk: int, contact: int) -> HttpResponse:
    """Remove a contact that one's own organization wrote down."""
    found = find_collaboration(request, pk)
    own = Contact.objects.visible_to(request.membership).filter(organization=request.membership.organization)
    get_object_or_404(own, pk=contact, creator_id=found.creator_id).delete()
    messages.success(request, _("The contact is removed."))
    return back_to(request, found, "contacts")


@require_POST
@allows("work")
def do_not_contact(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put the creator on the organization's do-not-contact list, or take it off."""
    found = find_collaboration(request, pk)
    membership = request.membership
    form = DoNotContactForm(request.POST)
    if not form.is_valid():
        return collaboration_page(request, found, "contacts", status=422, block_form=form)
    block = DoNotContact.objects.visible_to(membership).filter(creator_id=found.creator_id).first()
    if block is not None:
        block.delete()
        messages.success(request, _("The creator may be contacted again."))
    else:
        DoNotContact.objects.create(
            organization=membership.organization,
            creator_id=found.creator_id,
            creator_organization_id=found.creator_organization_id,
            reason=form.cleaned_data["reason"],
            set_by=membership.user,
        )
        messages.success(request, _("Nobody here can write to this creator any more."))
    AuditEvent.record(
        membership.organization_id,
        membership.user,
        "creator.do_not_contact",
        f"creator:{found.creator_id}",
        on=block is None,
        reason=form.cleaned_data["reason"],
    )
    return back_to(request, found, "contacts")
