"""What all reports of one order together say: the same, in whatever order they came in. Money in minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One report of an order. A pixel's purchase and a cancellation carry no amounts."""

    shop_id: int
    reference: str
    hit_id: UUID
    rank: int
    source: str
    received_at: datetime
    at: datetime
    # How fresh the report is: an amended order is reported again.
    as_of: datetime
    has_amounts: bool = False
    state: str = "pending"
    kind: str = "order"
    currency: str = ""
    gross: int = 0
    discount: int = 0
    shipping: int = 0
    tax: int = 0
    net: int = 0
    coupons: tuple[str, ...] = ()
    is_new_customer: bool | None = None
    are_taxes_included: bool = False


@dataclass(frozen=True, slots=True)
class RefundFact:
    """One refund. `amount` is the net part, with `tax` in it where the order's prices include tax."""

    shop_id: int
    order_reference: str
    reference: str
    hit_id: UUID
    received_at: datetime
    at: datetime
    currency: str
    amount: int
    tax: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What an order comes to."""

    kind: str
    state: str
    at: datetime
    currency: str
    gross: int
    discount: int
    shipping: int
    tax: int
    net: int
    coupons: tuple[str, ...]
    # The report that the coupons were read from.
    coupon_hit: UUID | None
    is_new_customer: bool | None
    are_taxes_included: bool


def fold(facts: Iterable[OrderFact], currency: str) -> Order:
    """Join the reports of one order; `currency` is the shop's, for orders nobody has told the amount of.

    Amounts come from the best kind of source, and there from the freshest report; the time is that of its first
    report. A test stays a test and a cancellation is final. A cancelled order is worth nothing.
    """
    reports = sorted(facts, key=lambda fact: (fact.rank, fact.as_of, fact.received_at, fact.hit_id), reverse=True)
    told = [fact for fact in reports if fact.has_amounts]
    best = told[0] if told else reports[0]
    same_rank = [fact for fact in told if fact.rank == best.rank] or reports
    coupon = next((fact for fact in reports if fact.coupons), None)
    state = _state({fact.state for fact in reports})
    return Order(
        kind=best.kind,
        state=state,
        at=min(fact.at for fact in same_rank),
        currency=best.currency or currency,
        gross=best.gross,
        discount=best.discount,
        shipping=best.shipping,
        tax=best.tax,
        net=0 if state == "cancelled" else best.net,
        coupons=coupon.coupons if coupon else (),
        coupon_hit=coupon.hit_id if coupon else None,
        is_new_customer=next((fact.is_new_customer for fact in reports if fact.is_new_customer is not None), None),
        are_taxes_included=best.are_taxes_included,
    )


def _state(states: set[str]) -> str:
    for state in ("test", "cancelled", "counted"):
        if state in states:
            return state
    return "pending"


def capped(refunds: Sequence[RefundFact], net: int, are_taxes_included: bool) -> dict[str, int]:
    """Return what each refund takes away from net revenue, by reference, oldest first.

    Together never more than the order's net: shipping, tax and goodwill were never part of it. Nothing, therefore,
    for a cancelled order.
    """
    left = net
    taken = {}
    for refund in sorted(refunds, key=lambda one: (one.at, one.reference)):
        asked = refund.amount - (refund.tax if are_taxes_included else 0)
        taken[refund.reference] = min(max(asked, 0), left)
        left -= taken[refund.reference]
    return taken
