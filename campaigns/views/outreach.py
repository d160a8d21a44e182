"""Writing to creators: templates, preview, sending, logging."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import outreach
from campaigns.forms.collaborations import LogForm, MessageForm, TemplateForm, merge_error
from campaigns.merge import FIELDS, MergeError
from campaigns.models import Collaboration, OutreachMessage, OutreachTemplate
from campaigns.tasks.outreach import send_outreach
from campaigns.views.collaborations import back_to, collaboration_page, find_collaboration
from kolhub.access import allows
from kolhub.models import Contact
from kolhub.nudge import nudge
from kolhub.tenancy import OrganizationRequest


@allows("work", kind="brand")
def outreach_compose(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write an e-mail, starting from a template; look at it with its fields filled in, then send it."""
    found = find_collaboration(request, pk)
    if outreach.is_blocked(found):
        messages.error(request, _("This creator is on the do-not-contact list: nothing can be sent."))
        return back_to(request, found, "outreach")
    if request.method != "POST":
        return _compose_page(request, found, MessageForm(initial=_first_draft(request, found)))
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _compose_page(request, found, form, status=422)
    typed = form.cleaned_data
    draft = outreach.Draft(typed["recipient"], typed["language"], typed["subject"], typed["body"])
    sender = request.membership.user
    try:
        if "send" not in request.POST:
            return _compose_page(request, found, form, preview=outreach.preview(found, draft, sender))
        message = outreach.queue(found, draft, sender, timezone.now(), typed["follow_up_on"])
    except MergeError as trouble:
        form.add_error("body", merge_error(trouble))
        return _compose_page(request, found, form, status=422)
    nudge(send_outreach, found.organization_id, message.pk)
    messages.success(request, _("The message to %(to)s is on its way.") % {"to": message.recipient})
    return back_to(request, found, "outreach")


def _first_draft(request: OrganizationRequest, found: Collaboration) -> dict[str, str]:
    """Return the chosen template's text and the creator's e-mail address."""
    contacts = Contact.objects.visible_to(request.membership).filter(creator_id=found.creator_id)
    contact = contacts.filter(kind=Contact.Kind.EMAIL).first()
    draft = {"recipient": contact.value if contact else "", "language": "en"}
    number = request.GET.get("template", "")
    if number.isdecimal():
        template = get_object_or_404(OutreachTemplate.objects.visible_to(request.membership), pk=number)
        draft.update(language=template.language, subject=template.subject, body=template.body)
    return draft


def _compose_page(
    request: OrganizationRequest,
    found: Collaboration,
    form: MessageForm,
    *,
    preview: outreach.Draft | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "collaboration": found,
        "form": form,
        "preview": preview,
        "values": outreach.values_for(found, request.membership.user),
        "templates": OutreachTemplate.objects.visible_to(request.membership),
    }
    return render(request, "campaigns/outreach_compose.html", context, status=status)


@require_POST
@allows("work", kind="brand")
def outreach_log(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write down a message that was sent by WeChat, WhatsApp or telephone."""
    found = find_collaboration(request, pk)
    form = LogForm(request.POST)
    if not form.is_valid():
        return collaboration_page(request, found, "outreach", status=422, log_form=form)
    said = form.cleaned_data
    draft = outreach.Draft(said["recipient"], "", "", said["body"], channel=said["channel"])
    try:
        outreach.log(found, draft, request.membership.user, timezone.now(), said["follow_up_on"])
    except outreach.Blocked:
        form.add_error(None, _("This creator is on the do-not-contact list."))
        return collaboration_page(request, found, "outreach", status=422, log_form=form)
    messages.success(request, _("Written down."))
    return back_to(request, found, "outreach")


@require_POST
@allows("work", kind="brand")
def outreach_retry(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Send a failed message again."""
    visible = OutreachMessage.objects.visible_to(request.membership).select_related("collaboration")
    message = get_object_or_404(visible, pk=pk)
    outreach.try_again(message, timezone.now())
    nudge(send_outreach, message.organization_id, message.pk)
    return back_to(request, message.collaboration, "outreach")


# ---- templates ----


@allows("see", kind="brand")
def template_list(request: OrganizationRequest) -> HttpResponse:
    """List the message templates; a brand without any gets ours."""
    if request.membership.may("work"):
        outreach.default_templates(request.membership.organization)
    templates = OutreachTemplate.objects.visible_to(request.membership)
    return render(request, "campaigns/outreach_templates.html", {"templates": templates})


@allows("work", kind="brand")
def template_edit(request: OrganizationRequest, pk: int | None = None) -> HttpResponse:
    """Write or change a template."""
    membership = request.membership
    template = (
        get_object_or_404(OutreachTemplate.objects.visible_to(membership), pk=pk)
        if pk is not None
        else OutreachTemplate(organization=membership.organization)
    )
    form = TemplateForm(request.POST or None, instance=template)
    if request.method == "POST" and form.is_valid():
        same = OutreachTemplate.objects.visible_to(membership).exclude(pk=template.pk)
        if same.filter(name=form.cleaned_data["name"], language=form.cleaned_data["language"]).exists():
            form.add_error("name", _("There is already a template of this name in this language."))
        else:
            form.save()
            messages.success(request, _("The template is saved."))
            return redirect("campaigns:template_list", membership.organization.slug)
    context = {"form": form, "template": template, "merge_fields": FIELDS}
    return render(request, "campaigns/outreach_template_form.html", context, status=422 if form.errors else 200)


@require_POST
@allows("work", kind="brand")
def template_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Remove a template; messages written with it stay."""
    get_object_or_404(OutreachTemplate.objects.visible_to(request.membership), pk=pk).delete()
    messages.success(request, _("The template is removed."))
    return redirect("campaigns:template_list", request.membership.organization.slug)
