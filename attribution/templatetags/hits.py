"""Filters for what strangers wrote: `{% load hits %}`."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

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
def door_label(kind: str) -> Any:
    """Name a door."""
    return dict(HitKind.choices).get(kind, kind)
