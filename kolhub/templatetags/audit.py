"""How events of the audit trail are shown: `{% load audit %}`."""

from django import template

from kolhub import audit_words
from kolhub.models import AuditEvent

register = template.Library()


@register.filter
def event_label(event: AuditEvent) -> str:
    """Name what was done."""
    return audit_words.verb_in_words(event.verb)


@register.filter
def event_subject(event: AuditEvent) -> str:
    """Name what it was done to."""
    return audit_words.subject_in_words(event.subject)


@register.filter
def event_details(event: AuditEvent) -> list[tuple[str, str]]:
    """Name the details with their values."""
    return list(audit_words.details_in_words(event))
