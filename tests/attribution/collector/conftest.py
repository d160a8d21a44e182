"""A real collector process over a database of the test's own, and a shop with everything that can be reported.

`shop`        a brand with a shop, pixel, S2S and Shopify keys, a campaign, two creators' links and coupons
`collector`   a collector process on a free port over the same database: `collector.get("/go/…")`
`collect`     starts one with other options: `collect("--simulated-clock")`
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kolhub.runtime.processes import ROOT
from kolhub.runtime.provision import DatabaseUrls
from kolhub.runtime.sockets import free_port
from tests.throwaway import ThrowAway

S2S_SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four ").decode()
SHOPIFY_SECRET = "shpss_0123456789abcdef"
PERSON = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


@dataclass
class Answer:
    """What a door said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def outcome(self) -> str:
        return self.headers.get("x-kolhub-outcome", "")


@dataclass
class Running:
    """A collector process and how to talk to it."""

    port: int
    process: subprocess.Popen[bytes]
    data_dir: Path
    log_file: Path
    shop: Any = None
    sent: int = field(default=0)

    def ask(self, method: str, target: str, body: bytes | str = b"", headers: dict[str, str] | None = None) -> Answer:
        """Send one request on a connection of its own."""
        told = {"User-Agent": PERSON, **(headers or {})}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            line.request(method, target, body or None, {name: value for name, value in told.items() if value})
            answer = line.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            line.close()

    def get(self, target: str, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", target, b"", headers)

    def beacon(self, key: str, *events: dict[str, Any], headers: dict[str, str] | None = None, **more: Any) -> Answer:
        body = json.dumps({"key": key, "events": list(events), **more})
        return self.ask("POST", "/e", body, {"Content-Type": "text/plain", **(headers or {})})

    def s2s(
        self,
        body: Any,
        *,
        name: str = "",
        key: str | None = None,
        secret: str = S2S_SECRET,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = signed_headers(raw, name or f"msg_{secrets.token_hex(8)}", secret, at or time.time())
        return self.ask(
            "POST", "/s2s/conversions", raw, {"KolHub-Key": key or self.shop.s2s, **signed, **(headers or {})}
        )

    def shopify(
        self,
        body: Any,
        topic: str = "orders/create",
        *,
        webhook: str = "",
        event: str = "",
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Webhook-Id": webhook or secrets.token_hex(8),
            "X-Shopify-Event-Id": event or secrets.token_hex(8),
            "X-Shopify-Shop-Domain": "shop.myshopify.com",
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(SHOPIFY_SECRET.encode(), raw, "sha256")).decode(),
        }
        return self.ask("POST", f"/hooks/shopify/{key or self.shop.shopify}", raw, {**told, **(headers or {})})

    def raw(self, content: bytes, seconds: float = 5) -> bytes:
        """Send bytes as they are; return everything that comes back until the other side closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as line:
            line.sendall(content)
            received = b""
            try:
                while more := line.recv(65536):
                    received += more
            except (TimeoutError, ConnectionResetError):
                pass
            return received

    def metric(self, name: str) -> float:
        """Add up a metric over its labels."""
        lines = self.get("/metrics").body.decode().splitlines()
        return sum(float(one.split()[1]) for one in lines if one.startswith((f"{name}{{", f"{name} ")))

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        os.kill(self.process.pid, number)
        return self.process.wait(timeout=20)


def signed_headers(raw: bytes, name: str, secret: str, at: float) -> dict[str, str]:
    """Sign as Standard Webhooks describe, independently of the code under test."""
    stamp = str(int(at))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    mac = hmac.new(key, f"{name}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


@contextmanager
def running_collector(
    throwaway: ThrowAway, urls: DatabaseUrls, directory: Path, *options: str, environment: dict[str, str] | None = None
) -> Iterator[Running]:
    """Start a collector process and end it."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log_file = directory / "collector.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "attribution.collector", "--port", str(port), *options],
            cwd=ROOT,
            env={
                **os.environ,
                **urls.environment(),
                "KOLHUB_DATA_DIR": str(directory),
                "DJANGO_SETTINGS_MODULE": "kolhub.settings",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    throwaway.remember(process.pid)
    running = Running(port, process, directory, log_file)
    deadline = time.monotonic() + 30
    while True:
        try:
            running.get("/healthz")
            break
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the collector did not start:\n{running.log()}") from None
            time.sleep(0.05)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        throwaway.forget(process.pid)


@dataclass
class Shop:
    """The keys and ids of one brand's shop."""

    organization_id: int
    brand_id: int
    shop_id: int
    pixel: str
    s2s: str
    shopify: str
    slugs: list[str]
    links: list[int]
    collaborations: list[int]
    coupons: list[str]


def make_shop(name: str = "Acme", codes: tuple[str, ...] = ("ANNA10", "BEN15")) -> Shop:
    """Store a brand with a shop, its keys, and one campaign with a link and a coupon per creator; commits."""
    from attribution.models import Pixel, SourceKey, seal
    from attribution.models import Shop as ShopRow
    from campaigns.models import Brand, Campaign, Collaboration, Coupon, TrackingLink
    from campaigns.models.promotion import canonical_code
    from kolhub.models import Creator, Organization
    from kolhub.tenancy import acting_for

    organization = Organization.objects.create(name=name, slug=f"{name.lower()}-{secrets.token_hex(3)}", kind="brand")
    with acting_for(organization.pk):
        own = {"organization": organization}
        brand = Brand.objects.create(name=name, website="https://shop.example", domains=["shop.example"], **own)
        shop = ShopRow.objects.create(brand=brand, name=f"{name} shop", domain="shop.example", **own)
        pixel = Pixel.objects.create(shop=shop, consent_policy="opt_out", own_networks=["203.0.113.0/24"], **own)
        s2s = SourceKey.objects.create(shop=shop, kind="s2s", secret=seal(S2S_SECRET), **own)
        shopify = SourceKey.objects.create(
            shop=shop, kind="shopify", secret=seal(SHOPIFY_SECRET), shop_domain="shop.myshopify.com", **own
        )
        campaign = Campaign.objects.create(
            brand=brand,
            name="Summer",
            state="running",
            landing_url="https://shop.example/",
            starts_on="2020-01-01",
            **own,
        )
        made = Shop(organization.pk, brand.pk, shop.pk, pixel.key, s2s.key, shopify.key, [], [], [], list(codes))
        for number, code in enumerate(codes):
            creator = Creator.objects.create(name=f"Creator {number}", search_text=f"creator {number}", **own)
            collaboration = Collaboration.objects.create(
                campaign=campaign,
                campaign_name=campaign.name,
                creator=creator,
                creator_organization=organization,
                creator_name=creator.name,
                platform="instagram",
                handle=f"creator{number}",
                **own,
            )
            link = TrackingLink.objects.create(collaboration=collaboration, **own)
            link.versions.create(
                version=1,
                destination="https://shop.example/p?utm_source=own#top",
                parameters={"utm_source": "kolhub", "utm_campaign": "summer"},
                **own,
            )
            Coupon.objects.create(
                brand=brand,
                collaboration=collaboration,
                code=code,
                code_key=canonical_code(code),
                valid_from=datetime(2020, 1, 1, tzinfo=UTC),
                **own,
            )
            made.slugs.append(link.slug)
            made.links.append(link.pk)
            made.collaborations.append(collaboration.pk)
    return made


def order(reference: str = "1001", **fields: Any) -> dict[str, Any]:
    """One S2S order of 50.00 − 5.00."""
    return {
        "type": "order",
        "order_ref": reference,
        "occurred_at": datetime.now(UTC).isoformat(),
        "currency": "USD",
        "lines": [{"sku": "A", "quantity": 2, "price": "20.00"}, {"sku": "B", "quantity": 1, "price": "10.00"}],
        "discount": "5.00",
        **fields,
    }


def ago(**span: float) -> str:
    """A time in the past as S2S wants it."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


@pytest.fixture(scope="module")
def collector_database(throwaway: ThrowAway, django_db_blocker: Any) -> Iterator[DatabaseUrls]:
    """One database for a module of tests that each count only what is theirs."""
    from tests.conftest import _fresh_database

    with _fresh_database(throwaway, django_db_blocker) as urls:
        yield urls


@pytest.fixture(scope="module")
def shop(collector_database: DatabaseUrls) -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def collector(
    throwaway: ThrowAway, collector_database: DatabaseUrls, shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("collector")
    with running_collector(throwaway, collector_database, directory) as running:
        running.shop = shop
        yield running


@pytest.fixture
def collect(
    throwaway: ThrowAway, collector_database: DatabaseUrls, shop: Shop, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Start collectors with options of the test's own; they end with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        made = iter(range(100))

        def start(*options: str, directory: Path | None = None, **environment: str) -> Running:
            where = directory or tmp_path / f"collector{next(made)}"
            running = stack.enter_context(
                running_collector(throwaway, collector_database, where, *options, environment=environment)
            )
            running.shop = shop
            return running

        yield start


def hits(**filters: Any) -> list[Any]:
    """All stored hits, across organizations, as the owner sees them."""
    from attribution.models import Hit

    return list(Hit.objects.using("owner").filter(**filters).order_by("received_at", "id"))


def counts(**filters: Any) -> dict[str, int]:
    """Requests by outcome, across organizations."""
    from django.db.models import Sum

    from attribution.models import HitCount

    rows = HitCount.objects.using("owner").filter(**filters).values_list("outcome").annotate(total=Sum("count"))
    return {outcome: int(total) for outcome, total in rows.order_by("outcome")}
