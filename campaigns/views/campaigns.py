"""Pages of campaigns: list, frame, board and table by stage, export."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaigns import board, collaborate
from campaigns.forms.campaigns import AddCreatorForm, BoardFilter, BulkForm, CampaignForm, MoveForm
from campaigns.models import Brief, Campaign, Collaboration, Shortlist, ShortlistEntry, Stage
from kolhub.access import allows
from kolhub.export import csv_response, xlsx_response
from kolhub.models import AuditEvent, Creator
from kolhub.money import to_major
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50
# What a stage asks for, where nobody wrote down a next action.
NEXT_STEPS = {
    Stage.TO_CONTACT: gettext_lazy("Write to the creator"),
    Stage.CONTACTED: gettext_lazy("Wait for the answer, follow up"),
    Stage.NEGOTIATING: gettext_lazy("Agree on terms"),
    Stage.AGREED: gettext_lazy("Send the sample"),
    Stage.SAMPLE: gettext_lazy("Ask for the draft"),
    Stage.DRAFT: gettext_lazy("Check the draft"),
    Stage.PUBLISHED: gettext_lazy("Check the post, enter its numbers"),
    Stage.SETTLING: gettext_lazy("Pay what is owed"),
    Stage.REVIEWED: "",
    Stage.DROPPED: "",
}


@allows("see", kind="brand")
def campaign_list(request: OrganizationRequest) -> HttpResponse:
    """List campaigns, newest first, with how far their collaborations are."""
    rows = (
        Campaign.objects.visible_to(request.membership)
        .select_related("brand")
        .annotate(
            total=Count("collaborations"),
            agreed=Count("collaborations", filter=~Q(collaborations__agreed_at=None)),
            published=Count(
                "collaborations",
                filter=Q(collaborations__stage__in=[Stage.PUBLISHED, Stage.SETTLING, Stage.REVIEWED]),
            ),
        )
        .order_by("-id")
    )
    if state := request.GET.get("state", ""):
        rows = rows.filter(state=state)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "state": state, "states": Campaign.State.choices}
    return render(request, "campaigns/campaign_list.html", context)


# ---- the frame ----


@allows("work", kind="brand")
def campaign_create(request: OrganizationRequest) -> HttpResponse:
    """Set up a campaign; `?brief=` gives it a frame, `?shortlist=` its first collaborations: the picked candidates."""
    membership = request.membership
    shortlist = _shortlist(request)
    brief = shortlist.brief if shortlist else _brief(request)
    form = CampaignForm(
        request.POST or None,
        membership=membership,
        instance=Campaign(organization=membership.organization),
        initial=_frame(brief) if brief else {"currency": membership.organization.currency},
    )
    picked = (
        shortlist.entries.filter(choice=ShortlistEntry.Choice.PICKED) if shortlist else ShortlistEntry.objects.none()
    )
    if request.method == "POST" and form.is_valid():
        campaign = form.save()
        AuditEvent.record(membership.organization_id, membership.user, "campaign.create", campaign, name=campaign.name)
        _tell(request, collaborate.start(campaign, picked, membership.user, timezone.now()))
        return redirect("campaigns:campaign", membership.organization.slug, campaign.pk)
    context = {"form": form, "picked": picked, "shortlist": shortlist, "brief": brief}
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.errors else 200)


def _shortlist(request: OrganizationRequest) -> Shortlist | None:
    number = request.GET.get("shortlist", "")
    if not number:
        return None
    visible = Shortlist.objects.visible_to(request.membership).select_related("brief__brand", "brief__product")
    shortlist: Shortlist = get_object_or_404(visible, pk=number if number.isdecimal() else 0)
    return shortlist


def _brief(request: OrganizationRequest) -> Brief | None:
    number = request.GET.get("brief", "")
    if not number:
        return None
    brief: Brief = get_object_or_404(
        Brief.objects.visible_to(request.membership), pk=number if number.isdecimal() else 0
    )
    return brief


def _frame(brief: Brief) -> dict[str, Any]:
    """Return what a campaign takes over from its brief."""
    return {
        "brief": brief,
        "brand": brief.brand,
        "name": brief.title,
        "markets": brief.markets,
        "currency": brief.currency,
        "budget": to_major(brief.budget_minor, brief.currency) if brief.budget_minor is not None else None,
        "starts_on": brief.starts_on,
        "ends_on": brief.ends_on,
        "landing_url": (brief.product.url if brief.product else "") or brief.brand.website,
    }


def _tell(request: OrganizationRequest, started: collaborate.Started) -> None:
    if started.begun:
        count = len(started.begun)
        text = ngettext("%(count)d collaboration begun.", "%(count)d collaborations begun.", count)
        messages.success(request, text % {"count": count})
    if started.already:
        messages.info(request, _("Already in this campaign: %(names)s.") % {"names": ", ".join(started.already)})
    if started.unavailable:
        text = _("Not taken over, because they are no longer shared with you or have no profile: %(names)s.")
        messages.warning(request, text % {"names": ", ".join(started.unavailable)})


@allows("see", kind="brand", writes="work")
def campaign_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change a campaign's frame."""
    membership = request.membership
    campaign = get_object_or_404(Campaign.objects.visible_to(membership), pk=pk)
    form = CampaignForm(request.POST or None, membership=membership, instance=campaign)
    if request.method == "POST" and form.is_valid():
        campaign = form.save()
        collaborate.copy_campaign(campaign)
        AuditEvent.record(
            membership.organization_id, membership.user, "campaign.change", campaign, fields=form.changed_data
        )
        messages.success(request, _("The campaign is saved."))
        return redirect("campaigns:campaign", membership.organization.slug, campaign.pk)
    context = {"form": form, "campaign": campaign}
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.errors else 200)


# ---- board and table ----


@allows("see", kind="brand")
def campaign(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show a campaign with its board."""
    return _standing(request, _campaign(request, pk), "board")


@allows("see", kind="brand")
def campaign_board(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show the board alone to htmx, within its page to everybody else."""
    return _standing(request, _campaign(request, pk), "board")


@allows("see", kind="brand")
def campaign_table(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show the same collaborations as a table, with bulk changes."""
    return _standing(request, _campaign(request, pk), "table")


def _campaign(request: OrganizationRequest, pk: int) -> Campaign:
    found: Campaign = get_object_or_404(
        Campaign.objects.visible_to(request.membership).select_related("brand", "brief"), pk=pk
    )
    return found


def _standing(
    request: OrganizationRequest,
    campaign: Campaign,
    view: str,
    *,
    trouble: str = "",
    form: BulkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render where the campaign's collaborations stand: whole page, or the part that htmx swaps."""
    membership = request.membership
    today = timezone.localdate()
    shown = BoardFilter(request.GET or None, membership=membership)
    filters = shown.cleaned_data if shown.is_valid() else {}
    rows = list(board.collaborations_of(membership, today, campaign=campaign, **filters))
    for row in rows:
        row.is_overdue = board.is_overdue(row, today)  # type: ignore[attr-defined]
        row.next_stage = board.next_stage(row.stage)  # type: ignore[attr-defined]
        row.step = row.next_action or NEXT_STEPS[Stage(row.stage)]  # type: ignore[attr-defined]
    context = {
        "campaign": campaign,
        "view": view,
        "filter": shown,
        "query": _query(request.GET),
        "rows": rows,
        "columns": board.columns(rows),
        "stages": Stage.choices,
        "overdue_count": sum(row.is_overdue for row in rows),  # type: ignore[attr-defined]
        "bulk": form or BulkForm(membership=membership, campaign=campaign),
        "add": _add_choices(request, campaign),
        "undo": take_undo(request, "campaign", campaign.pk),
        "trouble": trouble,
    }
    part = getattr(request, "htmx", None) and not getattr(request.htmx, "boosted", False)  # type: ignore[attr-defined]
    template = f"campaigns/_{view}.html" if part else "campaigns/campaign.html"
    return render(request, template, context, status=status)


def _query(parameters: QueryDict) -> str:
    kept = {name: parameters[name] for name in ("owner", "stage", "overdue") if parameters.get(name)}
    return urlencode(kept)


def _add_choices(request: OrganizationRequest, campaign: Campaign) -> Any:
    """Return creators to offer: the largest that are not in the campaign yet."""
    if not request.membership.may("work"):
        return Creator.objects.none()
    taken = campaign.collaborations.values("creator_id")
    return Creator.objects.visible_to(request.membership).exclude(pk__in=taken).order_by("-top_followers")[:200]


@require_POST
@allows("work", kind="brand")
def campaign_add_creator(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Begin a collaboration with a creator of the catalog."""
    campaign = _campaign(request, pk)
    form = AddCreatorForm(request.POST, membership=request.membership)
    if not form.is_valid():
        return _standing(request, campaign, "board", trouble=_("There is no such creator in your catalog."), status=422)
    creator = form.cleaned_data["creator"]
    _tell(request, collaborate.add_creators(campaign, [creator], request.membership.user, timezone.now()))
    return redirect("campaigns:campaign", request.membership.organization.slug, campaign.pk)


@require_POST
@allows("work", kind="brand")
def collaboration_move(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Put a collaboration on another stage; the answer offers to undo it."""
    collaboration = get_object_or_404(Collaboration.objects.visible_to(request.membership), pk=pk)
    back = request.POST.get("back", "board")
    form = MoveForm(request.POST)
    trouble = ""
    if not form.is_valid():
        trouble = _("There is no such stage.")
    else:
        before = collaboration.stage
        try:
            collaboration.move(form.cleaned_data["stage"], request.membership.user)
        except ValueError:
            trouble = _("%(creator)s cannot move there yet: first confirm the terms.") % {
                "creator": collaboration.creator_name
            }
        else:
            _remember(request, collaboration, before)
    return _after_move(request, collaboration, back, trouble)


def _remember(request: OrganizationRequest, collaboration: Collaboration, before: str) -> None:
    if "undo" in request.POST or before == collaboration.stage:
        return
    request.session["undo_move"] = {
        "pk": collaboration.pk,
        "campaign": collaboration.campaign_id,
        "name": collaboration.creator_name,
        "stage": before,
        "label": str(Stage(collaboration.stage).label),
    }


def take_undo(request: OrganizationRequest, key: str, number: int) -> dict[str, Any] | None:
    """Return the move that can be undone, once, where it is about this campaign or collaboration."""
    undo: dict[str, Any] | None = request.session.get("undo_move")
    if undo is None or undo.get(key) != number:
        return None
    del request.session["undo_move"]
    return undo


def _after_move(request: OrganizationRequest, collaboration: Collaboration, back: str, trouble: str) -> HttpResponse:
    slug = request.membership.organization.slug
    if back == "page":
        if trouble:
            messages.error(request, trouble)
        return redirect("campaigns:collaboration", slug, collaboration.pk)
    view = "table" if back == "table" else "board"
    if request.htmx or trouble:  # type: ignore[attr-defined]
        campaign = _campaign(request, collaboration.campaign_id)
        return _standing(request, campaign, view, trouble=trouble, status=422 if trouble else 200)
    address = reverse(f"campaigns:campaign_{view}", args=[slug, collaboration.campaign_id])
    query = _query(request.GET)
    return redirect(f"{address}?{query}" if query else address)


@require_POST
@allows("work", kind="brand")
def campaign_bulk(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give several collaborations another owner or due date."""
    campaign = _campaign(request, pk)
    form = BulkForm(request.POST, membership=request.membership, campaign=campaign)
    if not form.is_valid():
        return _standing(request, campaign, "table", form=form, status=422)
    changes = {name: form.cleaned_data[name] for name in ("owner", "due_on") if form.cleaned_data[name]}
    count = collaborate.plan_together(form.cleaned_data["chosen"], changes, request.membership.user)
    text = ngettext("%(count)d collaboration changed.", "%(count)d collaborations changed.", count)
    messages.success(request, text % {"count": count})
    return redirect("campaigns:campaign_table", request.membership.organization.slug, campaign.pk)


@allows("export", kind="brand")
def campaign_export(request: OrganizationRequest, pk: int, kind: str) -> HttpResponse:
    """Return the table as CSV or XLSX, with the page's filters."""
    campaign = _campaign(request, pk)
    shown = BoardFilter(request.GET or None, membership=request.membership)
    filters = shown.cleaned_data if shown.is_valid() else {}
    rows = board.collaborations_of(request.membership, timezone.localdate(), campaign=campaign, **filters)
    money = request.membership.may("money")
    header = [_("Creator"), _("Platform"), _("Handle"), _("Stage"), _("In charge"), _("Due"), _("Next action")]
    header += [_("Link"), _("Coupon"), *([_("Fee"), _("Currency"), _("Commission, %")] if money else [])]
    answer = csv_response if kind == "csv" else xlsx_response
    return answer(f"{campaign.name}.{kind}", header, (_cells(row, money) for row in rows))


def _cells(row: Any, money: bool) -> list[Any]:
    cells = [row.creator_name, row.platform, row.handle, row.get_stage_display(), str(row.owner or ""), row.due_on]
    cells += [row.next_action, row.link_slug, row.coupon_code]
    if money:
        fee = to_major(row.fee_minor, row.currency) if row.fee_minor is not None else None
        cells += [fee, row.currency, row.commission_bps / 100 if row.commission_bps is not None else None]
    return cells
