"""Tracking as brand managers see it: sources set up, hits shown harmlessly, every request accounted for."""

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from attribution import sources
from attribution.collector.signing import Keys
from attribution.collector.sources import BY_KEY, Delivery, Event
from attribution.hit_wording import ago, visible, web_address
from attribution.models import (
    AttributionRun,
    Conversion,
    ConversionEvidence,
    Credit,
    Hit,
    HitKind,
    HitOutcome,
    PendingHit,
    Pixel,
    Shop,
    SourceKey,
    Touch,
)
from campaigns.models import Brand, Coupon
from campaigns.models.promotion import canonical_code
from kolhub.models import ApiToken, AuditEvent, Membership, User
from kolhub.tenancy import act_for
from tests.attribution.records import BrandWorld, make_brand_world

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
TODAY = NOW.date()
ROLES = ("owner", "manager", "analyst", "compliance", "viewer")
MAY_CHANGE = {"owner", "manager"}
MAY_SEE_MONEY = {"owner", "manager", "analyst"}
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202egpj.exe\r\nSet-Cookie: a=b'


@pytest.fixture
def world() -> BrandWorld:
    return make_brand_world()


@pytest.fixture
def pixel(world: BrandWorld) -> Pixel:
    return Pixel.objects.create(organization=world.organization, shop=world.shop)


def member(world: BrandWorld, role: str = "manager") -> Membership:
    user = User.objects.create_user(f"{role}@{world.organization.slug}.example")
    return Membership.objects.create(organization=world.organization, user=user, role=role)


def login(client: Client, world: BrandWorld, role: str = "manager") -> Membership:
    membership = member(world, role)
    client.force_login(membership.user)
    return membership


def url(name: str, *args: Any, slug: str = "lumen") -> str:
    return reverse(f"attribution:{name}", args=[slug, *args])


class Collected:
    """What the collector stored, written by its own login: the application may not store hits."""

    def __init__(self, world: BrandWorld, login: psycopg.Connection) -> None:
        self.world, self.login = world, login
        self.organization_id = world.organization.pk

    def hit(self, outcome: str = "accepted", kind: str = "pixel", **fields: Any) -> Hit:
        row = {
            "id": uuid.uuid4(),
            "event_id": str(uuid.uuid4()),
            "key": "k",
            "received_at": NOW,
            "payload": {},
            **fields,
        }
        empty = dict.fromkeys(("visitor", "consent", "network", "country", "user_agent", "referrer"), "")
        row = {**empty, **row, "organization_id": self.organization_id, "kind": kind, "outcome": outcome}
        self._insert("attribution_hit", {**row, "content_hash": bytes(32), "payload": json.dumps(row["payload"])})
        return Hit.objects.get(pk=row["id"])

    def conflict(self, hit: Hit) -> None:
        row = {"organization_id": self.organization_id, "kind": hit.kind, "event_id": hit.event_id}
        row |= {"received_at": hit.received_at, "content_hash": bytes(32), "payload": "{}"}
        self._insert("attribution_hitconflict", row)

    def count(self, day: date, kind: str, outcome: str, number: int, key: str = "k") -> None:
        row = {"day": day, "kind": kind, "outcome": outcome, "count": number, "key": key}
        self._insert("attribution_hitcount", {**row, "organization_id": self.organization_id})

    def dead(self, hit: Hit, error: str) -> PendingHit:
        return PendingHit.objects.create(
            hit_id=hit.pk, organization=self.world.organization, received_at=hit.received_at, next_at=NOW, attempts=3,
            error=error, is_dead=True,
        )  # fmt: skip

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, places = ", ".join(row), ", ".join(["%s"] * len(row))
        self.login.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))


@pytest.fixture
def collected(world: BrandWorld) -> Iterator[Collected]:
    """Those rows are committed, unlike the test's own: the owner takes them away afterwards."""
    with psycopg.connect(settings.HITS_DATABASE_URL, autocommit=True) as login:
        yield Collected(world, login)
    tables = ("attribution_hit", "attribution_hitconflict", "attribution_hitcount")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("SET LOCAL kolhub.pruning = 'on'")
        for table in tables:
            owner.execute(f"DELETE FROM {table} WHERE organization_id = %s", [world.organization.pk])


# ---- set-up ----


def test_a_newcomer_is_led_through_three_steps(client: Client) -> None:
    world = make_brand_world("fresh")
    world.shop.delete()
    login(client, world)
    page = client.get(url("tracking", slug="fresh")).content.decode()
    assert "Three steps to the first order" in page
    made = {"name": "Main", "brand": world.brand.pk, "domain": "https://Shop.Example.com/x", "currency": "EUR"}
    answer = client.post(url("shop_create", slug="fresh"), {**made, "timezone": "Europe/Paris"})
    assert answer.status_code == 302
    shop = Shop.objects.get(name="Main")
    assert (shop.domain, shop.currency, shop.brand) == ("shop.example.com", "EUR", world.brand)
    answer = client.post(
        url("pixel_create", shop.pk, slug="fresh"),
        {"consent_policy": "strict", "own_networks": "203.0.113.7/24\n\n2001:db8::/48"},
    )
    pixel = Pixel.objects.get(shop=shop)
    assert answer["Location"] == url("pixel", pixel.pk, slug="fresh")
    assert (pixel.consent_policy, pixel.own_networks) == ("strict", ["203.0.113.0/24", "2001:db8::/48"])
    page = client.get(answer["Location"]).content.decode()
    assert page.count(pixel.key) >= 5
    assert "Nothing has arrived yet" in page
    client.post(url("source_key_create", shop.pk, "s2s", slug="fresh"))
    assert "Three steps" not in client.get(url("tracking", slug="fresh")).content.decode()


def test_a_shop_can_bring_its_brand(client: Client, world: BrandWorld) -> None:
    login(client, world)
    given = {"name": "Second", "new_brand": "Lumen Men", "currency": "USD", "timezone": "UTC"}
    assert client.post(url("shop_create"), given).status_code == 302
    assert Shop.objects.get(name="Second").brand == Brand.objects.get(name="Lumen Men")
    both = {**given, "name": "Third", "new_brand": "Other", "brand": world.brand.pk}
    assert client.post(url("shop_create"), both).status_code == 422
    assert client.post(url("shop_create"), {**given, "name": "Third"}).status_code == 422, "the brand is there already"
    assert client.post(url("shop_create"), {**given, "new_brand": "", "brand": world.brand.pk}).status_code == 422
    assert Shop.objects.count() == 2


@pytest.mark.parametrize(
    ("networks", "said"),
    [("203.0.113.0/24\nnonsense", "Line 2 is no address"), ("0.0.0.0/0", "too wide"), ("10.0.0.0/8", "too wide")],
)
def test_wrong_networks_are_named(client: Client, pixel: Pixel, world: BrandWorld, networks: str, said: str) -> None:
    login(client, world)
    answer = client.post(url("pixel_edit", pixel.pk), {"consent_policy": "opt_out", "own_networks": networks})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    pixel.refresh_from_db()
    assert pixel.own_networks == []
    assert pixel.consent_policy == "eu_strict"


@pytest.mark.parametrize("domain", ["javascript:alert(1)", "no spaces.com", "localhost", "a" * 64 + ".com", "<b>.com"])
def test_wrong_domains_are_refused(client: Client, world: BrandWorld, domain: str) -> None:
    login(client, world)
    data = {"name": "X", "brand": world.brand.pk, "domain": domain, "currency": "USD", "timezone": "UTC"}
    answer = client.post(url("shop_create"), data)
    assert answer.status_code == 422
    assert "Enter a domain" in answer.content.decode()


def test_a_shop_with_orders_keeps_its_brand(client: Client, world: BrandWorld) -> None:
    login(client, world)
    other = Brand.objects.create(organization=world.organization, name="Other")
    data = {"name": "Renamed", "brand": other.pk, "currency": "USD", "timezone": "UTC"}
    world.order(None, 100)
    assert client.post(url("shop_edit", world.shop.pk), data).status_code == 302
    world.shop.refresh_from_db()
    assert (world.shop.name, world.shop.brand) == ("Renamed", world.brand)


def test_archived_keys_can_be_restored(client: Client, pixel: Pixel, world: BrandWorld) -> None:
    login(client, world)
    for expected in (True, False):
        client.post(url("pixel_archive", pixel.pk))
        pixel.refresh_from_db()
        assert (pixel.archived_at is not None) is expected
    verbs = list(AuditEvent.objects.visible_to(Membership.objects.get()).values_list("verb", flat=True))
    assert verbs == ["pixel.archived", "pixel.restored"]


# ---- secrets ----


def everywhere(client: Client) -> str:
    """Every page and API answer that could tell of a source key."""
    key = SourceKey.objects.get()
    pages = [url("tracking"), url("source_key", key.pk), url("source_key_tail", key.pk), url("tracking_health")]
    pages += ["/api/v1/o/lumen/tracking/source-keys/", f"/api/v1/o/lumen/tracking/source-keys/{key.pk}/"]
    pages += [url("source_key_rotate", key.pk), "/o/lumen/audit/"]
    answers = [client.get(address) for address in pages]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


def test_a_secret_is_shown_once_and_opens_for_the_collector(client: Client, world: BrandWorld) -> None:
    login(client, world, "owner")
    answer = client.post(url("source_key_create", world.shop.pk, "s2s"))
    shown = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())
    assert len(shown) == 1
    assert "no-store" in answer["Cache-Control"]
    key = SourceKey.objects.get()
    assert Keys(settings.SECRET_KEY).unseal(key.secret) == shown[0]
    assert shown[0] not in key.secret
    assert shown[0] not in everywhere(client)
    # A rotation: the one before stays valid until it is ended.
    rotated = re.findall(r"whsec_[A-Za-z0-9+/=]+", client.post(url("source_key_rotate", key.pk)).content.decode())
    key.refresh_from_db()
    assert [Keys(settings.SECRET_KEY).unseal(sealed) for sealed in (key.secret, key.previous_secret)] == rotated + shown
    assert "Two secrets are valid" in client.get(url("source_key", key.pk)).content.decode()
    text = everywhere(client)
    assert not any(secret in text for secret in rotated + shown)
    client.post(url("source_key_forget", key.pk))
    key.refresh_from_db()
    assert key.previous_secret == ""


def test_a_pasted_secret_is_never_shown(client: Client, world: BrandWorld) -> None:
    login(client, world, "owner")
    secret = "shpss_0123456789abcdef0123"
    address = url("source_key_create", world.shop.pk, "shopify")
    refused = client.post(address, {"secret": secret, "shop_domain": "not a domain"})
    assert refused.status_code == 422
    made = client.post(address, {"secret": f" {secret} ", "shop_domain": "Lumen.myshopify.com"})
    key = SourceKey.objects.get()
    assert (key.shop_domain, Keys(settings.SECRET_KEY).unseal(key.secret)) == ("lumen.myshopify.com", secret)
    assert f"/hooks/shopify/{key.key}" in made.content.decode()
    assert secret not in refused.content.decode() + made.content.decode() + everywhere(client)
    assert client.post(address, {"secret": "short"}).status_code == 422
    assert client.post(address, {"secret": ""}).status_code == 422
    assert SourceKey.objects.count() == 1


# ---- snippets ----


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server that keeps what is posted to it."""
    posted: list[tuple[dict[str, str], bytes]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()
            self.wfile.write(b'{"results": []}')

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("name", "command"), [("s2s.sh", ["bash"]), ("s2s.py", [sys.executable])])
def test_the_examples_are_signed_as_the_collector_wants(name: str, command: list[str]) -> None:
    secret = sources.new_secret()
    with listening() as (address, posted):
        code = render_to_string(f"attribution/snippets/{name}", {"collector": address, "key": "the-key"})
        code = code.replace("export KOLHUB_SECRET", "# export KOLHUB_SECRET")
        environment = {**os.environ, "KOLHUB_SECRET": secret}
        done = subprocess.run([*command, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ((headers, body),) = posted
    assert headers["kolhub-key"] == "the-key"
    source = BY_KEY["s2s"]
    # Not NOW, which may be minutes old when this test's turn comes.
    now = datetime.now(UTC).timestamp()
    assert source.verify(Delivery(body, headers), [secret], now)
    assert not source.verify(Delivery(body + b" ", headers), [secret], now)
    (event,) = source.parse(Delivery(body, headers), now)
    assert isinstance(event, Event), event
    assert (event.payload["net"], event.payload["coupons"]) == (2250, ["ANNA10"])


def test_snippets_carry_the_own_key_and_show_as_text(client: Client, pixel: Pixel, world: BrandWorld) -> None:
    login(client, world)
    answer = client.get(url("pixel", pixel.pk))
    assert [each.key for each in answer.context["snippets"]] == ["plain", "gtm", "shopify", "woocommerce"]
    for snippet in answer.context["snippets"]:
        assert pixel.key in snippet.code
        assert settings.COLLECTOR_URL in snippet.code
    page = answer.content.decode()
    assert f"data-key=&quot;{pixel.key}&quot;" in page
    assert f'data-key="{pixel.key}"' not in page


# ---- what arrives ----


def test_the_tail_shows_the_newest_hits_of_this_key_only(
    client: Client, pixel: Pixel, world: BrandWorld, collected: Collected
) -> None:
    login(client, world)
    collected.hit(
        key=pixel.key, payload={"name": "page_view", "url": "https://lumen.example/p"}, network="192.0.2.0/24"
    )
    collected.hit(key=pixel.key, outcome="bot", payload={"name": "page_view"}, received_at=NOW - timedelta(seconds=9))
    collected.hit(key="another", payload={"name": "purchase"})
    collected.count(TODAY, "pixel", "rate_limited", 3, key=pixel.key)
    page = client.get(url("pixel_tail", pixel.pk)).content.decode()
    assert "We saw you" in page
    assert "https://lumen.example/p" in page
    assert "192.0.2.0/24" in page
    assert page.index("Page view") < page.index("A program that says it is one")
    assert "Too many at once" in page, "what left no hit behind is told from the counts"
    assert "Purchase" not in page


def test_the_last_order_says_who_told_of_it(client: Client, pixel: Pixel, world: BrandWorld) -> None:
    order = world.order(None, 1234)
    for kind in ("pixel/purchase", "shopify/order"):
        ConversionEvidence.objects.create(
            organization=world.organization, conversion=order, hit_id=uuid.uuid4(), kind=kind, at=NOW
        )
    login(client, world)
    page = client.get(url("pixel", pixel.pk)).content.decode()
    assert "told by Pixel, Shopify webhook" in page
    assert "$12.34" in page
    login(client, world, "viewer")
    assert "$12.34" not in client.get(url("pixel", pixel.pk)).content.decode()


# ---- hostile payloads ----


def assert_harmless(page: str) -> None:
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert not re.search(r'(href|src|hx-get)="\s*(javascript|data|vbscript):', page, re.I)


def test_hostile_texts_are_rendered_harmlessly(
    client: Client, pixel: Pixel, world: BrandWorld, collected: Collected
) -> None:
    payload = {
        "name": HOSTILE,
        "url": "javascript:alert(1)",
        HOSTILE: [HOSTILE, {"deep": HOSTILE}],
        "order_ref": HOSTILE,
    }
    hit = collected.hit(
        key=pixel.key, payload=payload, visitor=HOSTILE[:64], user_agent=HOSTILE, referrer="data:text/html,<script>"
    )
    collected.dead(hit, HOSTILE)
    collected.count(TODAY, "pixel", "accepted", 1, key=HOSTILE[:80])
    order = world.order(None, 100, coupon_codes=[HOSTILE[:80]])
    Conversion.objects.filter(pk=order.pk).update(at=NOW)
    login(client, world)
    for address in (url("hit", hit.pk), url("pixel_tail", pixel.pk), url("tracking_health") + "?by=key"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert_harmless(answer.content.decode())
        assert "Set-Cookie: a" not in str(answer.headers)
    page = client.get(url("hit", hit.pk)).content.decode()
    assert "\\u202e" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_only_plain_web_addresses_become_links(client: Client, world: BrandWorld, collected: Collected) -> None:
    good = "https://lumen.example/p?a=1&b=2"
    hit = collected.hit(payload={"name": "page_view", "url": good}, referrer="javascript:alert(1)")
    login(client, world)
    page = client.get(url("hit", hit.pk)).content.decode()
    assert 'href="https://lumen.example/p?a=1&amp;b=2" rel="noopener noreferrer nofollow"' in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt://x.com/%0aalert(1)", "data:text/html,x", "//x.com", "https:x", "",
        "https://user@evil.example", "https://x.example/\u202egpj", "https://x.example/a b", "http://[bad", "ftp://x.com",
        "https://x.example/\r\nX: y",
    ],
)  # fmt: skip
def test_other_addresses_do_not(text: str) -> None:
    assert web_address(text) == ""


def test_hidden_characters_are_made_visible() -> None:
    assert visible("a\u202eb\x00\u200b\r\nc") == "a\\u202eb\\u0000\\u200b\\u000d\nc"
    assert visible("名册 · ünï") == "名册 · ünï"


def test_time_is_told_to_the_second() -> None:
    assert ago(NOW - timedelta(seconds=2), NOW) == "2 s ago"
    assert ago(NOW + timedelta(seconds=2), NOW) == "0 s ago"
    assert ago(None, NOW) == "never"
    assert "3" in ago(NOW - timedelta(minutes=3), NOW)


# ---- what became of a hit ----


def test_a_hit_tells_what_became_of_it(client: Client, world: BrandWorld, collected: Collected) -> None:
    login(client, world)

    def fate(hit: Hit) -> str:
        answer = client.get(url("hit", hit.pk))
        assert answer.status_code == 200
        return str(answer.context["fate"].state)

    assert fate(collected.hit("no_consent")) == "refused"
    assert fate(collected.hit()) == "noted"
    waiting = collected.hit()
    PendingHit.objects.create(hit_id=waiting.pk, organization=world.organization, received_at=NOW, next_at=NOW)
    assert fate(waiting) == "waiting"
    dead = collected.hit()
    collected.dead(dead, "boom")
    assert fate(dead) == "dead"
    order = world.order(None, 500)
    told = collected.hit(kind="s2s", shop_id=world.shop.pk, payload={"type": "order", "order_ref": order.order_ref})
    ConversionEvidence.objects.create(
        organization=world.organization, conversion=order, hit_id=told.pk, kind="s2s", at=NOW
    )
    assert fate(told) == "understood"
    assert url("order", order.pk) in client.get(url("hit", told.pk)).content.decode()
    clicked = collected.hit(kind="click")
    touch = world.touch(world.person(), 0, days=0)
    Touch.objects.filter(pk=touch.pk).update(hit_id=clicked.pk)
    assert fate(clicked) == "understood"
    assert "Ada" in client.get(url("hit", clicked.pk)).content.decode()
    refund = world.refund(order, 100)
    back = collected.hit(
        kind="shopify", shop_id=world.shop.pk, payload={"type": "refund", "order_ref": order.order_ref}
    )
    type(refund).objects.filter(pk=refund.pk).update(hit_id=back.pk)
    assert fate(back) == "understood"


def test_order_pages_lead_to_their_hits(client: Client, world: BrandWorld, collected: Collected) -> None:
    order = world.order(None, 500)
    hit = collected.hit(kind="s2s", payload={"type": "order"})
    ConversionEvidence.objects.create(
        organization=world.organization, conversion=order, hit_id=hit.pk, kind="s2s", at=NOW
    )
    login(client, world)
    assert url("hit", hit.pk) in client.get(url("order", order.pk)).content.decode()


# ---- health ----


def fill(collected: Collected) -> int:
    """Store a count for each outcome at each door on each of three days; return their sum."""
    total = 0
    for days in range(3):
        for place, kind in enumerate(HitKind.values):
            for number, outcome in enumerate(HitOutcome.values):
                size = 1 + days * 1000 + place * 100 + number * 7
                collected.count(TODAY - timedelta(days=days), kind, outcome, size, key=f"key-{place}-{number % 2}")
                total += size
    return total


@pytest.mark.parametrize(("grouping", "lines"), [("day_kind", 15), ("kind", 5), ("day", 3), ("key", 10)])
def test_every_request_is_accounted_for(
    client: Client, world: BrandWorld, collected: Collected, grouping: str, lines: int
) -> None:
    whole = fill(collected)
    login(client, world)
    answer = client.get(url("tracking_health"), {"by": grouping})
    account = answer.context["account"]
    assert (len(account.rows), account.total.received, account.adds_up) == (lines, whole, True)
    page = answer.content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    shown = [
        (int(found[1]), [int(part) for part in re.findall(r'data-part="(\d+)"', row)])
        for row in rows
        if (found := re.search(r'data-received="(\d+)"', row))
    ]
    assert len(shown) == lines
    assert all(received == sum(parts) and len(parts) == len(HitOutcome) for received, parts in shown)
    assert sum(received for received, _parts in shown) == whole
    assert f'data-total="{whole}"' in page
    assert "does not add up" not in page


def test_an_outcome_nobody_knows_would_be_noticed(client: Client, world: BrandWorld, collected: Collected) -> None:
    collected.count(TODAY, "pixel", "accepted", 5)
    collected.count(TODAY, "pixel", "mystery", 2)
    login(client, world)
    answer = client.get(url("tracking_health"))
    assert not answer.context["account"].adds_up
    assert "does not add up" in answer.content.decode()


def test_the_account_can_be_narrowed(client: Client, world: BrandWorld, collected: Collected) -> None:
    fill(collected)
    login(client, world)
    one = client.get(url("tracking_health"), {"since": TODAY, "until": TODAY, "kind": "click"}).context["account"]
    assert [row.name for row in one.rows] == [{"day": TODAY, "kind": "click"}]
    by_key = client.get(url("tracking_health"), {"key": "key-1-0", "by": "kind"}).context["account"]
    assert [row.name["kind"] for row in by_key.rows] == ["click"]
    wrong = client.get(url("tracking_health"), {"since": TODAY, "until": TODAY - timedelta(days=1)})
    assert wrong.status_code == 422
    assert client.get(url("tracking_health"), {"by": "magic", "kind": "x", "key": "\x01"}).status_code == 200
    assert client.get(url("tracking_health"), {"key": "\x00"}).status_code == 400


def test_links_are_named_by_their_creator(client: Client, world: BrandWorld, collected: Collected) -> None:
    link = world.collaborations[1].links.create(organization=world.organization)
    collected.count(TODAY, "click", "accepted", 3, key=link.slug)
    login(client, world)
    assert "Bao · Autumn" in client.get(url("tracking_health"), {"by": "key"}).content.decode()


def test_the_counters_are_held_against_the_stored_hits(client: Client, world: BrandWorld, collected: Collected) -> None:
    login(client, world)
    hit = collected.hit()
    collected.hit("bot")
    collected.hit(received_at=NOW - timedelta(days=40))
    collected.conflict(hit)
    for outcome, number in (("accepted", 1), ("bot", 1), ("duplicate", 9), ("id_conflict", 1)):
        collected.count(TODAY, "pixel", outcome, number)
    found = client.get(url("tracking_check")).context["check"]
    assert (found.counted, found.stored, found.conflicts_counted, found.conflicts_stored) == (2, 2, 1, 1)
    collected.hit()
    answer = client.get(url("tracking_check"))
    assert not answer.context["check"].holds
    assert "Stored: 3 hits" in answer.content.decode()


def test_dead_letters_are_tried_again(client: Client, world: BrandWorld, collected: Collected) -> None:
    first, second = (collected.dead(collected.hit(), "KeyError: 'net'") for _i in range(2))
    login(client, world)
    page = client.get(url("tracking_health")).content.decode()
    assert page.count("KeyError: &#x27;net&#x27;") == 2
    assert client.post(url("dead_letter_retry", first.pk)).status_code == 302
    first.refresh_from_db()
    assert (first.attempts, first.is_dead, first.error) == (0, False, "")
    second.refresh_from_db()
    assert second.is_dead
    client.post(url("dead_letters_retry"))
    second.refresh_from_db()
    assert not second.is_dead
    assert AuditEvent.objects.filter(verb="dead_letter.retried").count() == 2


def test_codes_that_belong_to_nobody_are_listed(client: Client, world: BrandWorld) -> None:
    Coupon.objects.create(
        organization=world.organization, brand=world.brand, collaboration=world.collaborations[0], code="Straße10",
        code_key=canonical_code("Straße10"), valid_from=NOW - timedelta(days=9),
    )  # fmt: skip
    for code, net in (("STRASSE10", 100), ("Whose", 2000), ("ＷＨＯＳＥ", 300), ("", 50)):
        order = world.order(None, net, coupon_codes=[code])
        Conversion.objects.filter(pk=order.pk).update(at=NOW)
    test = world.order(None, 9999, coupon_codes=["Whose"], state="test")
    Conversion.objects.filter(pk=test.pk).update(at=NOW)
    login(client, world)
    coupons = client.get(url("tracking_health")).context["coupons"]
    assert [(each.orders, each.revenue) for each in coupons] == [(2, {"USD": 2300})]
    login(client, world, "viewer")
    assert "belong to nobody" not in client.get(url("tracking_health")).content.decode()


# ---- the dashboard ----


def test_the_dashboard_sums_the_last_thirty_days(client: Client, world: BrandWorld) -> None:
    login(client, world)
    assert "No shopper has been seen yet" in client.get(url("dashboard_part")).content.decode()
    recent, old = world.order(None, 10_000), world.order(None, 700)
    world.refund(recent, 1_000)
    Conversion.objects.filter(pk=recent.pk).update(at=NOW - timedelta(days=1))
    Conversion.objects.filter(pk=old.pk).update(at=NOW - timedelta(days=31))
    run = AttributionRun.objects.create(
        organization=world.organization, brand=world.brand, attributor="last_non_direct", is_current=True,
        started_at=NOW, finished_at=NOW,
    )  # fmt: skip
    for order, amount in ((recent, 9_000), (old, 700)):
        Credit.objects.create(
            organization=world.organization, run=run, conversion=order, kind="collaboration", reason="model",
            collaboration=world.collaborations[0], share=1, amount_minor=amount, currency="USD",
        )  # fmt: skip
    touch = world.touch(world.person(), 0, days=1)
    Touch.objects.filter(pk=touch.pk).update(at=NOW)
    answer = client.get(url("dashboard_part"))
    (money,) = answer.context["recent"].money
    assert (money.revenue, money.credited, money.orders, answer.context["recent"].clicks) == (9_000, 9_000, 1, 1)
    login(client, world, "viewer")
    assert "$90.00" not in client.get(url("dashboard_part")).content.decode()


# ---- who may ----


def reads(world: BrandWorld, pixel: Pixel, key: SourceKey, hit: Hit) -> list[str]:
    return [
        url("tracking"), url("pixel", pixel.pk), url("pixel_tail", pixel.pk), url("source_key", key.pk),
        url("source_key_tail", key.pk), url("tracking_health"), url("tracking_check"), url("hit", hit.pk),
        url("dashboard_part"),
    ]  # fmt: skip


def changes(world: BrandWorld, pixel: Pixel, key: SourceKey, hit: Hit) -> list[str]:
    return [
        url("shop_create"), url("shop_edit", world.shop.pk), url("pixel_create", world.shop.pk),
        url("source_key_create", world.shop.pk, "s2s"), url("pixel_edit", pixel.pk), url("pixel_archive", pixel.pk),
        url("source_key_rotate", key.pk), url("source_key_forget", key.pk), url("source_key_archive", key.pk),
        url("dead_letter_retry", hit.pk), url("dead_letters_retry"),
    ]  # fmt: skip


@pytest.fixture
def key(world: BrandWorld) -> SourceKey:
    return sources.add_source_key(member(world, "owner"), world.shop, "s2s")[0]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_each_role_may_look_and_workers_may_change(
    client: Client, world: BrandWorld, pixel: Pixel, key: SourceKey, collected: Collected, role: str
) -> None:
    hit = collected.hit(kind="s2s", payload={"type": "order", "net": 987654})
    collected.dead(hit, "x")
    login(client, world, role)
    for address in reads(world, pixel, key, hit):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert ("987654" in answer.content.decode()) <= (role in MAY_SEE_MONEY), address
    for address in changes(world, pixel, key, hit):
        status = client.post(address).status_code
        assert (status != 403) == (role in MAY_CHANGE), (address, status)


def test_strangers_and_agencies_find_nothing(
    client: Client, world: BrandWorld, pixel: Pixel, key: SourceKey, collected: Collected
) -> None:
    hit = collected.hit()
    collected.dead(hit, "x")
    pages = [*reads(world, pixel, key, hit), *changes(world, pixel, key, hit)]
    other = make_brand_world("other")
    login(client, other, "owner")
    for address in pages:
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 404, address
    # The same rows under the stranger's own organization.
    foreign = [address for address in pages if re.search(r"\d", address)]
    assert len(foreign) >= 10
    for address in foreign:
        moved = address.replace("/o/lumen/", "/o/other/")
        assert client.post(moved).status_code in (404, 405), moved
        assert client.get(moved).status_code in (404, 405), moved
    act_for(world.organization.pk)
    assert PendingHit.objects.get(pk=hit.pk).is_dead
    world.organization.kind = "agency"
    world.organization.save()
    owner = User.objects.get(email="owner@lumen.example")
    client.force_login(owner)
    assert {client.get(address).status_code for address in reads(world, pixel, key, hit)} == {404}


def test_a_brand_of_somebody_else_cannot_be_chosen(client: Client, world: BrandWorld) -> None:
    other = make_brand_world("other")
    act_for(world.organization.pk)
    login(client, world)
    data = {"name": "X", "brand": other.brand.pk, "currency": "USD", "timezone": "UTC"}
    assert client.post(url("shop_create"), data).status_code == 422


# ---- REST ----


@pytest.fixture
def call(client: Client, world: BrandWorld) -> Any:
    """Call the API as the manager's token."""
    _token, secret = ApiToken.issue(member(world), "tracking")

    def call(method: str, path: str, data: Any = None, slug: str = "lumen") -> Any:
        return client.generic(
            method,
            f"/api/v1/o/{slug}/tracking/{path}",
            json.dumps(data) if data is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    return call


def test_the_api_counts_add_up(call: Any, collected: Collected) -> None:
    whole = fill(collected)
    told = call("GET", f"counts/?since={TODAY - timedelta(days=2)}&until={TODAY}").json()
    assert sum(row["count"] for row in told["counts"]) == whole == told["totals"]["received"]
    assert told["totals"]["accepted"] + sum(told["totals"]["refused"].values()) == whole
    assert set(told["counts"][0]) == {"day", "door", "key", "outcome", "count"}
    clicks = call("GET", f"counts/?since={TODAY}&until={TODAY}&door=click").json()
    assert {row["door"] for row in clicks["counts"]} == {"click"}
    assert call("GET", "counts/?since=never").status_code == 400
    assert call("GET", "counts/?door=back").status_code == 400


def test_the_api_sets_a_shop_up(call: Any, world: BrandWorld) -> None:
    made = call("POST", "shops/", {"brand": world.brand.pk, "name": "API", "domain": "shop.example.com"})
    assert made.status_code == 201, made.content
    shop = made.json()
    changed = call("PATCH", f"shops/{shop['id']}/", {"name": "Renamed", "currency": "EUR"})
    assert (changed.json()["name"], changed.json()["currency"], changed.json()["domain"]) == (
        "Renamed", "EUR", "shop.example.com",
    )  # fmt: skip
    assert call("POST", "shops/", {"brand": world.brand.pk, "name": "X", "typo": 1}).status_code == 400
    assert call("POST", "shops/", {"brand": world.brand.pk, "name": "Renamed"}).status_code == 400
    pixel = call("POST", "pixels/", {"shop": shop["id"], "own_networks": ["203.0.113.9"]}).json()
    assert pixel["own_networks"] == ["203.0.113.9/32"]
    assert call("PATCH", f"pixels/{pixel['id']}/", {"consent_policy": "opt_out"}).json()["consent_policy"] == "opt_out"
    assert call("PATCH", f"pixels/{pixel['id']}/", {"own_networks": ["0.0.0.0/0"]}).status_code == 400
    assert call("POST", f"pixels/{pixel['id']}/archive/").json()["archived_at"]
    assert call("POST", f"pixels/{pixel['id']}/restore/").json()["archived_at"] is None


def test_the_api_tells_a_secret_once(call: Any, world: BrandWorld) -> None:
    made = call("POST", "source-keys/", {"shop": world.shop.pk, "kind": "s2s"})
    assert made.status_code == 201
    secret = made.json()["secret"]
    key = SourceKey.objects.get()
    assert Keys(settings.SECRET_KEY).unseal(key.secret) == secret
    path = f"source-keys/{key.pk}/"
    later = call("GET", path).content.decode() + call("GET", "source-keys/").content.decode()
    assert secret not in later
    assert '"secret"' not in later
    rotated = call("POST", path + "rotate/").json()
    assert rotated["is_rotating"]
    assert rotated["secret"] not in ("", secret)
    assert not call("POST", path + "end-rotation/").json()["is_rotating"]
    shopify = {"shop": world.shop.pk, "kind": "shopify", "secret": "shpss_0123456789abcdef"}
    assert call("POST", "source-keys/", shopify).json()["secret"] == ""
    assert call("POST", "source-keys/", {"shop": world.shop.pk, "kind": "shopify"}).status_code == 400
    assert call("POST", "source-keys/", {**shopify, "kind": "s2s"}).status_code == 400


def test_the_api_keeps_organizations_apart(call: Any, world: BrandWorld, pixel: Pixel) -> None:
    other = make_brand_world("other")
    theirs = Pixel.objects.create(organization=other.organization, shop=other.shop)
    for method, path, data in (
        ("GET", f"pixels/{theirs.pk}/", None),
        ("PATCH", f"pixels/{theirs.pk}/", {"consent_policy": "opt_out"}),
        ("POST", f"pixels/{theirs.pk}/archive/", None),
        ("POST", "pixels/", {"shop": other.shop.pk}),
        ("POST", "source-keys/", {"shop": other.shop.pk, "kind": "s2s"}),
        ("GET", f"shops/{other.shop.pk}/", None),
    ):
        assert call(method, path, data).status_code == 404, (method, path)
    assert call("POST", "shops/", {"brand": other.brand.pk, "name": "X"}).status_code == 400
    assert call("GET", "pixels/", slug="other").status_code == 404
    Membership.objects.filter(organization=world.organization).update(role="viewer")
    assert call("GET", "pixels/").status_code == 200
    assert call("POST", "pixels/", {"shop": world.shop.pk}).status_code == 403
