"""How shares of the work are shown."""

from django import template

from kolhub.templatetags.kolhub import NOTHING, percent

register = template.Library()


@register.filter
def bps(share: int | None) -> str:
    """Write hundredths of a percent as a percentage: 1250 is 12.5%."""
    return NOTHING if share is None else percent(share / 10_000, 2)
