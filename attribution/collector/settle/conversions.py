"""Reports of orders become conversions with their evidence, coupon touches and refunds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attribution.collector.orders import Order, OrderFact, RefundFact, capped, fold
from attribution.collector.settle.coupons import settle_coupons
from attribution.collector.settle.stale import Changes
from attribution.collector.understand import Facts, StoredHit, order_key, understand
from attribution.models import Conversion, ConversionEvidence, Hit, Refund, Shop

# Of an order: its shop and its reference.
Key = tuple[int, str]
_FIELDS = (
    "kind", "state", "at", "currency", "gross_minor", "discount_minor", "shipping_minor", "tax_minor", "net_minor",
    "coupon_codes", "is_new_customer", "person_id",
)  # fmt: skip


def settle_orders(organization_id: int, facts: Sequence[Facts], people: Mapping[str, int], changes: Changes) -> None:
    """Store what these hits say of orders and refunds, joined with what was said of them before."""
    new: dict[Key, list[OrderFact]] = {}
    for fact in facts:
        if fact.order is not None:
            new.setdefault((fact.order.shop_id, fact.order.reference), []).append(fact.order)
    refunds = [refund for fact in facts for refund in fact.refunds]
    if not new and not refunds:
        return
    keys = {*new, *((refund.shop_id, refund.order_reference) for refund in refunds)}
    shops = _shops(organization_id, keys)
    known = _conversions(organization_id, keys)
    told = _reports(organization_id, known, new)
    orders = {key: fold(told[key], shops[key[0]].currency) for key in new if key[0] in shops}
    _store(organization_id, orders, known, shops, people, changes)
    _store_evidence(organization_id, new, known)
    _store_refunds(organization_id, refunds, known, told, changes)
    settle_coupons(organization_id, [(known[key], orders[key], told[key]) for key in orders if key in known], changes)


def _shops(organization_id: int, keys: Iterable[Key]) -> dict[int, Shop]:
    return {shop.pk: shop for shop in Shop.objects.filter(organization_id=organization_id, pk__in={k[0] for k in keys})}


def _conversions(organization_id: int, keys: Iterable[Key]) -> dict[Key, Conversion]:
    wanted = set(keys)
    rows = Conversion.objects.filter(organization_id=organization_id, **_among(wanted))
    return {(row.shop_id, row.order_ref): row for row in rows if (row.shop_id, row.order_ref) in wanted}


def _among(keys: Iterable[Key]) -> dict[str, Any]:
    """Return a filter that keeps these orders and few others; with the shop, without which no index helps."""
    shops, references = zip(*keys, strict=True)
    return {"shop_id__in": set(shops), "order_ref__in": set(references)}


def _reports(
    organization_id: int, known: Mapping[Key, Conversion], new: Mapping[Key, list[OrderFact]]
) -> dict[Key, list[OrderFact]]:
    """Gather all reports of each order, those that came before from their hits."""
    by_conversion = {conversion.pk: key for key, conversion in known.items()}
    evidence = ConversionEvidence.objects.filter(organization_id=organization_id, conversion_id__in=by_conversion)
    before = dict(evidence.values_list("hit_id", "conversion_id"))
    told: dict[Key, dict[UUID, OrderFact]] = {key: {one.hit_id: one for one in facts} for key, facts in new.items()}
    for hit in _hits(before):
        fact = understand(hit).order
        if fact is not None:
            told.setdefault(by_conversion[before[hit.id]], {})[fact.hit_id] = fact
    return {key: list(facts.values()) for key, facts in told.items()}


def _hits(ids: Iterable[UUID]) -> list[StoredHit]:
    columns = ("id", "kind", "shop_id", "link_id", "link_version", "received_at", "visitor", "click_id", "payload")
    return [StoredHit(*row) for row in Hit.objects.filter(id__in=list(ids)).values_list(*columns)]


def _store(
    organization_id: int,
    orders: Mapping[Key, Order],
    known: dict[Key, Conversion],
    shops: Mapping[int, Shop],
    people: Mapping[str, int],
    changes: Changes,
) -> None:
    """Create conversions or bring them up to date; `known` is completed."""
    created, updated = [], []
    for key, order in orders.items():
        shop_id, reference = key
        columns = _columns(order, people[order_key(shop_id, reference)])
        conversion = known.get(key)
        if conversion is None:
            conversion = Conversion(
                organization_id=organization_id,
                shop_id=shop_id,
                brand_id=shops[shop_id].brand_id,
                order_ref=reference,
                **columns,
            )
            created.append(conversion)
            known[key] = conversion
        elif any(getattr(conversion, name) != value for name, value in columns.items()):
            for name, value in columns.items():
                setattr(conversion, name, value)
            updated.append(conversion)
    Conversion.objects.bulk_create(created)
    if updated:
        Conversion.objects.bulk_update(updated, _FIELDS)
    changes.conversions.update(conversion.pk for conversion in (*created, *updated))


def _columns(order: Order, person: int) -> dict[str, Any]:
    return {
        "kind": order.kind,
        "state": order.state,
        "at": order.at,
        "currency": order.currency,
        "gross_minor": order.gross,
        "discount_minor": order.discount,
        "shipping_minor": order.shipping,
        "tax_minor": order.tax,
        "net_minor": order.net,
        "coupon_codes": list(order.coupons),
        "is_new_customer": order.is_new_customer,
        "person_id": person,
    }


def _store_evidence(organization_id: int, new: Mapping[Key, list[OrderFact]], known: Mapping[Key, Conversion]) -> None:
    ConversionEvidence.objects.bulk_create(
        [
            ConversionEvidence(
                organization_id=organization_id,
                conversion_id=known[key].pk,
                hit_id=fact.hit_id,
                kind=fact.source[:40],
                at=fact.received_at,
            )
            for key, facts in new.items()
            if key in known
            for fact in facts
        ],
        ignore_conflicts=True,
    )


# ---- refunds ----


def _store_refunds(
    organization_id: int,
    new: Sequence[RefundFact],
    known: Mapping[Key, Conversion],
    told: Mapping[Key, list[OrderFact]],
    changes: Changes,
) -> None:
    """Store refunds, tie them to their orders, and say what each takes away from net revenue.

    One that comes before its order, or in another currency than it, is kept without one and takes nothing away.
    """
    Refund.objects.bulk_create(
        [
            Refund(
                organization_id=organization_id,
                shop_id=refund.shop_id,
                order_ref=refund.order_reference,
                refund_ref=refund.reference,
                amount_minor=refund.amount,
                currency=refund.currency,
                at=refund.at,
                hit_id=refund.hit_id,
            )
            for refund in sorted(new, key=lambda one: (one.received_at, one.hit_id))
        ],
        ignore_conflicts=True,
    )
    by_order: dict[Key, list[Refund]] = {}
    for refund in Refund.objects.filter(organization_id=organization_id, **_among(known)) if known else ():
        by_order.setdefault((refund.shop_id, refund.order_ref), []).append(refund)
    asked = _asked(refund for key in known for refund in by_order.get(key, ()))
    changed = []
    for key, conversion in known.items():
        for refund in _settled(conversion, by_order.get(key, ()), told.get(key, ()), asked):
            changed.append(refund)
            changes.conversions.add(conversion.pk)
    if changed:
        Refund.objects.bulk_update(changed, ["conversion_id", "amount_minor"])


def _asked(refunds: Iterable[Refund]) -> dict[tuple[UUID, str], RefundFact]:
    """Read again what the refunds' hits asked for, by hit and reference; the stored amount may have been capped."""
    hits = {refund.hit_id for refund in refunds}
    return {(fact.hit_id, fact.reference): fact for hit in _hits(hits) for fact in understand(hit).refunds}


def _settled(
    conversion: Conversion,
    refunds: Sequence[Refund],
    told: Sequence[OrderFact],
    asked: Mapping[tuple[UUID, str], RefundFact],
) -> Iterable[Refund]:
    """Yield the refunds of an order whose tie or amount changed."""
    ours = [refund for refund in refunds if refund.currency == conversion.currency]
    are_taxes_included = any(fact.are_taxes_included for fact in told)
    facts = [fact for refund in ours if (fact := asked.get((refund.hit_id, refund.refund_ref)))]
    amounts = capped(facts, conversion.net_minor, are_taxes_included)
    for refund in refunds:
        wanted = conversion.pk if refund in ours else None
        amount = amounts.get(refund.refund_ref, refund.amount_minor)
        if (refund.conversion_id, refund.amount_minor) != (wanted, amount):
            refund.conversion_id, refund.amount_minor = wanted, amount
            yield refund
