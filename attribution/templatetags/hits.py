"""Filters for what strangers wrote: `{% load hits %}`."""

from django import template

from attribution import hit_wording

register = template.Library()


@register.filter
def visible(text: object) -> str:
    """Write hidden characters out: controls, bidi marks and the like."""
    return hit_wording.visible(str(text))
