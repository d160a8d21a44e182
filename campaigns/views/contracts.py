"""Terms: the form that confirms them, and the contract to print."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import collaborate
from campaigns.forms.collaborations import TERMS_PROBLEMS, LineFormSet, TermsForm, terms_initial
from campaigns.models import Collaboration, Contract
from campaigns.views.collaborations import back_to, find_collaboration
from kolhub.access import allows
from kolhub.tenancy import OrganizationRequest

# The words of the contract itself, which shows both languages to every reader.
KINDS = {
    "review": ("product review", "测评"),
    "tutorial": ("tutorial", "教程"),
    "entertainment": ("entertainment", "娱乐"),
    "unboxing": ("unboxing", "开箱"),
    "live": ("livestream", "直播"),
    "story": ("story", "快拍"),
    "post": ("post", "图文"),
}


@allows("work", kind="brand")
def terms(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Fill in and confirm terms; what is there already becomes the form's first values."""
    found = find_collaboration(request, pk)
    initial, lines = terms_initial(found, found.contract)
    form = TermsForm(request.POST or None, collaboration=found, initial=initial)
    # Bound without initial values: a line that stayed as it was offered is as much agreed as a changed one.
    formset = LineFormSet(request.POST, prefix="lines") if request.POST else LineFormSet(prefix="lines", initial=lines)
    status = 200
    if request.method == "POST":
        contract = _confirm(request, found, form, formset)
        if contract is not None:
            text = _("Terms confirmed: version %(version)d. Link, coupon and labels are below.")
            messages.success(request, text % {"version": contract.version})
            return back_to(request, found, "terms")
        status = 422
    context = {"collaboration": found, "form": form, "formset": formset, "contract": found.contract}
    return render(request, "campaigns/terms.html", context, status=status)


def _confirm(request: OrganizationRequest, found: Collaboration, form: TermsForm, formset: Any) -> Contract | None:
    """Confirm clean terms; None where something is wrong, which then stands in the form."""
    if not form.is_valid() or not formset.is_valid():
        return None
    try:
        given = form.terms(formset.cleaned_data)
        return collaborate.confirm(found, given, request.membership.user, timezone.now())
    except collaborate.TermsError as trouble:
        field = trouble.field if trouble.field in form.fields else None
        form.add_error(field, TERMS_PROBLEMS[trouble.code] % trouble.params)
        return None


@allows("money")
def contract(request: OrganizationRequest, pk: int, version: int | None = None) -> HttpResponse:
    """Show a version of the contract, English and Chinese side by side, ready to print."""
    found = find_collaboration(request, pk)
    versions = found.contracts.select_related("agreed_by").order_by("-version")
    if version is None:
        shown = versions.first()
        if shown is None:
            raise Http404
    else:
        shown = get_object_or_404(versions, version=version)
    brand = found.organization
    context = {
        "collaboration": found,
        "contract": shown,
        "versions": versions,
        "lines": [_in_both_languages(line) for line in shown.deliverables],
        "commission": f"{shown.commission_bps / 100:g}",
        "brand": brand,
        "agency": found.agency_organization,
        "link": found.links.first(),
        "coupon": found.coupons.first(),
    }
    return render(request, "campaigns/contract.html", context)


def _in_both_languages(line: dict[str, Any]) -> dict[str, Any]:
    """Add the kind's name in both languages of the contract, whatever the reader's language is."""
    english, chinese = KINDS.get(line["kind"], (line["kind"], line["kind"]))
    return {**line, "kind_en": english, "kind_zh": chinese}
