"""How shares and events of the work are shown."""

from django import template

from campaigns.wording.history import EVENTS
from kolhub.templatetags.kolhub import NOTHING, percent

register = template.Library()


@register.filter
def bps(share: int | None) -> str:
    """Write hundredths of a percent as a percentage: 1250 is 12.5%."""
    return NOTHING if share is None else percent(share / 10_000, 2)


@register.filter
def event_label(verb: str) -> str:
    """Name an audit event in the reader's language."""
    return str(EVENTS.get(verb, verb))
