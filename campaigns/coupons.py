"""Coupons of collaborations: made from the creator's name, ended, handed over from a moment on."""

from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from campaigns.destinations import coupon_candidates
from campaigns.models import Collaboration, Coupon, canonical_code
from campaigns.terms import Terms, TermsError
from kolhub.models import AuditEvent, User


def make(collaboration: Collaboration, terms: Terms) -> Coupon:
    """Make the creator's code, valid from the first day of the terms until the campaign's last day (UTC)."""
    starts = datetime.combine(terms.starts_on, time(), UTC)
    ends_on = collaboration.campaign.ends_on
    ends = datetime.combine(ends_on + timedelta(days=1), time(), UTC) if ends_on else None
    if terms.coupon_code:
        coupon = _store(collaboration, terms.coupon_code, terms.discount_bps, starts, ends)
        if coupon is None:
            raise TermsError("coupon_code", "code_taken", code=terms.coupon_code)
        return coupon
    for code in coupon_candidates(collaboration.creator_name, collaboration.handle, terms.discount_bps):
        coupon = _store(collaboration, code, terms.discount_bps, starts, ends)
        if coupon is not None:
            return coupon
    raise TermsError("coupon_code", "no_code_left")


def _store(
    collaboration: Collaboration, code: str, discount_bps: int, starts: datetime, ends: datetime | None
) -> Coupon | None:
    """Store the coupon, or return None where the code belongs to somebody else in that time."""
    brand = collaboration.campaign.brand
    key = canonical_code(code)
    overlapping = Coupon.objects.filter(Q(valid_until=None) | Q(valid_until__gt=starts), brand=brand, code_key=key)
    if ends is not None:
        overlapping = overlapping.filter(valid_from__lt=ends)
    if overlapping.exists():
        return None
    try:
        with transaction.atomic():  # somebody else may take the code between the look and the insert
            return Coupon.objects.create(
                organization_id=collaboration.organization_id,
                agency_organization_id=collaboration.agency_organization_id,
                brand=brand,
                collaboration=collaboration,
                code=code,
                code_key=key,
                discount_bps=discount_bps,
                valid_from=starts,
                valid_until=ends,
            )
    except IntegrityError:
        return None


@transaction.atomic
def end(coupon: Coupon, at: datetime, actor: User) -> None:
    """Let the code end at a moment. Raises TermsError where that is before its start or somebody has it by then."""
    try:
        with transaction.atomic():
            coupon.end(at)
    except ValueError as trouble:
        raise TermsError("at", str(trouble)) from None
    except IntegrityError:
        raise TermsError("at", "code_taken", code=coupon.code) from None
    AuditEvent.record(coupon.organization_id, actor, "coupon.end", coupon, code=coupon.code, at=at)


@transaction.atomic
def hand_over(coupon: Coupon, to: Collaboration, at: datetime, actor: User) -> Coupon:
    """End the code at a moment and give it to another creator from that moment on.

    Orders before `at` stay with the first creator. Raises TermsError.
    """
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if to.pk == coupon.collaboration_id:
        raise TermsError("to", "same_creator")
    until = coupon.valid_until
    if until is not None and until <= at:
        raise TermsError("at", "already_ended")
    try:
        coupon.end(at)
    except ValueError as trouble:
        raise TermsError("at", str(trouble)) from None
    new = _store(to, coupon.code, coupon.discount_bps, at, until)
    if new is None:
        raise TermsError("to", "code_taken", code=coupon.code)
    AuditEvent.record(
        coupon.organization_id, actor, "coupon.reassign", coupon, code=coupon.code, to=to.creator_name, at=at
    )
    return new
