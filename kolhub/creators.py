"""What people do with creators by hand: add, change, tag, delete, write contacts and prices down.

Each function works in the caller's transaction, checks what must hold whoever calls, and writes the audit trail.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Func, ProtectedError, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from kolhub.models import (
    AuditEvent,
    Contact,
    Creator,
    Credential,
    DoNotContact,
    Membership,
    Profile,
    ProfileSnapshot,
    Provenance,
    RateCard,
)
from kolhub.platforms import find_platform
from kolhub.roster.upsert import METRICS, refresh

BY_HAND = "entered by hand"
MOST_TAGS = 30
MOST_AT_ONCE = 10_000
_BATCH = 500


class Refused(Exception):
    """A rule stands against it; the message is a sentence for the person who tried."""


IN_USE = _("This creator takes part in a collaboration and cannot be deleted. What was agreed must stay readable.")
PROFILE_TAKEN = _("Your organization has this profile already: %(name)s.")
REFERENCE_TAKEN = _("Another creator has this number already.")
CONTACT_TAKEN = _("This contact is already there.")
CREDENTIAL_TAKEN = _("This number is already there.")
TOO_MANY = _("At most %(most)s creators at once. Narrow the filter.")


def add(by: Membership, person: Mapping[str, Any], profiles: Sequence[Mapping[str, Any]] = ()) -> Creator:
    """Store a creator with its profiles (fields of Profile, with `taken_on` and `source` for its metrics)."""
    _check_reference(by, person, None)
    # All of it or nothing: a profile that is taken must not leave its creator behind.
    with transaction.atomic():
        creator = Creator.objects.create(organization_id=by.organization_id, **person)
        for profile in profiles:
            _store_profile(Profile(organization_id=by.organization_id, creator=creator), profile)
    refresh([creator.pk])
    AuditEvent.record(by.organization_id, by.user, "creator.add", creator, name=creator.name)
    creator.refresh_from_db()
    return creator


def change(by: Membership, creator: Creator, person: Mapping[str, Any]) -> None:
    """Store new values of an own creator."""
    _check_reference(by, person, creator)
    changed = sorted(name for name, value in person.items() if getattr(creator, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(creator, name, person[name])
    creator.save(update_fields=[*changed, "updated_at"])
    refresh([creator.pk])
    AuditEvent.record(by.organization_id, by.user, "creator.change", creator, fields=changed)


def _check_reference(by: Membership, person: Mapping[str, Any], creator: Creator | None) -> None:
    if reference := person.get("external_ref"):
        same = Creator.objects.filter(organization_id=by.organization_id, external_ref=reference)
        if same.exclude(pk=creator.pk if creator else None).exists():
            raise Refused(REFERENCE_TAKEN)


def put_profile(by: Membership, profile: Profile, values: Mapping[str, Any]) -> Profile:
    """Store a new or changed profile of an own creator; its metrics are also kept as that day's snapshot."""
    _store_profile(profile, values)
    refresh([profile.creator_id])
    AuditEvent.record(
        by.organization_id, by.user, "creator.profile", f"creator:{profile.creator_id}", profile=str(profile)
    )
    return profile


def _store_profile(profile: Profile, values: Mapping[str, Any]) -> None:
    told = dict(values)
    taken_on: date | None = told.pop("taken_on", None)
    source = told.pop("source", "") or BY_HAND
    for name, value in told.items():
        setattr(profile, name, value)
    same = Profile.objects.filter(
        organization_id=profile.organization_id, platform=profile.platform, handle=profile.handle
    )
    if other := same.exclude(pk=profile.pk).select_related("creator").first():
        raise Refused(PROFILE_TAKEN % {"name": other.creator.name})
    if not profile.url:
        profile.url = find_platform(profile.platform).profile_url(profile.handle) or ""
    metrics = {name: getattr(profile, name) for name in METRICS if getattr(profile, name) is not None}
    if metrics and taken_on is not None:
        profile.metrics_on, profile.metrics_source = taken_on, source
        profile.provenance = Provenance.CLAIMED
    profile.save()
    if metrics and taken_on is not None:
        ProfileSnapshot.objects.update_or_create(
            profile=profile,
            taken_on=taken_on,
            source=source,
            defaults={
                "organization_id": profile.organization_id,
                "provenance": Provenance.CLAIMED,
                **{name: metrics.get(name) for name in METRICS},
            },
        )


def remove_profile(by: Membership, profile: Profile) -> None:
    """Delete a profile with its history. Raises Refused where something depends on it."""
    creator_id, name = profile.creator_id, str(profile)
    _delete(profile)
    refresh([creator_id])
    AuditEvent.record(by.organization_id, by.user, "creator.profile_removed", f"creator:{creator_id}", profile=name)


def remove(by: Membership, creator: Creator) -> None:
    """Delete a creator with all that belongs to it. Raises Refused while a collaboration needs it."""
    subject, name = f"creator:{creator.pk}", creator.name
    _delete(creator)
    AuditEvent.record(by.organization_id, by.user, "creator.remove", subject, name=name)


def _delete(record: Creator | Profile) -> None:
    """Delete the record, unless rows refer to it, including those of brands, which this organization cannot see."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            record.delete()
            # What Django could not find for lack of sight, the foreign keys find: now, not at the commit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (ProtectedError, IntegrityError) as reason:
        raise Refused(IN_USE) from reason


def tag(by: Membership, creators: QuerySet[Creator], word: str, *, take_off: bool = False) -> int:
    """Put a tag on the own creators among these, or take it off; return how many changed."""
    own = creators.filter(organization_id=by.organization_id).order_by()
    own = own.filter(tags__contains=[word]) if take_off else own.exclude(tags__contains=[word])
    ids = list(own.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(ids) > MOST_AT_ONCE:
        raise Refused(TOO_MANY % {"most": MOST_AT_ONCE})
    function = "array_remove" if take_off else "array_append"
    for at in range(0, len(ids), _BATCH):
        batch = Creator.objects.filter(pk__in=ids[at : at + _BATCH])
        if not take_off:
            batch = batch.filter(tags__len__lt=MOST_TAGS) | batch.filter(tags=[])
        batch.update(tags=Func(F("tags"), Value(word), function=function))
        refresh(ids[at : at + _BATCH])
    if ids:
        verb = "creator.untag" if take_off else "creator.tag"
        AuditEvent.record(by.organization_id, by.user, verb, "creators", tag=word, count=len(ids))
    return len(ids)


def put_price(by: Membership, profile: Profile, values: Mapping[str, Any]) -> RateCard:
    """Store a price of a profile; the same format on the same day is corrected, not doubled."""
    told = dict(values)
    told["source"] = told.get("source") or BY_HAND
    keys = {"profile": profile, "format": told.pop("format"), "quoted_on": told.pop("quoted_on")}
    card, _new = RateCard.objects.update_or_create(
        **keys, defaults={"organization_id": profile.organization_id, **told}
    )
    AuditEvent.record(by.organization_id, by.user, "creator.price", f"creator:{profile.creator_id}", format=card.format)
    return card


def remove_price(by: Membership, card: RateCard) -> None:
    """Delete a price that was written down wrongly."""
    subject = f"creator:{card.profile.creator_id}"
    AuditEvent.record(by.organization_id, by.user, "creator.price_removed", subject, format=card.format)
    card.delete()


def put_contact(by: Membership, contact: Contact, creator: Creator) -> None:
    """Store an own contact of a creator, own or shared."""
    contact.organization_id = by.organization_id
    contact.creator, contact.creator_organization_id = creator, creator.organization_id
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError as reason:
        raise Refused(CONTACT_TAKEN) from reason


def put_credential(by: Membership, credential: Credential, creator: Creator) -> None:
    """Store a credential of an own creator."""
    credential.organization_id, credential.creator = by.organization_id, creator
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError as reason:
        raise Refused(CREDENTIAL_TAKEN) from reason
    AuditEvent.record(by.organization_id, by.user, "creator.credential", creator, kind=credential.kind)


def block(by: Membership, creator: Creator, reason: str) -> None:
    """Put the creator on the organization's do-not-contact list."""
    DoNotContact.objects.update_or_create(
        organization_id=by.organization_id,
        creator=creator,
        defaults={
            "creator_organization_id": creator.organization_id,
            "reason": reason,
            "set_by": by.user,
        },
    )
    AuditEvent.record(by.organization_id, by.user, "creator.do_not_contact", creator, on=True, reason=reason)


def unblock(by: Membership, creator: Creator) -> None:
    """Take the creator off the organization's do-not-contact list."""
    DoNotContact.objects.visible_to(by).filter(creator=creator).delete()
    AuditEvent.record(by.organization_id, by.user, "creator.do_not_contact", creator, on=False, reason="")
