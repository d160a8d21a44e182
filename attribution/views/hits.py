"""Hits as they arrive: install pages with their live tail, and one raw hit with what became of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from attribution.hit_wording import (
    FATES,
    OUTCOME_SENTENCES,
    ago,
    badge_of,
    event_of,
    printed,
    visible,
    web_address,
)
from attribution.models import Hit, HitOutcome, Pixel, SourceKey
from attribution.reports.tracking import last_order, read_fate, read_tail
from attribution.snippets import pixel_snippets, source_snippets, webhook_url
from kolhub.access import allows
from kolhub.models import Membership
from kolhub.tenancy import OrganizationRequest

MONEY_KINDS = ("s2s", "shopify")


@allows("see", kind="brand")
def pixel(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show how to install a pixel, and what arrives from it."""
    found = get_object_or_404(Pixel.objects.visible_to(request.membership).select_related("shop__brand"), pk=pk)
    context = {
        "source": found,
        "pixel": found,
        "shop": found.shop,
        "snippets": pixel_snippets(found),
        **_tail(request.membership, found),
    }
    return render(request, "attribution/tracking_pixel.html", context)


@allows("see", kind="brand")
def pixel_tail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Return the pixel's newest hits, for the page that asks every few seconds."""
    found = get_object_or_404(Pixel.objects.visible_to(request.membership).select_related("shop"), pk=pk)
    return render(request, "attribution/_tail.html", _tail(request.membership, found))


@allows("see", kind="brand")
def source_key(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Show how to post orders with a key, and what arrives under it."""
    keys = SourceKey.objects.visible_to(request.membership).select_related("shop__brand")
    found = get_object_or_404(keys, pk=pk)
    context = {
        "source": found,
        "key": found,
        "shop": found.shop,
        "snippets": source_snippets(found),
        "url": webhook_url(found),
        **_tail(request.membership, found),
    }
    return render(request, "attribution/tracking_source_key.html", context)


@allows("see", kind="brand")
def source_key_tail(request: OrganizationRequest, pk: int) -> HttpResponse:
    """Return the key's newest hits."""
    found = get_object_or_404(SourceKey.objects.visible_to(request.membership).select_related("shop"), pk=pk)
    return render(request, "attribution/_tail.html", _tail(request.membership, found))


@allows("see", kind="brand")
def hit(request: OrganizationRequest, pk: UUID) -> HttpResponse:
    """Show one hit as it arrived, and what became of it."""
    found: Hit = get_object_or_404(Hit.objects.visible_to(request.membership), pk=pk)
    fate = read_fate(found)
    shows_payload = found.kind not in MONEY_KINDS or request.membership.may("money")
    context = {
        "hit": found,
        "fate": fate,
        "state": FATES[fate.state],
        "outcome": _outcome(found.outcome),
        "event": event_of(found),
        "texts": _texts(found),
        "shows_payload": shows_payload,
        "payload": printed(found.payload) if shows_payload else "",
        "error": visible(fate.pending.error) if fate.pending else "",
    }
    return render(request, "attribution/hit.html", context)


def _outcome(outcome: str) -> dict[str, Any]:
    return {
        "label": HitOutcome(outcome).label,
        "sentence": OUTCOME_SENTENCES[outcome],
        "badge": badge_of(outcome),
    }


def _texts(found: Hit) -> list[tuple[str, str, str]]:
    """Return what strangers wrote, made visible, with an address where it may be a link."""
    page = found.payload.get("url")
    texts = (
        ("page", page if isinstance(page, str) else ""),
        ("referrer", found.referrer),
        ("browser", found.user_agent),
    )
    return [(name, visible(text), web_address(text) if name != "browser" else "") for name, text in texts if text]


def _tail(membership: Membership, source: Pixel | SourceKey) -> dict[str, Any]:
    """Gather the live part of an install page."""
    now = timezone.now()
    tail = read_tail(membership, source.key, now)
    lines = [
        {
            "hit": each,
            "ago": ago(each.received_at, now),
            "event": event_of(each),
            "page": visible(str(each.payload.get("url") or each.payload.get("order_ref") or ""))[:160],
            "outcome": _outcome(each.outcome),
        }
        for each in tail.hits
    ]
    refused = sum(count for outcome, count in tail.today.items() if outcome != HitOutcome.ACCEPTED)
    newest_order = tail.last_order
    return {
        "source": source,
        "tail": tail,
        "lines": lines,
        "seen": ago(tail.newest.received_at, now) if tail.newest else "",
        "is_live": tail.newest is not None and (now - tail.newest.received_at).total_seconds() < 60,
        "today": [(_outcome(key), count) for key, count in sorted(tail.today.items(), key=lambda one: -one[1])],
        "refused": refused,
        "order_here": (newest_order, ago(newest_order.received_at, now)) if newest_order else None,
        "last": last_order(membership, source.shop),
        "now": now,
    }
