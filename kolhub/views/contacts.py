"""A creator's contacts and credentials, and the wish not to be contacted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub import creators as catalog_work
from kolhub.access import allows
from kolhub.forms.creators import BlockForm, ContactForm, CredentialForm
from kolhub.models import Contact, Creator, Credential, DoNotContact
from kolhub.tenancy import OrganizationRequest
from kolhub.views.creator import back_to, find_creator


@allows("catalog")
def contact_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write a contact down, also of a creator that another organization shares: it stays one's own."""
    return _contact_form(request, find_creator(request, pk), Contact(), _("New contact"))


def _own_contact(request: OrganizationRequest, pk: int, contact: int) -> Contact:
    own = Contact.objects.visible_to(request.membership).filter(organization=request.membership.organization)
    found: Contact = get_object_or_404(own, pk=contact, creator_id=pk)
    return found


@allows("catalog")
def contact_edit(request: OrganizationRequest, pk: int, contact: int) -> HttpResponse:
    """Change an own contact."""
    return _contact_form(request, find_creator(request, pk), _own_contact(request, pk, contact), _("Edit contact"))


def _contact_form(request: OrganizationRequest, creator: Creator, contact: Contact, title: str) -> HttpResponse:
    form = ContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_work.put_contact(request.membership, form.instance, creator)
        except catalog_work.Refused as reason:
            form.add_error("value", str(reason))
        else:
            messages.success(request, _("The contact is saved."))
            return back_to(request, creator.pk)
    context = {"title": title, "creator": creator, "forms": [("", form)]}
    return render(request, "kolhub/creator_form.html", context, status=422 if form.errors else 200)


@allows("catalog")
@require_POST
def contact_delete(request: OrganizationRequest, pk: int, contact: int) -> HttpResponse:
    """Remove an own contact."""
    find_creator(request, pk)
    _own_contact(request, pk, contact).delete()
    messages.success(request, _("The contact is removed."))
    return back_to(request, pk)


@allows("catalog")
@require_POST
def do_not_contact(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put the creator on the organization's do-not-contact list, or take it off."""
    creator, membership = find_creator(request, pk), request.membership
    form = BlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    elif DoNotContact.objects.visible_to(membership).filter(creator=creator).exists():
        catalog_work.unblock(membership, creator)
        messages.success(request, _("The creator may be contacted again."))
    else:
        catalog_work.block(membership, creator, form.cleaned_data["reason"])
        messages.success(request, _("Nobody here can write to this creator any more."))
    return back_to(request, pk)


@allows("catalog")
def credential_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write a licence, registration or permit of an own creator down."""
    creator = find_creator(request, pk, own=True)
    form = CredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_work.put_credential(request.membership, form.instance, creator)
        except catalog_work.Refused as reason:
            form.add_error("number", str(reason))
        else:
            messages.success(request, _("Saved."))
            return back_to(request, creator.pk)
    context = {"title": _("New credential"), "creator": creator, "forms": [("", form)]}
    return render(request, "kolhub/creator_form.html", context, status=422 if form.errors else 200)


@allows("catalog")
@require_POST
def credential_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Remove a credential of an own creator."""
    own = Credential.objects.visible_to(request.membership).owned_by(request.membership)
    credential = get_object_or_404(own, pk=pk)
    credential.delete()
    messages.success(request, _("The credential is removed."))
    return back_to(request, credential.creator_id)
