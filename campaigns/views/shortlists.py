"""Pages of shortlists: draw, watch, read, decide, export."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.forms.briefs import ChoiceForm, DrawForm
from campaigns.matching import shortlist as room
from campaigns.models import Brief, Shortlist, ShortlistEntry
from campaigns.tasks.matching import draw_shortlist
from campaigns.wording import shortlists as wording
from kolhub.access import allows
from kolhub.export import csv_response, xlsx_response
from kolhub.models import Membership
from kolhub.money import to_major
from kolhub.nudge import nudge
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 10


@allows("work", kind="brand")
@require_POST
def shortlist_draw(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Ask for a new shortlist of a brief; a worker draws it."""
    membership = request.membership
    brief = get_object_or_404(Brief.objects.visible_to(membership), pk=pk)
    form = DrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This order is not known."))
        return redirect("campaigns:brief", membership.organization.slug, brief.pk)
    wanted = room.request_draw(brief, form.cleaned_data["ranker"], form.cleaned_data["categories"], membership.user)
    nudge(draw_shortlist, membership.organization_id, wanted.pk)
    return redirect("campaigns:shortlist", membership.organization.slug, wanted.pk)


def _found(request: OrganizationRequest, pk: int) -> Shortlist:
    shortlists = Shortlist.objects.visible_to(request.membership).select_related("brief__brand", "drawn_by")
    found: Shortlist = get_object_or_404(shortlists, pk=pk)
    return found


@allows("see", kind="brand")
def shortlist(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show the candidates with their reasons, ten at a time; or how far the draw is."""
    found = _found(request, pk)
    entries = found.entries.order_by("rank")
    if (choice := request.GET.get("choice", "")) in ShortlistEntry.Choice.values:
        entries = entries.filter(choice=choice)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_frame(found),
        "page_obj": page,
        "candidates": [_worded(entry, request.membership) for entry in page.object_list],
        "choice": choice,
        "choices": ShortlistEntry.Choice.choices,
        "draw_form": DrawForm(initial=found.options),
    }
    return render(request, "campaigns/shortlist.html", context)


@allows("see", kind="brand")
def shortlist_progress(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show how far the draw is; once it is over, have the browser load the page anew."""
    found = _found(request, pk)
    if found.is_running:
        return render(request, "campaigns/_shortlist_progress.html", {"shortlist": found})
    return HttpResponse(headers={"HX-Refresh": "true"})


def _frame(found: Shortlist) -> dict[str, Any]:
    counts = found.entries.aggregate(
        all=Count("pk"),
        picked=Count("pk", filter=Q(choice=ShortlistEntry.Choice.PICKED)),
        rejected=Count("pk", filter=Q(choice=ShortlistEntry.Choice.REJECTED)),
        unsure=Count("pk", filter=Q(is_sure=False)),
    )
    considered = next((line["count"] for line in found.funnel if line["code"] == "considered"), 0)
    return {
        "shortlist": found,
        "brief": found.brief,
        "counts": counts,
        "ranker_name": wording.RANKERS.get(found.ranker, found.ranker),
        "funnel": [
            {
                **line,
                "label": wording.FUNNEL.get(line["code"], line["code"]),
                "share": line["count"] / considered if considered else None,
            }
            for line in found.funnel
        ],
        "notes": [wording.say_note(note) for note in found.notes],
    }


def _worded(entry: ShortlistEntry, membership: Membership) -> dict[str, Any]:
    """Return a candidate with its reasons as sentences: what raised it, what lowered it, what is not known."""
    told = [reason for reason in entry.reasons if membership.may("money") or reason["code"] not in wording.ABOUT_MONEY]
    said = [{"text": wording.say_reason(reason), **reason} for reason in told]
    return {
        "entry": entry,
        "raised": [reason for reason in said if reason["effect"] > 0],
        "lowered": [reason for reason in said if reason["effect"] < 0],
        "unknown": [reason for reason in said if not reason["effect"]],
    }


@allows("work", kind="brand")
@require_POST
def entry_choose(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Pick or reject a candidate, or undo that."""
    membership = request.membership
    entries = ShortlistEntry.objects.visible_to(membership).select_related("shortlist__brief")
    entry = get_object_or_404(entries, pk=pk)
    form = ChoiceForm(request.POST)
    if form.is_valid():
        room.choose(entry, form.cleaned_data["choice"], form.cleaned_data["reason"], membership.user)
    if not getattr(request, "htmx", False):
        return redirect("campaigns:shortlist", membership.organization.slug, entry.shortlist_id)
    context = {**_frame(entry.shortlist), "candidate": _worded(entry, membership), "form": form, "is_swap": True}
    return render(request, "campaigns/_candidate.html", context, status=200 if form.is_valid() else 422)


@allows("export", kind="brand")
def shortlist_export(request: OrganizationRequest, pk: int, kind: str) -> HttpResponse:
    """Send all candidates as a file, with their reasons in the reader's language."""
    found = _found(request, pk)
    respond = csv_response if kind == "csv" else xlsx_response
    money = request.membership.may("money")
    header = [
        _("Rank"),
        _("Creator"),
        _("Platform"),
        _("Handle"),
        _("Followers"),
        _("Score"),
        _("Sure"),
        _("Rank by followers"),
        *([_("Price"), _("Currency")] if money else []),
        _("Decision"),
        _("Decision's reason"),
        _("Raised by"),
        _("Lowered by"),
        _("Not known"),
    ]
    return respond(f"shortlist-{found.pk}.{kind}", header, _rows(found, request.membership, money))


def _rows(found: Shortlist, membership: Membership, money: bool) -> Iterator[list[Any]]:
    for entry in found.entries.order_by("rank"):
        told = _worded(entry, membership)
        price = None if entry.price_minor is None else to_major(entry.price_minor, entry.price_currency)
        yield [
            entry.rank,
            entry.creator_name,
            entry.platform,
            entry.handle,
            entry.followers,
            round(entry.score, 2),
            _("yes") if entry.is_sure else _("not sure"),
            entry.baseline_rank,
            *([price, entry.price_currency] if money else []),
            entry.get_choice_display(),
            entry.choice_reason,
            *("; ".join(reason["text"] for reason in told[kind]) for kind in ("raised", "lowered", "unknown")),
        ]
