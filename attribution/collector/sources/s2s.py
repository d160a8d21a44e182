"""Orders posted by a shop's own server, signed as Standard Webhooks describe.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import contextlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attribution.collector.sources import reading
from attribution.collector.sources.base import Delivery, Event, Malformed, Problem

TOLERANCE_SECONDS: Final = 300
MAX_EVENTS: Final = 1000
MAX_LINES: Final = 500
SIGNED_HEADERS: Final = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature", "kolhub-key"})
_COMMON: Final = frozenset({"type", "order_ref", "occurred_at", "currency", "visitor", "khc", "customer"})
_ORDER: Final = _COMMON | {"lines", "discount", "shipping", "tax", "coupon_codes", "new_customer"}
_FIELDS: Final[dict[str, frozenset[str]]] = {
    "order": _ORDER,
    "lead": _ORDER,
    "install": _ORDER,
    "refund": _COMMON | {"refund_ref", "amount"},
    "cancellation": _COMMON,
}


class S2S:
    """POST /s2s/conversions."""

    key = "s2s"

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: float) -> bool:
        """Check the signature over id.timestamp.body and that the timestamp is within five minutes of now."""
        headers = delivery.headers
        if delivery.repeated & SIGNED_HEADERS:
            return False
        stamp, name = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
        signed = f"{name}.{stamp}.".encode("latin-1", "replace") + delivery.raw
        expected = [sign(secret, signed) for secret in secrets]
        given = headers.get("webhook-signature", "").split(" ")[:8]
        matches = [
            hmac.compare_digest(f"v1,{one}".encode(), other.encode("latin-1", "replace"))
            for one in expected
            for other in given
        ]
        is_recent = (
            stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and abs(int(stamp) - now) <= TOLERANCE_SECONDS
        )
        return any(matches) and is_recent and bool(name) and len(name) <= 100

    def parse(self, delivery: Delivery, now: float) -> list[Event | Problem]:
        """Read one event, or {"events": […]}."""
        name = delivery.headers.get("webhook-id", "")
        try:
            body = reading.load(delivery.raw)
        except reading.BadJson as problem:
            return [Problem("", str(problem))]
        if not isinstance(body, dict):
            return [Problem("", "not_an_object")]
        if "events" not in body:
            return [_event(body, "", name, now)]
        items = body["events"]
        if set(body) != {"events"}:
            return [Problem(sorted(set(body) - {"events"})[0], "unknown_field")]
        if not isinstance(items, list) or not 0 < len(items) <= MAX_EVENTS:
            return [Problem("events", "not_1_to_1000_events")]
        return [_event(item, f"events[{place}].", f"{name}:{place}", now) for place, item in enumerate(items)]


def sign(secret: str, signed: bytes) -> str:
    """Return the base64 HMAC-SHA256; a secret in the standard's form whsec_<base64> is decoded first."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        with contextlib.suppress(ValueError):
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _event(item: Any, path: str, name: str, now: float) -> Event | Problem:
    try:
        return _read(item, path, name, now)
    except Malformed as malformed:
        return malformed.problem


def _read(item: Any, path: str, name: str, now: float) -> Event:
    if not isinstance(item, dict):
        raise Malformed(path.rstrip("."), "not_an_object")
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise Malformed(f"{path}type", "unknown_type")
    unknown = sorted(set(item) - _FIELDS[kind])
    if unknown:
        raise Malformed(f"{path}{reading.clean(unknown[0], 80)}", "unknown_field")
    code = reading.currency(item.get("currency"), f"{path}currency") if kind != "cancellation" else ""
    payload: dict[str, Any] = {
        "order_ref": reading.text(item, path, "order_ref", 120, required=True),
        "at": reading.moment(item.get("occurred_at"), f"{path}occurred_at", now),
        "currency": code,
    }
    if kind == "refund":
        payload |= {
            "type": "refund",
            "refund_ref": reading.text(item, path, "refund_ref", 120, required=True),
            "amount": reading.amount(item.get("amount"), code, f"{path}amount"),
        }
    elif kind == "cancellation":
        payload |= {"type": "cancellation"}
    else:
        payload |= {"type": "order", "kind": kind, "state": "counted", **_money(item, path, code)}
    customer = reading.text(item, path, "customer", 254)
    return Event(
        event_id=name,
        dedupe=name,
        content=json.dumps(item, sort_keys=True, default=str).encode(),
        payload=payload,
        visitor=reading.text(item, path, "visitor", 64),
        khc=reading.text(item, path, "khc", 200),
        customers=(customer,) if customer else (),
    )


def _money(item: Mapping[str, Any], path: str, code: str) -> dict[str, Any]:
    """Read lines, discount, shipping, tax and coupons of an order."""
    lines = item.get("lines", [])
    if not isinstance(lines, list) or len(lines) > MAX_LINES:
        raise Malformed(f"{path}lines", "not_a_list_of_up_to_500")
    kept = [_line(line, f"{path}lines[{place}].", code) for place, line in enumerate(lines)]
    gross = sum(quantity * price for _sku, quantity, price in kept)
    parts = {
        name: reading.amount(item[name], code, f"{path}{name}") if item.get(name) is not None else 0
        for name in ("discount", "shipping", "tax")
    }
    if parts["discount"] > gross:
        raise Malformed(f"{path}discount", "larger_than_the_lines")
    if gross > reading.MAX_MINOR:
        raise Malformed(f"{path}lines", "too_large")
    new_customer = item.get("new_customer")
    if new_customer is not None and not isinstance(new_customer, bool):
        raise Malformed(f"{path}new_customer", "not_true_or_false")
    return {
        "gross": gross,
        **parts,
        "net": gross - parts["discount"],
        "lines": kept,
        "coupons": coupons(item.get("coupon_codes", []), f"{path}coupon_codes"),
        "new_customer": new_customer,
    }


def _line(line: Any, path: str, code: str) -> tuple[str, int, int]:
    if not isinstance(line, dict):
        raise Malformed(path.rstrip("."), "not_an_object")
    unknown = sorted(set(line) - {"sku", "quantity", "price"})
    if unknown:
        raise Malformed(f"{path}{reading.clean(unknown[0], 80)}", "unknown_field")
    quantity = line.get("quantity", 1)
    if type(quantity) is not int or not 1 <= quantity <= 1_000_000:
        raise Malformed(f"{path}quantity", "not_a_whole_number_from_1")
    return reading.text(line, path, "sku", 80), quantity, reading.amount(line.get("price"), code, f"{path}price")


def coupons(given: Any, path: str) -> list[str]:
    """Read up to ten coupon codes as they were typed."""
    if not isinstance(given, list) or len(given) > 10:
        raise Malformed(path, "not_a_list_of_up_to_10")
    for place, one in enumerate(given):
        if not isinstance(one, str) or len(one) > 80:
            raise Malformed(f"{path}[{place}]", "not_a_code")
    return [code for one in given if (code := reading.clean(one, 80).strip())]
