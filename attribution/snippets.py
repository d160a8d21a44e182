"""Code to paste into a shop, with the brand's own keys in it. Every snippet is a template that tests run."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from attribution.models import Pixel, SourceKey


@dataclass(frozen=True)
class Snippet:
    """One text to copy: `place` says where it goes."""

    key: str
    label: Any
    place: Any
    code: str


_PIXEL = (
    ("plain.html", _("Any website"), _("Into the <head> of every page.")),
    (
        "gtm.html",
        "Google Tag Manager",
        _("A new tag of the kind “Custom HTML”, fired on “Initialization – All Pages”."),
    ),
    (
        "shopify.js",
        "Shopify",
        _("Settings › Customer events › Add custom pixel. Paste, save, connect. Orders come by the webhook."),
    ),
    (
        "woocommerce.php",
        "WooCommerce",
        _("Into a small plug-in, or the functions.php of your child theme. Orders come from the same code."),
    ),
)
_S2S = (
    (
        "s2s.sh",
        "curl + openssl",
        _("One order from a shell, to try it out. It counts: cancel it afterwards with the type “cancellation”."),
    ),
    ("s2s.py", "Python", _("Standard library only. Send the same webhook-id again after a failure.")),
)


def pixel_snippets(pixel: Pixel) -> list[Snippet]:
    """Return what makes a shop's pages report visits."""
    return [Snippet(name.split(".")[0], label, place, _filled(name, pixel.key)) for name, label, place in _PIXEL]


def source_snippets(key: SourceKey) -> list[Snippet]:
    """Return what makes a machine post orders."""
    if key.kind == SourceKey.Kind.SHOPIFY:
        return []
    return [Snippet(name.replace(".", "-"), label, place, _filled(name, key.key)) for name, label, place in _S2S]


def webhook_url(key: SourceKey) -> str:
    """Return the address that Shopify posts to."""
    return f"{settings.COLLECTOR_URL}/hooks/shopify/{key.key}"


def _filled(name: str, key: str) -> str:
    context = {"collector": settings.COLLECTOR_URL, "key": key}
    return render_to_string(f"attribution/snippets/{name}", context).strip() + "\n"
