"""One creator: profiles, metrics with their dates and sources, prices, and what is written down by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolhub import creators as catalog_work
from kolhub.access import allows
from kolhub.forms.creators import CREDENTIAL_KINDS, CreatorForm, PriceForm, ProfileForm
from kolhub.models import (
    AuditEvent,
    Contact,
    Creator,
    Credential,
    DoNotContact,
    Membership,
    Profile,
    ProfileSnapshot,
    RateCard,
    RosterImport,
    RosterLine,
)
from kolhub.platforms import find_platform
from kolhub.roster.wording import PRICE_FORMATS
from kolhub.templatetags.kolhub import language_label, platform_label
from kolhub.tenancy import OrganizationRequest
from kolhub.views.roster_words import changes

MOST_HISTORY = 500


def find_creator(request: OrganizationRequest, pk: int, *, own: bool = False) -> Creator:
    """Return a creator that the member may see, or may change; else 404."""
    creators = Creator.objects.visible_to(request.membership).select_related("organization")
    if own:
        creators = creators.owned_by(request.membership)
    found: Creator = get_object_or_404(creators, pk=pk)
    return found


def back_to(request: OrganizationRequest, creator_id: int) -> HttpResponse:
    """Return to the creator's page."""
    return redirect("kolhub:creator", request.membership.organization.slug, creator_id)


@allows("see")
def creator(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show the creator."""
    membership = request.membership
    found = find_creator(request, pk)
    profiles = list(Profile.objects.visible_to(membership).filter(creator=found).order_by("-followers", "pk"))
    for profile in profiles:
        profile.address = profile.url or _public_address(profile)
    today = timezone.localdate()
    credentials = [
        {
            "credential": credential,
            "kind": CREDENTIAL_KINDS.get(credential.kind, credential.kind),
            "is_over": credential.valid_until is not None and credential.valid_until < today,
        }
        for credential in Credential.objects.visible_to(membership).filter(creator=found).order_by("kind", "pk")
    ]
    context = {
        "creator": found,
        "is_own": found.organization_id == membership.organization_id,
        "languages": [language_label(code) for code in found.languages],
        "profiles": profiles,
        "prices": _prices(membership, found),
        "history": _history(membership, profiles),
        "contacts": Contact.objects.visible_to(membership).filter(creator=found).select_related("organization"),
        "credentials": credentials,
        "blocked": DoNotContact.objects.visible_to(membership).filter(creator=found).first(),
        **_trail(membership, found),
    }
    return render(request, "kolhub/creator.html", context)


def _public_address(profile: Profile) -> str:
    """Return where the profile can be seen; "" where its handle is not one of the platform."""
    try:
        platform = find_platform(profile.platform)
    except LookupError:
        return ""
    return platform.profile_url(profile.handle) or "" if platform.validate(profile.handle) is None else ""


def _prices(membership: Membership, found: Creator) -> list[dict[str, Any]]:
    """Return the newest price of each profile and format first, older ones after it."""
    cards = RateCard.objects.visible_to(membership).filter(profile__creator=found).select_related("profile")
    seen: set[tuple[int, str]] = set()
    shown = []
    for card in cards.order_by("profile_id", "format", "-quoted_on"):
        key = (card.profile_id, card.format)
        label = PRICE_FORMATS.get(card.format, card.format)
        shown.append({"card": card, "label": label, "is_old": key in seen})
        seen.add(key)
    return shown


def _history(membership: Membership, profiles: list[Profile]) -> dict[str, Any] | None:
    """Return the followers over time as an ECharts option; None where there is nothing to compare."""
    snapshots = ProfileSnapshot.objects.visible_to(membership).filter(
        profile__in=[profile.pk for profile in profiles], followers__isnull=False
    )
    told = list(
        snapshots.order_by("-taken_on", "-pk").values_list("profile_id", "taken_on", "followers")[:MOST_HISTORY]
    )
    days = sorted({day for _profile, day, _followers in told})
    by_profile: dict[int, dict[Any, int]] = {}
    for profile_id, day, followers in told:
        by_profile.setdefault(profile_id, {}).setdefault(day, followers)
    if not any(len(of_profile) > 1 for of_profile in by_profile.values()):
        return None
    series = [
        {
            "name": f"{platform_label(profile.platform)} {profile.handle}",
            "type": "line",
            "connectNulls": True,
            "data": [by_profile[profile.pk].get(day) for day in days],
        }
        for profile in profiles
        if profile.pk in by_profile
    ]
    return {
        **({"legend": {}} if len(series) > 1 else {}),
        "xAxis": {"type": "category", "data": [day.isoformat() for day in days]},
        "yAxis": {"type": "value", "scale": True},
        "series": series,
    }


def _trail(membership: Membership, found: Creator) -> dict[str, Any]:
    """Return the imports that touched the creator, and what was done to it by hand."""
    lines = (
        RosterLine.objects.visible_to(membership)
        .filter(creator=found)
        .exclude(outcome=RosterLine.Outcome.UNCHANGED)
        .select_related("roster_import")
        .defer("roster_import__found", "roster_import__choices")
        .order_by("-roster_import_id", "line")[:20]
    )
    events = AuditEvent.objects.visible_to(membership).filter(subject=f"creator:{found.pk}").select_related("actor")
    return {
        "lines": [{"line": line, "changes": changes(line)} for line in lines],
        "events": events.order_by("-pk")[:20] if membership.may("organization") else (),
        "imports": RosterImport.objects.visible_to(membership).exists(),
    }


def _form_page(
    request: OrganizationRequest, title: str, found: Creator | None, *forms: tuple[str, Any]
) -> HttpResponse:
    context = {"title": title, "creator": found, "forms": forms}
    wrong = any(form.errors for _title, form in forms)
    return render(request, "kolhub/creator_form.html", context, status=422 if wrong else 200)


@allows("catalog")
def creator_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change an own creator."""
    found = find_creator(request, pk, own=True)
    form = CreatorForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_work.change(request.membership, found, form.cleaned_data)
        except catalog_work.Refused as reason:
            form.add_error("external_ref", str(reason))
        else:
            messages.success(request, _("Saved."))
            return back_to(request, found.pk)
    return _form_page(request, _("Edit"), found, ("", form))


@allows("catalog")
def creator_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Ask, and then delete an own creator that no collaboration needs."""
    found = find_creator(request, pk, own=True)
    if request.method == "POST":
        try:
            catalog_work.remove(request.membership, found)
        except catalog_work.Refused as reason:
            messages.error(request, str(reason))
            return back_to(request, pk)
        messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
        return redirect("kolhub:creator_list", request.membership.organization.slug)
    return render(request, "kolhub/creator_delete.html", {"creator": found, "profiles": found.profiles.count()})


@allows("catalog")
def profile_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Add a profile to an own creator."""
    found = find_creator(request, pk, own=True)
    return _profile_form(
        request, found, Profile(organization_id=found.organization_id, creator=found), _("New profile")
    )


def _own_profile(request: OrganizationRequest, pk: int) -> Profile:
    own = Profile.objects.visible_to(request.membership).owned_by(request.membership)
    found: Profile = get_object_or_404(own.select_related("creator__organization"), pk=pk)
    return found


@allows("catalog")
def profile_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write new metrics of an own profile down, or correct its handle."""
    profile = _own_profile(request, pk)
    return _profile_form(request, profile.creator, profile, _("New figures"))


def _profile_form(request: OrganizationRequest, found: Creator, profile: Profile, title: str) -> HttpResponse:
    form = ProfileForm(request.POST or None, profile=profile if profile.pk else None)
    if request.method == "POST" and form.is_valid():
        try:
            catalog_work.put_profile(request.membership, profile, form.cleaned_data)
        except catalog_work.Refused as reason:
            form.add_error("handle", str(reason))
        else:
            messages.success(request, _("Saved."))
            return back_to(request, found.pk)
    return _form_page(request, title, found, ("", form))


@allows("catalog")
@require_POST
def profile_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Delete an own profile."""
    profile = _own_profile(request, pk)
    try:
        catalog_work.remove_profile(request.membership, profile)
        messages.success(request, _("The profile is deleted."))
    except catalog_work.Refused as reason:
        messages.error(request, str(reason))
    return back_to(request, profile.creator_id)


@allows("catalog")
def price_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Write down what a profile charges."""
    profile = _own_profile(request, pk)
    initial = {"currency": request.membership.organization.currency, "quoted_on": timezone.localdate()}
    form = PriceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        catalog_work.put_price(request.membership, profile, form.values)
        messages.success(request, _("Saved."))
        return back_to(request, profile.creator_id)
    return _form_page(
        request, _("New price"), profile.creator, (f"{platform_label(profile.platform)} {profile.handle}", form)
    )


@allows("catalog")
@require_POST
def price_delete(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Delete a price."""
    own = RateCard.objects.visible_to(request.membership).owned_by(request.membership)
    card = get_object_or_404(own.select_related("profile"), pk=pk)
    catalog_work.remove_price(request.membership, card)
    messages.success(request, _("The price is deleted."))
    return back_to(request, card.profile.creator_id)
