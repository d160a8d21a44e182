"""Rosters: upload, answer, look at the preview, import, and read what became of each line."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub.access import allows
from kolhub.export import csv_response, xlsx_response
from kolhub.forms.rosters import ChoicesForm, UploadForm, field_choices
from kolhub.models import RosterImport, RosterLine, RosterProblem
from kolhub.nudge import nudge
from kolhub.roster import load
from kolhub.tasks import work_on_roster
from kolhub.tenancy import OrganizationRequest
from kolhub.views import roster_words as words

PER_PAGE = 50


@allows("see", writes="catalog")
def roster_list(request: OrganizationRequest) -> HttpResponse:
    """List the imports, newest first; take an upload."""
    membership = request.membership
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            roster = _received(request, form)
            return redirect("kolhub:roster", membership.organization.slug, roster.pk)
    rosters = RosterImport.objects.visible_to(membership).select_related("uploaded_by").defer("found")
    context = {
        "form": form,
        "page_obj": Paginator(rosters, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "kolhub/roster_list.html", context, status=422 if form.errors else 200)


def _received(request: OrganizationRequest, form: UploadForm) -> RosterImport:
    given, membership = form.cleaned_data, request.membership
    known = {"platform": given["platform"]} if given["platform"] else {}
    roster = load.receive(
        membership.organization,
        membership.user,
        given["file"].name,
        given["file"].read(),
        given["metrics_on"],
        given["source"],
        known,
    )
    nudge(work_on_roster, membership.organization_id, roster.pk)
    return roster


def _found(request: OrganizationRequest, pk: int) -> RosterImport:
    rosters = RosterImport.objects.visible_to(request.membership).select_related("uploaded_by")
    roster: RosterImport = get_object_or_404(rosters, pk=pk)
    return roster


@allows("see")
def roster(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show an import as far as it is: progress, questions, preview, or the account of its lines."""
    return _page(request, _found(request, pk))


def _page(request: OrganizationRequest, found: RosterImport, form: ChoicesForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {"roster": found, "form": form, "status": 422 if form and form.errors else 200}
    same = RosterImport.objects.visible_to(request.membership).filter(sha256=found.sha256, pk__lt=found.pk)
    context["same"] = same.order_by("-pk").first()
    if found.state == RosterImport.State.FAILED and found.failure:
        context["failure"] = words.told_of_json([found.failure])[0]
    if found.state in {RosterImport.State.CHOOSING, RosterImport.State.READY, RosterImport.State.FAILED}:
        context |= _reading(found, money=request.membership.may("money"))
    if found.state == RosterImport.State.DONE:
        context |= _account(request, found)
    return render(request, "kolhub/roster.html", context, status=context["status"])


def _reading(found: RosterImport, *, money: bool) -> dict[str, Any]:
    """Return what the file says so far: questions, columns, first rows, problems."""
    titles, rows = words.preview(found, money=money)
    given = {**found.found.get("choices", {}), **found.choices}
    given["platform"] = found.choices.get("platform") or found.found.get("platform", "")
    given["delimiter"] = {",": "comma", ";": "semicolon", "\t": "tab"}.get(given.get("delimiter", ""), "")
    return {
        "questions": words.questions(found),
        "columns": words.columns(found),
        "fields": field_choices(),
        "titles": titles,
        "rows": rows,
        "problems": words.told_of_json(found.found.get("problems", ())),
        "notes": words.told_of_json(found.found.get("notes", ())),
        "wants_currency": "currency" in found.found.get("wishes", ()) or bool(found.choices.get("currency")),
        "settings": ChoicesForm(initial=given),
        "usable": max(0, found.rows_total - found.refused),
        "is_text": found.found.get("choices", {}).get("kind") in {"csv", "json"},
    }


def _lines(request: OrganizationRequest, found: RosterImport) -> tuple[QuerySet[Any], dict[str, str]]:
    """Return the lines that the page's filter keeps, and the filter."""
    lines = RosterLine.objects.visible_to(request.membership).filter(roster_import=found).select_related("creator")
    asked = {"outcome": request.GET.get("outcome", ""), "problems": request.GET.get("problems", "")}
    if asked["outcome"] in RosterLine.Outcome.values:
        lines = lines.filter(outcome=asked["outcome"])
    if asked["problems"]:
        of_line = RosterProblem.objects.visible_to(request.membership).filter(roster_import=found)
        lines = lines.filter(Exists(of_line.filter(line=OuterRef("line"))))
    return lines, asked


def _problems(request: OrganizationRequest, found: RosterImport, lines: list[RosterLine]) -> dict[int, list[Any]]:
    problems = RosterProblem.objects.visible_to(request.membership).filter(
        roster_import=found, line__in=[line.line for line in lines]
    )
    by_line: dict[int, list[Any]] = defaultdict(list)
    for problem in problems:
        by_line[problem.line].append(words.told_of_row(problem))
    return by_line


def _account(request: OrganizationRequest, found: RosterImport) -> dict[str, Any]:
    """Return what became of the lines: the counts, and one page of lines with their problems."""
    lines, asked = _lines(request, found)
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    problems = _problems(request, found, listed)
    return {
        "page_obj": page,
        "lines": [
            {"line": line, "problems": problems.get(line.line, []), "changes": words.changes(line)} for line in listed
        ],
        "asked": asked,
        "outcomes": [
            ("added", _("added"), found.added),
            ("updated", _("updated"), found.updated),
            ("unchanged", _("unchanged"), found.unchanged),
            ("refused", _("refused"), found.refused),
        ],
        "total": found.added + found.updated + found.unchanged + found.refused,
    }


@allows("see")
def roster_progress(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show how far the worker is; once it waits or is done, have the browser load the page anew."""
    found = _found(request, pk)
    if found.is_running:
        return render(request, "kolhub/_roster_progress.html", {"roster": found})
    return HttpResponse(headers={"HX-Refresh": "true"})


@allows("catalog")
@require_POST
def roster_choose(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Take answers, and have the file read again with them."""
    found = _found(request, pk)
    form = ChoicesForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    return _done(request, found, lambda: load.choose(found, form.answers))


@allows("catalog")
@require_POST
def roster_confirm(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let the rows be written."""
    found = _found(request, pk)
    return _done(request, found, lambda: load.confirm(found, request.membership.user))


@allows("catalog")
@require_POST
def roster_cancel(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give the import up: nothing of it is kept in the catalog."""
    found = _found(request, pk)
    return _done(request, found, lambda: load.cancel(found, request.membership.user))


def _done(request: OrganizationRequest, found: RosterImport, step: Any) -> HttpResponse:
    """Take the step, wake a worker up, and show the import again."""
    try:
        step()
    except load.NotNow:
        messages.warning(request, _("This cannot be done any more: the import has moved on."))
    else:
        nudge(work_on_roster, request.membership.organization_id, found.pk)
    return redirect("kolhub:roster", request.membership.organization.slug, found.pk)


@allows("export")
def roster_account(request: OrganizationRequest, pk: int, form: str) -> HttpResponse:
    """Send what became of each line as a file, filtered like the page."""
    found = _found(request, pk)
    lines, _asked = _lines(request, found)
    respond = csv_response if form == "csv" else xlsx_response
    header = [_("Line"), _("Outcome"), _("Creator"), _("Problems"), _("Changes")]
    return respond(f"{found.filename}-account.{form}", header, _rows(request, found, lines))


def _rows(request: OrganizationRequest, found: RosterImport, lines: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the account's rows, a few hundred lines' problems at a time."""
    batch: list[RosterLine] = []

    def written() -> Iterator[list[Any]]:
        problems = _problems(request, found, batch)
        for line in batch:
            wrong = (
                f"{one['column']}: {one['text']} ({one['raw']})" if one["column"] else one["text"]
                for one in problems.get(line.line, ())
            )
            differs = (f"{one['field']}: {one['before']} → {one['after']}" for one in words.changes(line))
            yield [line.line, line.get_outcome_display(), line.label, "\n".join(wrong), "\n".join(differs)]

    for line in lines.iterator(chunk_size=500):
        batch.append(line)
        if len(batch) == 500:
            yield from written()
            batch.clear()
    yield from written()
