"""Understand one stored hit: whose it is, which touch it makes, which order or refund it tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attribution.collector.orders import OrderFact, RefundFact
from attribution.collector.outcomes import Kind

# Whose word on an order's amounts counts more.
RANKS: Final = {Kind.SHOPIFY: 2, Kind.S2S: 1, Kind.EVENT: 0, Kind.PIXEL: 0}


@dataclass(frozen=True, slots=True)
class StoredHit:
    """The columns of a hit that settling reads."""

    id: UUID
    kind: str
    shop_id: int | None
    link_id: int | None
    link_version: int | None
    received_at: datetime
    visitor: str
    click_id: UUID | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hit says. `keys` all name one person; `order` and `refunds` belong to the hit's shop."""

    hit: StoredHit
    keys: tuple[str, ...] = ()
    is_click: bool = False
    is_visit: bool = False
    order: OrderFact | None = None
    refunds: tuple[RefundFact, ...] = field(default=())


def order_key(shop_id: int, reference: str) -> str:
    """Name the person behind an order by the order: it always has one, known otherwise or not."""
    if len(reference) > 80:
        reference = hashlib.sha256(reference.encode()).hexdigest()
    return f"order:{shop_id}:{reference}"


def understand(hit: StoredHit) -> Facts:
    """Say what a stored hit means. Raises ValueError or KeyError where its payload is none of ours."""
    kind = Kind(hit.kind)
    if kind is Kind.CLICK:
        return Facts(hit, keys=(f"click:{hit.id}",), is_click=True)
    payload = hit.payload
    keys = []
    if hit.visitor:
        keys.append(f"visitor:{hit.visitor}")
    if hit.click_id:
        keys.append(f"click:{hit.click_id}")
    customers = payload.get("customers") or ([payload["customer"]] if payload.get("customer") else [])
    keys += [f"customer:{name}" for name in customers]
    if kind in (Kind.PIXEL, Kind.EVENT):
        return _of_a_browser(hit, keys)
    return _of_a_machine(hit, keys)


def _of_a_browser(hit: StoredHit, keys: list[str]) -> Facts:
    """A purchase is evidence of an order; everything else is a visit, a direct one where no click led to it."""
    reference = hit.payload.get("order_ref")
    if hit.payload.get("name") != "purchase":
        return Facts(hit, tuple(keys), is_visit=hit.click_id is None)
    if not reference or hit.shop_id is None:
        return Facts(hit, tuple(keys))
    fact = OrderFact(
        shop_id=hit.shop_id,
        reference=reference,
        hit_id=hit.id,
        rank=RANKS[Kind(hit.kind)],
        source=hit.kind,
        received_at=hit.received_at,
        at=hit.received_at,
        as_of=hit.received_at,
    )
    return Facts(hit, (*keys, order_key(hit.shop_id, reference)), order=fact)


def _of_a_machine(hit: StoredHit, keys: list[str]) -> Facts:
    payload, shop_id = hit.payload, hit.shop_id
    if shop_id is None or payload.get("type") not in ("order", "cancellation", "refund"):
        return Facts(hit)
    reference = payload["order_ref"]
    at = datetime.fromisoformat(payload["at"])
    if payload["type"] == "refund":
        return Facts(hit, refunds=(_refund(hit, payload, at),))
    is_order = payload["type"] == "order"
    fact = OrderFact(
        shop_id=shop_id,
        reference=reference,
        hit_id=hit.id,
        rank=RANKS[Kind(hit.kind)],
        source=payload.get("topic") or f"{hit.kind}/{payload['type']}",
        received_at=hit.received_at,
        at=at,
        as_of=datetime.fromisoformat(payload["as_of"]) if payload.get("as_of") else at,
        has_amounts=is_order,
        state=payload.get("state", "counted") if is_order else "cancelled",
        kind=payload.get("kind", "order"),
        currency=payload.get("currency", ""),
        gross=payload.get("gross", 0),
        discount=payload.get("discount", 0),
        shipping=payload.get("shipping", 0),
        tax=payload.get("tax", 0),
        net=payload.get("net", 0),
        coupons=tuple(payload.get("coupons", ())),
        is_new_customer=payload.get("new_customer"),
        are_taxes_included=bool(payload.get("taxes_included")),
    )
    refunds = tuple(_refund(hit, one, datetime.fromisoformat(one["at"])) for one in payload.get("refunds", ()))
    return Facts(hit, (*keys, order_key(shop_id, reference)), order=fact, refunds=refunds)


def _refund(hit: StoredHit, payload: Mapping[str, Any], at: datetime) -> RefundFact:
    assert hit.shop_id is not None
    return RefundFact(
        shop_id=hit.shop_id,
        order_reference=payload["order_ref"],
        reference=payload["refund_ref"],
        hit_id=hit.id,
        received_at=hit.received_at,
        at=at,
        currency=payload["currency"],
        amount=payload["amount"],
        tax=payload.get("tax", 0),
    )
