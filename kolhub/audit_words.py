"""The audit trail in words: verbs, subjects and details of the hub; each wing brings its own as `audit_words`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kolhub.models import AuditEvent, Contact, Organization, Role
from kolhub.templatetags.kolhub import NOTHING, money, percent
from kolhub.wings import told

Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditWords:
    """What one wing writes into the trail, in words.

    `verbs` by verb, `subjects` by model name, `details` by the key of the event's data, `values` by (verb or "", key).
    """

    verbs: Words = field(default_factory=dict)
    subjects: Words = field(default_factory=dict)
    details: Words = field(default_factory=dict)
    values: Mapping[tuple[str, str], Words] = field(default_factory=dict)


WORDS = AuditWords(
    verbs={
        "organization.founded": _("Organization founded"),
        "organization.changed": _("Settings changed"),
        "member.role": _("Role changed"),
        "member.ended": _("Membership ended"),
        "invitation.sent": _("Invitation made"),
        "invitation.accepted": _("Invitation accepted"),
        "invitation.revoked": _("Invitation revoked"),
        "token.issued": _("API token issued"),
        "token.revoked": _("API token revoked"),
        "sharing.granted": _("Creators shared"),
        "sharing.ended": _("Sharing ended"),
        "creator.add": _("Creator added"),
        "creator.change": _("Creator changed"),
        "creator.remove": _("Creator removed"),
        "creator.profile": _("Profile saved"),
        "creator.profile_removed": _("Profile removed"),
        "creator.price": _("Price written down"),
        "creator.price_removed": _("Price removed"),
        "creator.credential": _("Credential changed"),
        "creator.do_not_contact": _("Do not contact"),
        "creator.tag": _("Tagged"),
        "creator.untag": _("Tag taken off"),
        "segment.save": _("Segment saved"),
        "segment.delete": _("Segment deleted"),
        "roster.receive": _("Roster uploaded"),
        "roster.confirm": _("Roster confirmed"),
        "roster.cancel": _("Roster given up"),
        "roster.apply": _("Roster imported"),
    },
    subjects={
        "organization": _("Organization"),
        "membership": _("Member"),
        "invitation": _("Invitation"),
        "apitoken": _("API token"),
        "sharinggrant": _("Sharing"),
        "creator": _("Creator"),
        "profile": _("Profile"),
        "segment": _("Segment"),
        "rosterimport": _("Roster"),
    },
    details={
        "after": _("now"),
        "before": _("was"),
        "name": _("Name"),
        "email": _("E-mail"),
        "role": _("Role"),
        "kind": _("Kind"),
        "reason": _("Reason"),
        "creator": _("Creator"),
        "profile": _("Profile"),
        "tag": _("Tag"),
        "count": _("Quantity"),
        "filename": _("File"),
        "format": _("File format"),
        "accepted": _("Accepted"),
        "refused": _("Refused"),
        "added": _("added"),
        "updated": _("updated"),
        "unchanged": _("unchanged"),
        "days": _("Days"),
        "at": _("Time"),
        "fields": _("Fields"),
        "currency": _("Currency"),
        "starts_at": _("From"),
        "ends_at": _("Until"),
        "includes_contacts": _("With contacts"),
        "timezone": _("Time zone"),
        "on": _("On"),
        "is_on": _("On"),
        "owner": _("In charge"),
    },
    values={
        ("", "role"): dict(Role.choices),
        ("organization.founded", "kind"): dict(Organization.Kind.choices),
        ("member.role", "before"): dict(Role.choices),
        ("member.role", "after"): dict(Role.choices),
        ("", "contact"): dict(Contact.Kind.choices),
    },
)


def verb_in_words(verb: str) -> str:
    """Return a verb in the reader's language; the verb itself where no wing names it."""
    return str(next((words.verbs[verb] for words in told("audit_words") if verb in words.verbs), verb))


def subject_in_words(subject: str) -> str:
    """Return `collaboration:13` as "Collaboration 13" in the reader's language."""
    model, _colon, number = subject.partition(":")
    named = next((words.subjects[model] for words in told("audit_words") if model in words.subjects), model)
    return f"{named} {number}".strip()


def details_in_words(event: AuditEvent) -> Iterator[tuple[str, str]]:
    """Yield (label, value) of the event's data in the reader's language; keys and values that nobody names stay."""
    wings = told("audit_words")
    for key, value in event.data.items():
        label = next((words.details[key] for words in wings if key in words.details), key)
        yield str(label), _value(event, key, value, wings)


def _value(event: AuditEvent, key: str, value: Any, wings: list[AuditWords]) -> str:
    if value is None or value == "":
        return NOTHING
    if key == "sha256":
        return f"{str(value)[:12]}…"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_value(event, key, one, wings)}" for name, one in value.items())
    if key == "at" or key.endswith("_at"):
        return str(value)[:16].replace("T", " ")
    if key.endswith("_minor") and event.data.get("currency"):
        return money(value, event.data["currency"])
    if key.endswith("_bps"):
        return percent(value / 10_000, 2)
    if isinstance(value, list):
        return ", ".join(_value(event, key, one, wings) for one in value) or NOTHING
    for words in wings:
        for place in ((event.verb, key), ("", key)):
            if str(value) in words.values.get(place, {}):
                return str(words.values[place][str(value)])
        if key == "fields" and str(value) in words.details:
            return str(words.details[str(value)])
    return str(value)
