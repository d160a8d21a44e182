"""How verdicts are shown."""

from django import template

from campaigns.wording.reviews import VERDICTS

register = template.Library()


@register.filter
def verdict_label(verdict: str) -> str:
    """Name a verdict in the reader's language."""
    return str(VERDICTS.get(verdict, verdict))
