"""How verdicts, severities and surfaces are named."""

from django import template

from campaigns.compliance.wording import REASONS, VERDICTS, WHERE
from campaigns.wording.reviews import CERTAINTIES, SEVERITIES, SURFACES

register = template.Library()


@register.filter
def verdict_label(verdict: str) -> str:
    """Name a verdict in the reader's language."""
    return str(VERDICTS.get(verdict, verdict))


@register.filter
def reason_label(reason: str) -> str:
    """Say the reason of a verdict in the reader's language."""
    return str(REASONS.get(reason, reason))


@register.filter
def where_label(where: str) -> str:
    """Say in the reader's language where a label goes."""
    return str(WHERE.get(where, where))


@register.filter
def severity_label(severity: str) -> str:
    """Name a severity in the reader's language."""
    return str(SEVERITIES.get(severity, severity))


@register.filter
def certainty_label(certainty: str) -> str:
    """Name how certain a rule is in the reader's language."""
    return str(CERTAINTIES.get(certainty, certainty))


@register.filter
def surface_label(surface: str) -> str:
    """Name a part of a post (`overlay[0]`) in the reader's language."""
    name, _bracket, number = surface.partition("[")
    label = str(SURFACES.get(name, name))
    return f"{label} {int(number.rstrip(']')) + 1}" if number.rstrip("]").isdecimal() else label
