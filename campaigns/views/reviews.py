"""Compliance: the text to judge, the queue of reviews, one review with its decisions, and the draft check."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.compliance import review as reviewing
from campaigns.compliance.drafts import Correction, correct_draft
from campaigns.compliance.post import Connection, PostError, parse_post
from campaigns.compliance.wording import VERDICTS, explain
from campaigns.forms.content import CONNECTIONS, CaptureForm, DecisionForm, DraftCheckForm
from campaigns.forms.fields import MARKETS, market_choices
from campaigns.highlight import Piece, cut, surface_texts
from campaigns.models import Collaboration, PaymentHold, Review
from campaigns.views.deliverables import deliverable_page, find_deliverable
from kolhub.access import allows
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as a page shows it."""

    number: int
    finding: Any
    sentence: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A stretch of the post's text, the findings that quote it, and the gravest one's tone."""

    text: str
    marks: tuple[int, ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Surface:
    """One text of the post, cut where findings quote it."""

    name: str
    pieces: list[Marked]


# ---- capture ----


@require_POST
@allows("see")
def capture(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Keep a draft or the published text of a deliverable and judge it; for those who work, and for reviewers."""
    membership = request.membership
    if not (membership.may("work") or membership.may("review")):
        raise PermissionDenied
    found = find_deliverable(request, pk)
    form = CaptureForm(request.POST)
    if not form.is_valid():
        return deliverable_page(request, found, capture_form=form, status=422)
    seen = reviewing.Capture(
        source=form.cleaned_data["is_published"],
        surfaces=form.surfaces(),
        platform_label=form.label_seen(),
        links=tuple(form.seen_links()),
    )
    try:
        reviews = reviewing.capture(found, seen, membership, timezone.now())
    except PostError as trouble:
        form.add_error(None, str(trouble))
        return deliverable_page(request, found, capture_form=form, status=422)
    verdicts = ", ".join(f"{review.market}: {VERDICTS.get(review.verdict, review.verdict)}" for review in reviews)
    messages.info(request, _("Judged. %(verdicts)s") % {"verdicts": verdicts})
    return redirect("campaigns:deliverable", membership.organization.slug, found.pk)


# ---- the queue ----


@allows("see")
def review_list(request: OrganizationRequest) -> HttpResponse:
    """List the newest reviews, open breaches first."""
    rows = reviewing.queue(request.membership)
    market = request.GET.get("market", "").upper()
    if market in MARKETS:
        rows = rows.filter(market=market)
    if verdict := request.GET.get("verdict", ""):
        rows = rows.filter(verdict=verdict)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "market": market, "verdict": verdict, "verdicts": VERDICTS.items()}
    context["markets"] = market_choices()
    return render(request, "campaigns/review_list.html", context)


@allows("see")
def review(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show one review: the text with its marks, what each rule says, where it comes from, and how to put it right."""
    return _review_page(request, _find_review(request, pk), DecisionForm())


def _find_review(request: OrganizationRequest, pk: int) -> Review:
    visible = Review.objects.visible_to(request.membership)
    found: Review = get_object_or_404(visible.select_related("snapshot__deliverable__collaboration"), pk=pk)
    return found


def _review_page(request: OrganizationRequest, found: Review, form: DecisionForm, status: int = 200) -> HttpResponse:
    findings = list(found.findings.all())
    collaboration = found.snapshot.deliverable.collaboration
    context = {
        "review": found,
        "snapshot": found.snapshot,
        "deliverable": found.snapshot.deliverable,
        "collaboration": collaboration,
        "findings": _shown(findings),
        "surfaces": _marked(dict(found.snapshot.surfaces), findings),
        "others": found.snapshot.reviews.exclude(pk=found.pk),
        "decisions": found.decisions.select_related("decided_by"),
        "form": form,
        "may_decide": request.membership.may("review") and found.organization_id == request.membership.organization_id,
        "holds": PaymentHold.objects.visible_to(request.membership).filter(
            collaboration=collaboration, released_at=None
        ),
    }
    return render(request, "campaigns/review.html", context, status=status)


def _shown(findings: list[Any]) -> list[Shown]:
    return [
        Shown(number, finding, explain(finding.explanation, _named(finding.params)))
        for number, finding in enumerate(findings, 1)
    ]


def _named(params: dict[str, Any]) -> dict[str, Any]:
    """Return a finding's parameters with the connection in words."""
    return {name: CONNECTIONS.get(value, value) if name == "connection" else value for name, value in params.items()}


def _marked(surfaces: dict[str, Any], findings: list[Any]) -> list[Surface]:
    """Cut every text where the findings quote it; marks are numbered like the findings, from 1."""
    marked = []
    for name, text in surface_texts(surfaces):
        here = [(number, finding) for number, finding in enumerate(findings, 1) if finding.surface == name]
        pieces = cut(text, [(finding.start, finding.end) for _number, finding in here])
        marked.append(Surface(name, [_toned(piece, here) for piece in pieces]))
    return marked


def _toned(piece: Piece, here: list[tuple[int, Any]]) -> Marked:
    severities = {here[mark][1].severity for mark in piece.marks}
    tone = "" if severities & {"high", "medium"} else "finding-warning" if "low" in severities else "finding-ok"
    return Marked(piece.text, tuple(here[mark][0] for mark in piece.marks), tone)


@require_POST
@allows("review", kind="brand")
def review_decide(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Confirm, dismiss, waive, or ask for a fix."""
    found = _find_review(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _review_page(request, found, form, status=422)
    decided = form.cleaned_data
    reviewing.decide(found, decided["kind"], decided["reason"], request.membership, hold=decided["hold"])
    messages.success(request, _("The decision is written down."))
    return redirect("campaigns:review", request.membership.organization.slug, found.pk)


@require_POST
@allows("review", kind="brand")
def hold_release(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Let payments go that this review held."""
    found = _find_review(request, pk)
    if reviewing.release_holds(found, request.membership, timezone.now()):
        messages.success(request, _("The payment is no longer held."))
    return redirect("campaigns:review", request.membership.organization.slug, found.pk)


# ---- the draft check ----


@allows("see")
def draft_check(request: OrganizationRequest) -> HttpResponse:
    """Try a text against markets, with the corrected text beside it; nothing is stored."""
    known = _collaboration(request)
    form = DraftCheckForm(request.POST or None, initial=_known_values(known))
    results: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        try:
            results = _tried(form, known)
        except PostError as trouble:
            form.add_error(None, str(trouble))
    context = {"form": form, "results": results, "collaboration": known}
    return render(request, "campaigns/draft_check.html", context, status=422 if form.errors else 200)


def _collaboration(request: OrganizationRequest) -> Collaboration | None:
    number = request.GET.get("collaboration", "")
    if not number:
        return None
    found: Collaboration = get_object_or_404(
        Collaboration.objects.visible_to(request.membership), pk=number if number.isdecimal() else 0
    )
    return found


def _known_values(known: Collaboration | None) -> dict[str, Any]:
    if known is None:
        return {"markets": ["US", "GB", "DE", "FR", "NL"], "connection": "paid"}
    connection = reviewing.connection_of(known)
    return {
        "markets": known.markets,
        "platform": known.platform,
        "connection": connection.type if connection.known else "paid",
        "brand": known.brand_name,
    }


def _tried(form: DraftCheckForm, known: Collaboration | None) -> list[dict[str, Any]]:
    """Judge the typed text market by market. Raises PostError."""
    typed = form.cleaned_data
    kind = typed["connection"]
    post = parse_post(
        {
            **form.surfaces(),
            "platform": typed["platform"],
            "media": typed["media"],
            "platform_label": form.label_seen(),
            "links": form.seen_links(),
        }
    )
    connection = Connection(
        known=kind != "unknown",
        type=kind,
        brand=typed["brand"] or None,
        handles=tuple(known.brand_handles) if known else (),
        coupon_codes=tuple(known.coupons.values_list("code", flat=True)) if known else (),
    )
    surfaces = form.surfaces()
    corrections = correct_draft(post, connection, typed["markets"], now=timezone.now())
    return [_result(correction, surfaces) for correction in corrections.values()]


def _result(correction: Correction, surfaces: dict[str, Any]) -> dict[str, Any]:
    findings = list(correction.before.findings)
    return {
        "review": correction.before,
        "after": correction.after,
        "corrected": _changed(correction),
        "where": correction.where,
        "findings": _shown(findings),
        "surfaces": _marked(surfaces, findings),
    }


def _changed(correction: Correction) -> list[tuple[str, str]]:
    """Return the corrected texts as (surface, text); none where the draft passes as it is."""
    if correction.label is None or correction.before.verdict == "not_sponsored":
        return []
    post = correction.post
    texts = [(name, getattr(post, name)) for name in ("title", "caption", "description")]
    return [(name, text) for name, text in texts if text]
