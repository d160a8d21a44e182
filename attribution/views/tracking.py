"""Tracking set-up: shops with their pixels and source keys."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from attribution import sources
from attribution.forms import PixelForm, SecretForm, ShopForm, SourceKeyForm
from attribution.models import Pixel, Shop, SourceKey
from attribution.reports.tracking import counts_by_key, last_order, read_backlog, read_freshness
from attribution.snippets import webhook_url
from kolhub.access import allows
from kolhub.tenancy import OrganizationRequest


@allows("see", kind="brand")
def overview(request: OrganizationRequest) -> HttpResponse:
    """List shops with their pixels and keys, or lead through the set-up."""
    membership = request.membership
    counts = counts_by_key(membership, timezone.now().date())
    shops = Shop.objects.visible_to(membership).select_related("brand").prefetch_related("pixels", "source_keys")
    listed = [
        {
            "shop": shop,
            "pixels": [(each, counts.get(each.key)) for each in shop.pixels.order_by("archived_at", "pk")],
            "keys": [(each, counts.get(each.key)) for each in shop.source_keys.order_by("archived_at", "pk")],
            "last": last_order(membership, shop),
        }
        for shop in shops
    ]
    pixels = Pixel.objects.visible_to(membership).filter(archived_at=None)
    keys = SourceKey.objects.visible_to(membership).filter(archived_at=None)
    context = {
        "shops": listed,
        "first_shop": shops.first(),
        "first_pixel": pixels.first(),
        "first_key": keys.first(),
        "is_set_up": pixels.exists() and keys.exists(),
        "backlog": read_backlog(membership),
        "freshness": read_freshness(membership),
        "now": timezone.now(),
    }
    return render(request, "attribution/tracking.html", context)


# ---- shops ----


@allows("tracking", kind="brand")
def shop_create(request: OrganizationRequest) -> HttpResponse:
    """Connect a shop."""
    form = ShopForm(_sent(request), membership=request.membership)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        shop = sources.connect_shop(
            request.membership,
            given.get("brand"),
            given.get("new_brand", ""),
            **{name: given[name] for name in ("name", "domain", "currency", "timezone")},
        )
        messages.success(request, _("%(shop)s is connected. Next: make a pixel for it.") % {"shop": shop.name})
        return redirect("attribution:tracking", request.membership.organization.slug)
    return _form(request, form, _("New shop"))


@allows("tracking", kind="brand")
def shop_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change a shop."""
    shop = _shop(request, pk)
    form = ShopForm(_sent(request), instance=shop, membership=request.membership)
    if request.method == "POST" and form.is_valid():
        sources.change(request.membership, shop, form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("attribution:tracking", request.membership.organization.slug)
    return _form(request, form, Shop.objects.get(pk=shop.pk).name)


# ---- pixels ----


@allows("tracking", kind="brand")
def pixel_create(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Make a pixel for a shop and go to its install page."""
    shop = _shop(request, pk)
    form = PixelForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        pixel = sources.add_pixel(request.membership, shop, **form.cleaned_data)
        return redirect("attribution:pixel", request.membership.organization.slug, pixel.pk)
    return _form(request, form, _("New pixel for %(shop)s") % {"shop": shop.name}, submit=_("Make the pixel"))


@allows("tracking", kind="brand")
def pixel_edit(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Change what a pixel does without consent, and whose visits are the team's own."""
    pixel = _pixel(request, pk)
    form = PixelForm(_sent(request), instance=pixel)
    if request.method == "POST" and form.is_valid():
        sources.change(request.membership, pixel, form.changed_data)
        messages.success(request, _("Saved. The collector follows at once."))
        return redirect("attribution:pixel", request.membership.organization.slug, pixel.pk)
    return _form(request, form, _("Pixel of %(shop)s") % {"shop": pixel.shop.name})


@require_POST
@allows("tracking", kind="brand")
def pixel_archive(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Archive a pixel, or bring it back."""
    return _switch(request, _pixel(request, pk))


# ---- source keys ----


@never_cache
@allows("tracking", kind="brand")
def source_key_create(request: OrganizationRequest, pk: int, kind: str) -> HttpResponse:
    """Make a source key. A secret of ours is shown in this answer and never again."""
    if kind not in SourceKey.Kind.values:
        raise Http404
    shop = _shop(request, pk)
    form = SourceKeyForm(_sent(request), kind=kind)
    if request.method == "POST" and form.is_valid():
        key, secret = sources.add_source_key(request.membership, shop, kind, **form.cleaned_data)
        return _made(request, key, secret)
    label = SourceKey.Kind(kind).label
    title = _("New key for %(shop)s: %(kind)s") % {"shop": shop.name, "kind": label}
    return _form(request, form, title, submit=_("Make the key"), kind=kind)


@never_cache
@allows("tracking", kind="brand")
def source_key_rotate(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Give a key a new secret; the one before stays valid until the rotation is ended."""
    key = _source_key(request, pk)
    form = SecretForm(_sent(request), kind=key.kind)
    if request.method == "POST" and form.is_valid():
        return _made(request, key, sources.rotate(request.membership, key, **form.cleaned_data))
    return _form(request, form, _("New secret for %(shop)s") % {"shop": key.shop.name}, submit=_("Rotate"), rotates=key)


@require_POST
@allows("tracking", kind="brand")
def source_key_forget(request: OrganizationRequest, pk: int) -> HttpResponse:
    """End a rotation: the secret before no longer signs."""
    key = _source_key(request, pk)
    sources.forget_previous(request.membership, key)
    messages.success(request, _("Only the newest secret is valid now."))
    return redirect("attribution:source_key", request.membership.organization.slug, key.pk)


@require_POST
@allows("tracking", kind="brand")
def source_key_archive(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Archive a key, or bring it back."""
    return _switch(request, _source_key(request, pk))


def _sent(request: OrganizationRequest) -> Any:
    """Return what was posted, be it nothing: a form without fields is sent too."""
    return request.POST if request.method == "POST" else None


def _shop(request: OrganizationRequest, pk: int) -> Shop:
    shop: Shop = get_object_or_404(Shop.objects.visible_to(request.membership), pk=pk)
    return shop


def _pixel(request: OrganizationRequest, pk: int) -> Pixel:
    pixel: Pixel = get_object_or_404(Pixel.objects.visible_to(request.membership).select_related("shop"), pk=pk)
    return pixel


def _source_key(request: OrganizationRequest, pk: int) -> SourceKey:
    key: SourceKey = get_object_or_404(SourceKey.objects.visible_to(request.membership).select_related("shop"), pk=pk)
    return key


def _switch(request: OrganizationRequest, row: Pixel | SourceKey) -> HttpResponse:
    if row.archived_at is None:
        sources.archive(request.membership, row, timezone.now())
        messages.success(request, _("Archived: what still arrives under this key is kept and no longer counts."))
    else:
        sources.restore(request.membership, row)
        messages.success(request, _("Restored: it counts again."))
    return redirect("attribution:tracking", request.membership.organization.slug)


def _made(request: OrganizationRequest, key: SourceKey, secret: str) -> HttpResponse:
    """Show a key with its secret where that is ours; a pasted one is never shown."""
    is_ours = key.kind == SourceKey.Kind.S2S
    context = {"key": key, "secret": secret if is_ours else "", "url": webhook_url(key)}
    return render(request, "attribution/tracking_secret.html", context)


def _form(request: OrganizationRequest, form: Any, title: str, submit: str = "", **context: Any) -> HttpResponse:
    found = {"form": form, "title": title, "submit": submit or _("Save"), **context}
    return render(request, "attribution/tracking_form.html", found, status=422 if form.errors else 200)
