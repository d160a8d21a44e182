"""The codes of orders become touches of the creators who gave them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from attribution.collector.orders import Order, OrderFact
from attribution.collector.settle.stale import Changes
from attribution.models import Conversion, Touch
from campaigns.models import Coupon
from campaigns.models.promotion import canonical_code


def settle_coupons(
    organization_id: int,
    orders: Sequence[tuple[Conversion, Order, Sequence[OrderFact]]],
    changes: Changes,
) -> None:
    """Make the coupon touches of these orders what their codes say: at the order's time, one per coupon.

    Who a code belongs to is decided by its interval at the time of the order, as it stands now: orders come by here
    again when a code's interval changes (migration 0004). A code that nobody owns makes no touch; the order keeps it,
    so that its credit can say so.
    """
    codes = {canonical_code(code) for _conversion, order, _facts in orders for code in order.coupons}
    coupons = _coupons(organization_id, codes)
    evidence = {fact.hit_id: conversion.pk for conversion, _order, facts in orders for fact in facts}
    stored: dict[int, list[Touch]] = {}
    for touch in Touch.objects.filter(
        organization_id=organization_id, kind=Touch.Kind.COUPON, hit_id__in=list(evidence)
    ):
        stored.setdefault(evidence[touch.hit_id], []).append(touch)
    added: list[Touch] = []
    gone: list[int] = []
    for conversion, order, _facts in orders:
        wanted = {_content(touch): touch for touch in _touches(conversion, order, coupons)}
        for touch in stored.get(conversion.pk, ()):
            if wanted.pop(_content(touch), None) is None:
                gone.append(touch.pk)
                changes.person(touch.person_id, touch.at)
        for touch in wanted.values():
            added.append(touch)
            changes.person(touch.person_id, touch.at)
    Touch.objects.filter(pk__in=gone).delete()
    Touch.objects.bulk_create(added)


def _coupons(organization_id: int, codes: set[str]) -> dict[tuple[int, str], list[Coupon]]:
    found: dict[tuple[int, str], list[Coupon]] = {}
    if codes:
        rows = Coupon.objects.filter(organization_id=organization_id, code_key__in=codes).order_by("valid_from", "id")
        for coupon in rows:
            found.setdefault((coupon.brand_id, coupon.code_key), []).append(coupon)
    return found


def _touches(conversion: Conversion, order: Order, coupons: dict[tuple[int, str], list[Coupon]]) -> Iterable[Touch]:
    for code in dict.fromkeys(canonical_code(code) for code in order.coupons):
        coupon = _owner(coupons.get((conversion.brand_id, code), ()), order.at)
        if coupon is None or conversion.person_id is None or order.coupon_hit is None:
            continue
        is_valid = coupon.valid_from <= order.at and (coupon.valid_until is None or order.at < coupon.valid_until)
        yield Touch(
            organization_id=conversion.organization_id,
            brand_id=conversion.brand_id,
            person_id=conversion.person_id,
            hit_id=order.coupon_hit,
            kind=Touch.Kind.COUPON,
            refusal=Touch.Refusal.NONE if is_valid else Touch.Refusal.COUPON_EXPIRED,
            at=order.at,
            collaboration_id=coupon.collaboration_id,
            coupon=coupon,
        )


def _owner(coupons: Sequence[Coupon], at: datetime) -> Coupon | None:
    """Return whose code it was: the last one whose interval had begun, else the first one ever."""
    begun = [coupon for coupon in coupons if coupon.valid_from <= at]
    return begun[-1] if begun else next(iter(coupons), None)


def _content(touch: Touch) -> tuple[int, UUID, str, datetime, int | None, int | None]:
    return touch.person_id, touch.hit_id, touch.refusal, touch.at, touch.collaboration_id, touch.coupon_id
