"""What shoppers' browsers and shops send to the collector: requests as values, without sending them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from attribution.simulator.shoppers import Shopper, SimulatedOrder

BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile"
    " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " Instagram 360.0.0.23.103 (iPhone15,3; iOS 18_0; en_US; en; scale=3.00; 1290x2796)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Safari/605.1.15",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "WhatsApp/2.24.20.89 A",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
)


@dataclass(frozen=True)
class Request:
    """One HTTP request. `door` is what it is counted under: click, event, s2s, shopify."""

    door: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Doors:
    """The keys of one shop's doors, and the links and coupons of the season's creators (by their number)."""

    pixel: str
    s2s_key: str
    s2s_secret: str
    shopify_key: str
    shopify_secret: str
    shop_domain: str
    links: tuple[str, ...]
    coupons: tuple[str, ...]
    landing: str
    # When the season began, in seconds since 1970.
    began: float


class Messages:
    """Write the requests of one season through one shop's doors."""

    def __init__(self, doors: Doors, seed: int) -> None:
        self.doors = doors
        self.seed = seed

    def click(self, shopper: Shopper, creator: int, at: float) -> Request:
        """Follow a creator's link."""
        path = f"/go/{self.doors.links[creator]}"
        return Request("click", "GET", path, self._browser(shopper, at, {"Referer": "https://www.instagram.com/"}))

    def preview(self, creator: int, at: float, which: int) -> Request:
        """Let a program look at the link: a crawler, or an app drawing a preview of it."""
        headers = {"User-Agent": BOTS[which % len(BOTS)], "X-Simulated-At": f"{self.doors.began + at:.3f}"}
        return Request("click", "GET", f"/go/{self.doors.links[creator]}", headers)

    def head(self, shopper: Shopper, creator: int, at: float) -> Request:
        """Ask for the link without following it."""
        return Request("click", "HEAD", f"/go/{self.doors.links[creator]}", self._browser(shopper, at))

    def unknown(self, shopper: Shopper, at: float) -> Request:
        """Follow a link that does not exist."""
        return Request("click", "GET", "/go/no-such-link-0", self._browser(shopper, at))

    def event(
        self, shopper: Shopper, at: float, place: int, name: str, khc: str = "", consent: bool | None = True
    ) -> Request:
        """Report what kolhub.js sees on the shop's pages. `place` makes the id: the same one gives the same request."""
        page = f"{self.doors.landing}?khc={quote(khc)}" if khc else self.doors.landing
        one = {
            "id": str(self._id(f"{shopper.number}:{place}:{name}")),
            "name": name,
            "visitor": shopper.visitor(self.seed),
            "url": page,
            "consent": consent,
            "at": int((self.doors.began + at) * 1000),
        }
        if khc:
            one["khc"] = khc
        body = json.dumps({"key": self.doors.pixel, "events": [one]}).encode()
        headers = self._browser(shopper, at, {"Content-Type": "text/plain", "Origin": self._origin})
        return Request("event", "POST", "/e", headers, body)

    def order(self, shopper: Shopper, order: SimulatedOrder, at: float, khc: str, status: str) -> Request:
        """Report an order: by Shopify's webhook (`status` pending, paid or voided) or from the shop's own server."""
        if order.by_webhook:
            return self._webhook(order, at, self._shopify_order(shopper, order, khc, status), _TOPICS[status], status)
        if status == "voided":
            return self._s2s(order, at, {"type": "cancellation", "order_ref": _ref(order), "currency": "USD"}, "cancel")
        body: dict[str, object] = {
            "type": "order",
            "order_ref": _ref(order),
            "currency": "USD",
            "lines": [{"sku": s, "quantity": q, "price": _text(p)} for s, q, p in order.lines],
            "discount": _text(order.discount),
            "shipping": _text(order.shipping),
            "tax": _text(order.tax),
            "coupon_codes": self._codes(order),
            "customer": shopper.email,
        }
        if order.knows_visitor:
            body["visitor"] = shopper.visitor(self.seed)
            if khc:
                body["khc"] = khc
        return self._s2s(order, order.at, body, "order", sent_at=at)

    def refund(self, order: SimulatedOrder, which: int) -> Request:
        """Report the order's refund number `which`."""
        at, amount = order.refunds[which]
        if not order.by_webhook:
            body = {
                "type": "refund",
                "order_ref": _ref(order),
                "refund_ref": f"R{order.number}-{which}",
                "amount": _text(amount),
                "currency": "USD",
            }
            return self._s2s(order, at, body, f"refund{which}")
        money = {"shop_money": {"amount": _text(amount), "currency_code": "USD"}}
        refund = {
            "id": 7_000_000 + order.number * 10 + which,
            "order_id": _shopify_id(order),
            "created_at": self._iso(at),
            "processed_at": self._iso(at),
            "refund_line_items": [{"id": 1, "quantity": 1, "subtotal": _text(amount), "subtotal_set": money}],
            "order_adjustments": [],
            "transactions": [],
        }
        return self._webhook(order, at, refund, "refunds/create", f"refund{which}")

    @property
    def _origin(self) -> str:
        return "/".join(self.doors.landing.split("/")[:3])

    def _id(self, name: str) -> UUID:
        return UUID(bytes=hashlib.sha256(f"{self.seed}:{self.doors.pixel}:{name}".encode()).digest()[:16], version=4)

    def _iso(self, at: float) -> str:
        return datetime.fromtimestamp(self.doors.began + at, UTC).isoformat(timespec="seconds")

    def _browser(self, shopper: Shopper, at: float, more: dict[str, str] | None = None) -> dict[str, str]:
        # Addresses of 100.64.0.0/10, which nobody in the world has.
        number = shopper.number
        address = f"100.{64 + number // 62_500 % 64}.{number // 250 % 250}.{number % 250 + 1}"
        return {
            "User-Agent": BROWSERS[number % len(BROWSERS)],
            "X-Forwarded-For": address,
            "X-Simulated-At": f"{self.doors.began + at:.3f}",
            **(more or {}),
        }

    def _codes(self, order: SimulatedOrder) -> list[str]:
        return [self.doors.coupons[order.coupon]] if order.coupon is not None else []

    def _shopify_order(self, shopper: Shopper, order: SimulatedOrder, khc: str, status: str) -> dict[str, object]:
        attributes = []
        if order.knows_visitor:
            attributes.append({"name": "kolhub_visitor", "value": shopper.visitor(self.seed)})
            if khc:
                attributes.append({"name": "kolhub_khc", "value": khc})
        left = order.discount
        lines = []
        for place, (sku, quantity, price) in enumerate(order.lines):
            part = min(left, quantity * price) if place == 0 else 0
            left -= part
            lines.append(
                {
                    "id": place + 1,
                    "sku": sku,
                    "quantity": quantity,
                    "price": _text(price),
                    "discount_allocations": [{"amount": _text(part)}] if part else [],
                }
            )
        if left:
            lines[-1]["discount_allocations"] = [{"amount": _text(left)}]
        return {
            "id": _shopify_id(order),
            "name": _ref(order),
            "email": shopper.email,
            "customer": {"id": 1_000_000 + shopper.number},
            "created_at": self._iso(order.at),
            "processed_at": self._iso(order.at),
            "currency": "USD",
            "financial_status": status,
            "test": False,
            "cancelled_at": None if status != "voided" else self._iso(order.cancelled_at or order.at),
            "line_items": lines,
            "shipping_lines": [{"price": _text(order.shipping)}],
            "total_tax": _text(order.tax),
            "total_discounts": _text(order.discount),
            "discount_codes": [{"code": code, "amount": _text(order.discount)} for code in self._codes(order)],
            "note_attributes": attributes,
            "refunds": [],
        }

    def _webhook(self, order: SimulatedOrder, at: float, body: Mapping[str, object], topic: str, what: str) -> Request:
        raw = json.dumps(body).encode()
        signature = base64.b64encode(hmac.digest(self.doors.shopify_secret.encode(), raw, "sha256")).decode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": self.doors.shop_domain,
            "X-Shopify-Webhook-Id": str(self._id(f"webhook:{order.number}:{what}")),
            "X-Shopify-Event-Id": str(self._id(f"event:{order.number}:{what}")),
            "X-Simulated-At": f"{self.doors.began + at:.3f}",
        }
        return Request("shopify", "POST", f"/hooks/shopify/{self.doors.shopify_key}", headers, raw)

    def _s2s(
        self, order: SimulatedOrder, at: float, body: Mapping[str, object], what: str, sent_at: float | None = None
    ) -> Request:
        raw = json.dumps({**body, "occurred_at": self._iso(at)}).encode()
        moment = self.doors.began + (at if sent_at is None else sent_at)
        name = f"msg_{self._id(f'{order.number}:{what}').hex}"
        secret = self.doors.s2s_secret
        key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
        signature = base64.b64encode(hmac.digest(key, f"{name}.{int(moment)}.".encode() + raw, "sha256")).decode()
        headers = {
            "Content-Type": "application/json",
            "KolHub-Key": self.doors.s2s_key,
            "webhook-id": name,
            "webhook-timestamp": str(int(moment)),
            "webhook-signature": f"v1,{signature}",
            "X-Simulated-At": f"{moment:.3f}",
        }
        return Request("s2s", "POST", "/s2s/conversions", headers, raw)


_TOPICS = {"pending": "orders/create", "paid": "orders/paid", "voided": "orders/cancelled"}


def _text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _ref(order: SimulatedOrder) -> str:
    return f"#{1000 + order.number}"


def _shopify_id(order: SimulatedOrder) -> int:
    return 5_000_000_000 + order.number
