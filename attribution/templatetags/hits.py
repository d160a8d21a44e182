"""Filters for what strangers wrote: `{% load hits %}`."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from attribution import hit_wording
from attribution.models import HitKind

register = template.Library()


@register.filter
def visible(text: object) -> str:
    """Write hidden characters out: controls, bidi marks and the like."""
    return hit_wording.visible(str(text))


@register.filter
def ago(moment: datetime | None) -> str:
    """Say how long ago it was, to the second while that matters."""
    return hit_wording.ago(moment, timezone.now())


@register.filter
def told_by_label(told_by: str) -> Any:
    """Name who told of an order: the family of a shop's webhooks (`orders`, `refunds`) or a door."""
    return _("webhook of the shop") if told_by in {"orders", "refunds"} else door_label(told_by)


@register.filter
def consent_label(consent: str) -> str:
    """Name what the visitor said about being measured."""
    return str(hit_wording.CONSENTS.get(consent, consent))


@register.filter
def door_label(kind: str) -> Any:
    """Name a door."""
    return dict(HitKind.choices).get(kind, kind)
