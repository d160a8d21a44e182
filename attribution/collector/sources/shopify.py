"""Shopify's webhooks. https://shopify.dev/docs/api/webhooks and /docs/apps/build/webhooks/subscribe/https"""

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attribution.collector.sources import reading
from attribution.collector.sources.base import Delivery, Event, Malformed, Problem

ORDER_TOPICS: Final = frozenset({"orders/create", "orders/paid", "orders/updated", "orders/cancelled"})
REFUND_TOPIC: Final = "refunds/create"
SIGNED_HEADERS: Final = frozenset({"x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id"})
_WAITING: Final = frozenset({"pending", "authorized", "expired"})


class Shopify:
    """POST /hooks/shopify/<source key>."""

    key = "shopify"

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: float) -> bool:
        """Check the base64 HMAC-SHA256 over the raw bytes. Shopify sends no time that could be checked."""
        if delivery.repeated & SIGNED_HEADERS:
            return False
        given = delivery.headers.get("x-shopify-hmac-sha256", "").encode("latin-1", "replace")
        matches = [
            hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), delivery.raw, "sha256")), given)
            for secret in secrets
        ]
        return any(matches)

    def parse(self, delivery: Delivery, now: float) -> list[Event | Problem]:
        """Read one webhook. Topics that say nothing about money are kept and ignored."""
        headers = delivery.headers
        topic = reading.clean(headers.get("x-shopify-topic", ""), 60)
        webhook = reading.clean(headers.get("x-shopify-webhook-id", ""), 80)
        event = reading.clean(headers.get("x-shopify-event-id", ""), 50) or webhook
        if not webhook and not event:
            return [Problem("X-Shopify-Webhook-Id", "required")]
        names: dict[str, Any] = {
            "event_id": f"{event}:{topic}"[:120],
            "dedupe": webhook or event,
            "content": topic.encode() + b"\n" + delivery.raw,
        }
        try:
            if topic in ORDER_TOPICS or topic == REFUND_TOPIC:
                body = reading.load(delivery.raw)
                if not isinstance(body, dict):
                    raise Malformed("", "not_an_object")
                if topic == REFUND_TOPIC:
                    return [Event(**names, payload=_refund(body, "", ""))]
                return [_order(body, topic, names)]
        except reading.BadJson as problem:
            return [Problem("", str(problem))]
        except Malformed as malformed:
            return [malformed.problem]
        return [Event(**names, payload={"type": "ignored", "topic": topic}, settles=False)]


def _order(body: dict[str, Any], topic: str, names: dict[str, Any]) -> Event:
    code = reading.currency(body.get("currency"), "currency")
    attributes = {
        one.get("name"): one.get("value") for one in _objects(body, "note_attributes", "") if isinstance(one, dict)
    }
    payload = {
        "type": "order",
        "kind": "order",
        "order_ref": _ref(body.get("id"), "id"),
        "name": reading.clean(str(body.get("name") or ""), 60),
        "at": reading.moment(body.get("processed_at") or body.get("created_at"), "created_at", 0, bounded=False),
        "as_of": reading.moment(body.get("updated_at") or body.get("created_at"), "updated_at", 0, bounded=False),
        "currency": code,
        "state": _state(body, topic),
        **_money(body, code),
        "coupons": [
            code_
            for one in _objects(body, "discount_codes", "")
            if (code_ := reading.clean(str(one.get("code") or ""), 80).strip())
        ][:10],
        "new_customer": _is_new(body.get("customer")),
        "refunds": [
            _refund(one, f"refunds[{place}].", code) for place, one in enumerate(_objects(body, "refunds", ""))
        ],
        "topic": topic,
    }
    return Event(
        **names,
        payload=payload,
        visitor=_attribute(attributes, "kolhub_visitor", 64),
        khc=_attribute(attributes, "kolhub_khc", 200),
        customers=tuple(_customers(body)),
    )


def _state(body: Mapping[str, Any], topic: str) -> str:
    status = body.get("financial_status")
    if body.get("test") is True:
        return "test"
    if topic == "orders/cancelled" or body.get("cancelled_at") or status == "voided":
        return "cancelled"
    return "pending" if topic != "orders/paid" and status in _WAITING else "counted"


def _money(body: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Add up the lines. Prices that include tax are freed of it: net revenue is without tax and shipping."""
    gross = discount = included_tax = 0
    lines = []
    has_taxes_included = body.get("taxes_included") is True
    for place, line in enumerate(_objects(body, "line_items", "")):
        path = f"line_items[{place}]."
        quantity = line.get("quantity")
        if type(quantity) is not int or not 0 <= quantity <= 1_000_000:
            raise Malformed(f"{path}quantity", "not_a_whole_number")
        price = reading.amount(line.get("price"), code, f"{path}price", lenient=True)
        gross += quantity * price
        discount += _line_discount(line, path, code)
        if has_taxes_included:
            included_tax += sum(
                reading.amount(tax.get("price", "0"), code, f"{path}tax_lines", lenient=True)
                for tax in _objects(line, "tax_lines", path)
            )
        lines.append((reading.clean(str(line.get("sku") or ""), 80), quantity, price))
    if discount == 0 and not any(line.get("discount_allocations") for line in _objects(body, "line_items", "")):
        discount = min(gross, _optional(body, "total_discounts", code))
    shipping = sum(
        reading.amount(one.get("price", "0"), code, f"shipping_lines[{place}].price", lenient=True)
        for place, one in enumerate(_objects(body, "shipping_lines", ""))
    )
    return {
        "gross": gross,
        "discount": discount,
        "shipping": shipping,
        "tax": _optional(body, "total_tax", code),
        "net": max(0, gross - discount - included_tax),
        "lines": lines,
        "taxes_included": has_taxes_included,
    }


def _line_discount(line: Mapping[str, Any], path: str, code: str) -> int:
    """Return a line's discount: its allocations, or its total where there are none."""
    allocations = list(_objects(line, "discount_allocations", path))
    if allocations:
        return sum(
            reading.amount(one.get("amount"), code, f"{path}discount_allocations", lenient=True) for one in allocations
        )
    return _optional(line, "total_discount", code, path)


def _optional(body: Mapping[str, Any], name: str, code: str, path: str = "") -> int:
    value = body.get(name)
    return 0 if value is None else reading.amount(value, code, f"{path}{name}", lenient=True)


def _refund(body: Mapping[str, Any], path: str, order_currency: str) -> dict[str, Any]:
    """Read a refund: what its lines give back, corrected by what was really paid out beyond or below that.

    A discrepancy is negative where more was paid than the lines say. `tax` is the lines' tax, which is part of
    `amount` where the order's prices include it.
    """
    code = order_currency or _currency_of(body)
    amount = tax = 0
    for place, line in enumerate(_objects(body, "refund_line_items", path)):
        where = f"{path}refund_line_items[{place}]."
        amount += _shop_money(line, "subtotal", code, where)
        tax += _shop_money(line, "total_tax", code, where)
    for place, one in enumerate(_objects(body, "order_adjustments", path)):
        if one.get("kind") != "refund_discrepancy":
            continue
        value = str(one.get("amount", "0"))
        size = reading.amount(value.lstrip("-"), code, f"{path}order_adjustments[{place}].amount", lenient=True)
        amount += size if value.startswith("-") else -size
    return {
        "type": "refund",
        "order_ref": _ref(body.get("order_id"), f"{path}order_id"),
        "refund_ref": _ref(body.get("id"), f"{path}id"),
        "at": reading.moment(body.get("processed_at") or body.get("created_at"), f"{path}created_at", 0, bounded=False),
        "currency": code,
        "amount": max(0, amount),
        "tax": tax,
    }


def _currency_of(body: Mapping[str, Any]) -> str:
    """Find the shop's currency in a refund, which carries it only beside its amounts."""
    places: list[Any] = [body.get("total_duties_set")]
    places += [line.get("subtotal_set") for line in _objects(body, "refund_line_items", "")]
    for one in places:
        if isinstance(one, dict) and isinstance(one.get("shop_money"), dict):
            return reading.currency(one["shop_money"].get("currency_code"), "subtotal_set.shop_money.currency_code")
    for place, paid in enumerate(_objects(body, "transactions", "")):
        return reading.currency(paid.get("currency"), f"transactions[{place}].currency")
    raise Malformed("currency", "required")


def _shop_money(line: Mapping[str, Any], name: str, code: str, path: str) -> int:
    """Prefer the exact text in the shop's currency to the bare number beside it."""
    money = line.get(f"{name}_set")
    if isinstance(money, dict) and isinstance(money.get("shop_money"), dict):
        return reading.amount(money["shop_money"].get("amount"), code, f"{path}{name}_set", lenient=True)
    return reading.amount(line.get(name, "0"), code, f"{path}{name}", lenient=True)


def _ref(value: Any, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip():
        raise Malformed(path, "required")
    return reading.clean(str(value), 120)


def _objects(body: Mapping[str, Any], name: str, path: str) -> Iterator[Any]:
    """Yield the objects of a list field, which may be missing."""
    value = body.get(name) or []
    if not isinstance(value, list) or len(value) > 2000:
        raise Malformed(f"{path}{name}", "not_a_list")
    for place, one in enumerate(value):
        if not isinstance(one, dict):
            raise Malformed(f"{path}{name}[{place}]", "not_an_object")
        yield one


def _attribute(attributes: Mapping[Any, Any], name: str, limit: int) -> str:
    value = attributes.get(name)
    return reading.clean(value, limit).strip() if isinstance(value, str) else ""


def _customers(body: Mapping[str, Any]) -> Iterator[str]:
    """Name the customer by id and by e-mail, so that both lead to one person."""
    customer = body.get("customer")
    if isinstance(customer, dict) and customer.get("id"):
        yield f"shopify:{customer['id']}"
    email = body.get("email") or (customer.get("email") if isinstance(customer, dict) else None)
    if isinstance(email, str) and "@" in email:
        yield email


def _is_new(customer: Any) -> bool | None:
    count = customer.get("orders_count") if isinstance(customer, dict) else None
    return count <= 1 if type(count) is int else None
