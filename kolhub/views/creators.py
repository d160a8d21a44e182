"""The catalog: search, filter, tag, add by hand, export."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from kolhub import creators as catalog_work
from kolhub.access import allows
from kolhub.catalog import CreatorFilter, facets
from kolhub.export import csv_response, xlsx_response
from kolhub.forms.creators import CreatorForm, FilterForm, ProfileForm, SegmentForm, TagForm
from kolhub.models import Contact, Creator, Membership, Profile, RateCard, Segment
from kolhub.money import to_major
from kolhub.roster.wording import PRICE_FORMATS
from kolhub.templatetags.kolhub import category_label, platform_label
from kolhub.tenancy import OrganizationRequest

PER_PAGE = 50
MOST_EXPORTED = 30_000


# The same address answers a whole page, or to htmx only its results: a cache must not mix them up.
@allows("see")
@vary_on_headers("HX-Request")
def creator_list(request: OrganizationRequest) -> HttpResponse:
    """Search and filter the creators the organization may see."""
    membership = request.membership
    form = FilterForm(request.GET, facets(membership))
    found = with_details(form.asked.creators(membership), membership)
    asked = form.asked.asked
    is_part = getattr(request, "htmx", False) and not request.headers.get("HX-History-Restore-Request")
    segments = list(Segment.objects.visible_to(membership))
    context = {
        "form": form,
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "is_part": is_part,
        "chips": _chips(form),
        "more": bool(set(asked) - {"q", "platform", "category", "country"}) or bool(form.wrong),
        "query": urlencode(form.asked.params()),
        "segments": segments,
        "segment": next((one for one in segments if asked and one.filters == asked), None),
        "segment_form": SegmentForm(),
        "tag_form": TagForm(),
    }
    template = "kolhub/_creator_results.html" if is_part else "kolhub/creator_list.html"
    response = render(request, template, context, status=422 if form.wrong else 200)
    if is_part:
        # The address people copy and come back to, without the parameters that ask nothing.
        response["HX-Push-Url"] = f"{request.path}?{context['query']}" if context["query"] else request.path
    return response


def _chips(form: FilterForm) -> list[dict[str, str]]:
    """Return what is asked, each with the query string that no longer asks it."""
    params = form.asked.params()
    return [
        {**chip, "without": urlencode({k: v for k, v in params.items() if k != chip["name"]})} for chip in form.chips()
    ]


def with_details(creators: QuerySet[Creator], membership: Membership) -> QuerySet[Creator]:
    """Read along what lists show of each creator."""
    profiles = Profile.objects.visible_to(membership).order_by("-followers", "pk")
    prices = RateCard.objects.visible_to(membership).order_by("-quoted_on", "amount_minor")
    return creators.select_related("organization").prefetch_related(
        Prefetch("profiles", profiles), Prefetch("profiles__rate_cards", prices)
    )


@allows("catalog")
def creator_create(request: OrganizationRequest) -> HttpResponse:
    """Add a creator by hand, with a first profile."""
    membership = request.membership
    form = CreatorForm(request.POST or None)
    profile = ProfileForm(request.POST or None)
    if request.method == "POST" and all([form.is_valid(), profile.is_valid()]):
        try:
            made = catalog_work.add(membership, form.cleaned_data, [profile.cleaned_data])
        except catalog_work.Refused as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, _("%(name)s is in the catalog.") % {"name": made.name})
            return redirect("kolhub:creator", membership.organization.slug, made.pk)
    wrong = bool(form.errors or profile.errors)
    context = {"forms": [(_("Person"), form), (_("Profile"), profile)], "title": _("New creator")}
    return render(request, "kolhub/creator_form.html", context, status=422 if wrong else 200)


@allows("catalog")
@require_POST
def creator_tag(request: OrganizationRequest) -> HttpResponse:
    """Tag the ticked creators, or all that the filter finds; shared ones stay as they are."""
    membership = request.membership
    asked, _wrong = CreatorFilter.read(request.POST)
    back = redirect("kolhub:creator_list", membership.organization.slug)
    back["Location"] += f"?{urlencode(asked.params())}" if asked.params() else ""
    form = TagForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return back
    creators = asked.creators(membership)
    if not request.POST.get("everything"):
        ticked = [int(pk) for pk in request.POST.getlist("chosen") if pk.isdecimal() and len(pk) < 19]
        if not ticked:
            messages.error(request, _("Tick the creators first."))
            return back
        creators = Creator.objects.visible_to(membership).filter(pk__in=ticked)
    are_shared = creators.exclude(organization_id=membership.organization_id).exists()
    take_off = request.POST.get("action") == "remove"
    try:
        changed = catalog_work.tag(membership, creators, form.cleaned_data["word"], take_off=take_off)
    except catalog_work.Refused as reason:
        messages.error(request, str(reason))
        return back
    said = ngettext("%(count)d creator changed.", "%(count)d creators changed.", changed) % {"count": changed}
    if are_shared:
        said += " " + _("Creators that others share with you were left as they are.")
    messages.success(request, said)
    return back


@allows("export")
def creator_export(request: OrganizationRequest, form: str) -> HttpResponse:
    """Send what the filter finds as a file, one line per profile."""
    membership = request.membership
    asked, _wrong = CreatorFilter.read(request.GET)
    found = asked.creators(membership)
    if found.count() > MOST_EXPORTED:
        messages.error(request, _("At most %(most)s creators at once. Narrow the filter.") % {"most": MOST_EXPORTED})
        return redirect("kolhub:creator_list", membership.organization.slug)
    respond = csv_response if form == "csv" else xlsx_response
    money = membership.may("money")
    header = [
        _("Name"), _("Kind"), _("Country"), _("Languages"), _("Categories"), _("Tags"), _("Brought by"),
        _("Platform"), _("Handle"), _("Link"), _("Followers"), _("Average views"), _("Average likes"),
        _("Average comments"), _("Average shares"), _("Engagement rate"), _("Audience’s country"), _("Metrics as of"),
        _("Source"), _("Claimed or measured"), *([_("Prices")] if money else []), _("E-mail"),
    ]  # fmt: skip
    return respond(f"creators.{form}", header, _rows(found, membership, money))


def _rows(found: QuerySet[Creator], membership: Membership, money: bool) -> Iterator[list[Any]]:
    contacts = Contact.objects.visible_to(membership).filter(kind=Contact.Kind.EMAIL)
    detailed = with_details(found, membership).prefetch_related(Prefetch("contacts", contacts))
    for creator in detailed.iterator(chunk_size=1000):
        person = [
            creator.name,
            creator.get_kind_display(),
            creator.country,
            ", ".join(creator.languages),
            ", ".join(category_label(key) for key in creator.categories),
            ", ".join(creator.tags),
            creator.organization.name,
        ]
        emails = ", ".join(contact.value for contact in creator.contacts.all())
        for profile in list(creator.profiles.all()) or [None]:
            yield [*person, *_of_profile(profile, money), emails]


def _of_profile(profile: Profile | None, money: bool) -> list[Any]:
    if profile is None:
        return [None] * (14 if money else 13)
    prices = "; ".join(
        f"{PRICE_FORMATS.get(card.format, card.format)} {to_major(card.amount_minor, card.currency)} {card.currency}"
        for card in profile.rate_cards.all()
    )
    return [
        platform_label(profile.platform),
        profile.handle,
        profile.url,
        profile.followers,
        profile.avg_views,
        profile.avg_likes,
        profile.avg_comments,
        profile.avg_shares,
        profile.engagement_rate,
        profile.audience_country,
        profile.metrics_on,
        profile.metrics_source,
        profile.get_provenance_display(),
        *([prices] if money else []),
    ]
