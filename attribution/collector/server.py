"""The hit server: doors, lanes, tables and clocks put together, from start to graceful stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from attribution.collector import metrics, orders_in, visits
from attribution.collector.addresses import Address, Network, client, networks, truncate, within
from attribution.collector.incoming import day_of
from attribution.collector.lanes import Lane
from attribution.collector.limits import NO_LIMIT, Buckets, Rate
from attribution.collector.lookups import Lookups
from attribution.collector.outcomes import Kind, Outcome
from attribution.collector.protocol import Connection, House, Request
from attribution.collector.replay import Replayer
from attribution.collector.salts import Salts
from attribution.collector.signing import Keys
from attribution.collector.tables import Link, Pixel, Source

log = logging.getLogger(__name__)

SCRIPT: Final = Path(__file__).with_name("kolhub.js").read_bytes()
PLAIN: Final = b"Content-Type: text/plain; charset=utf-8\r\n" + visits.PRIVATE
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Options:
    """How a hit server is run. Rates of 0 a second mean no limit."""

    database_url: str
    secret_key: str
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8001
    trusted_proxies: tuple[str, ...] = ()
    is_clock_simulated: bool = False
    per_key: Rate = NO_LIMIT
    per_network: Rate = NO_LIMIT
    most_waiting: int = 5_000
    request_seconds: float = 15.0
    spool_bytes: int = 1 << 30


class Collector:
    """One process of the hit server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.loop = asyncio.get_running_loop()
        self.keys = Keys(options.secret_key)
        self._salts = Salts(options.data_dir / "salts")
        self._trusted: tuple[Network, ...] = networks(options.trusted_proxies)
        spool = options.data_dir / "spool"
        self.spool_directory = spool
        self.visits = Lane("visits", options.database_url, spool, options.most_waiting, options.spool_bytes)
        self.money = Lane("money", options.database_url, spool, options.most_waiting, options.spool_bytes)
        self.lookups = Lookups(options.database_url, options.data_dir / "collector-tables.json")
        self.replayer = Replayer(options.database_url, spool)
        self.per_key = Buckets(options.per_key)
        self.per_network = Buckets(options.per_network)
        self.house = House(self.answer, self.refused, request_seconds=options.request_seconds)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.started_at = time.time()
        self._secrets = lru_cache(maxsize=10_000)(self._unseal)

    # ---- what the doors ask ----

    def now(self, request: Request) -> float:
        """The time a request is received at; a simulation may set it, where that was switched on at the start."""
        if self.options.is_clock_simulated and (told := request.header(b"x-simulated-at")):
            try:
                return min(max(float(told), 0.0), 4e9)
            except ValueError:
                pass
        return time.time()

    def is_simulated(self, request: Request) -> bool:
        """Whether this request brings its own time."""
        return self.options.is_clock_simulated and b"x-simulated-at" in request.headers

    def address(self, request: Request) -> Address | None:
        """The client's address, through configured proxies only."""
        return client(request.connection.peer, request.header(b"x-forwarded-for"), self._trusted)

    def country(self, request: Request) -> str:
        """The client's country where a configured proxy says so."""
        told = request.header(b"x-country-code") or request.header(b"cf-ipcountry")
        if len(told) != 2 or not told.isascii() or not told.isalpha() or not self._trusted:
            return ""
        return told.upper() if within(client(request.connection.peer, "", ()), self._trusted) else ""

    def visitor_of_the_day(self, organization_id: int, address: str, agent: str, now: float) -> str:
        """Name a visitor who brings no id, until midnight."""
        return self.keys.visitor_of_the_day(self._salts.of(day_of(now)), organization_id, address, agent)

    def secrets(self, source: Source) -> list[str]:
        """A source's secrets, the former one included while a rotation lasts."""
        return [
            secret for sealed in (source.secret, source.previous_secret) if sealed and (secret := self._secrets(sealed))
        ]

    def _unseal(self, sealed: str) -> str | None:
        return self.keys.unseal(sealed)

    def with_pixel(self, key: str, then: Callable[[Pixel | None, bool], None]) -> None:
        """Call back with the pixel of this key."""
        self._with(key, lambda: self.lookups.tables.pixels.get(key), then)

    def with_link(self, slug: str, then: Callable[[Link | None, bool], None]) -> None:
        """Call back with the link of this slug."""
        self._with(slug, lambda: self.lookups.tables.links.get(slug), then)

    def with_source(self, key: str, then: Callable[[Source | None, bool], None]) -> None:
        """Call back with the source of this key."""
        self._with(key, lambda: self.lookups.tables.sources.get(key), then)

    def _with(self, key: str, find: Callable[[], Any], then: Callable[[Any, bool], None]) -> None:
        found = find()
        if found is not None:
            then(found, True)
        elif not key or len(key) > 80 or "\x00" in key:
            then(None, True)
        else:
            self.lookups.ask(key, lambda is_certain: then(find(), is_certain))

    def may_pass(self, request: Request, kind: Kind, organization_id: int | None, key: str, events: int = 1) -> bool:
        """Apply the rates per key and per network; False is counted. A simulation knows no rates."""
        if self.options.is_clock_simulated:
            return True
        moment = self.loop.time()
        address = self.address(request)
        is_own = address is not None and address.is_loopback
        if (is_own or self.per_network.take(truncate(address), moment, events)) and (
            organization_id is None or self.per_key.take(key, moment, events)
        ):
            return True
        self.refuse(request, kind, Outcome.RATE_LIMITED, organization_id, key, events)
        return False

    def may_post(self, request: Request, kind: Kind, source: Source) -> bool:
        """Apply the rate per key to a verified machine."""
        if self.options.is_clock_simulated or self.per_key.take(source.key, self.loop.time()):
            return True
        self.refuse(request, kind, Outcome.RATE_LIMITED, source.organization_id, source.key)
        return False

    def refuse(
        self,
        request: Request | None,
        kind: Kind,
        outcome: Outcome,
        organization_id: int | None = None,
        key: str = "",
        count: int = 1,
    ) -> None:
        """Count a request that leaves no hit."""
        moment = self.now(request) if request else time.time()
        lane = self.money if kind in (Kind.S2S, Kind.SHOPIFY) else self.visits
        counted = key if organization_id is not None else ""
        lane.refuse((day_of(moment), organization_id, kind.value, counted, outcome.value), count)

    # ---- the front door ----

    def answer(self, request: Request) -> None:
        """Send a request to its door."""
        try:
            self._route(request)
        except Exception:
            log.exception("a door failed")
            request.answer(503, PLAIN + visits.RETRY)

    def _route(self, request: Request) -> None:
        path = request.path.decode("latin-1")
        method = request.method
        is_reading = method in ("GET", "HEAD")
        if method == "OPTIONS":
            visits.preflight(request)
        elif path.startswith("/t/") and path.endswith(".gif") and "/" not in path[3:] and is_reading:
            visits.pixel(self, request, path[3:-4])
        elif path.startswith("/go/") and len(path) > 4 and "/" not in path[4:] and is_reading:
            visits.click(self, request, path[4:])
        elif path == "/e" and method == "POST":
            visits.events(self, request)
        elif path == "/s2s/conversions" and method == "POST":
            orders_in.s2s(self, request)
        elif path.startswith("/hooks/shopify/") and method == "POST" and "/" not in path[15:]:
            orders_in.shopify(self, request, path[15:])
        elif path in ("/kolhub.js", "/healthz", "/readyz", "/metrics") and is_reading:
            self._tell(request, path)
        else:
            known = path in ("/e", "/s2s/conversions") or path.startswith(("/t/", "/go/", "/hooks/shopify/"))
            request.answer(405 if known and method not in ("GET", "HEAD", "POST") else 404, PLAIN)

    def _tell(self, request: Request, path: str) -> None:
        if path == "/kolhub.js":
            headers = b"Content-Type: text/javascript; charset=utf-8\r\nCache-Control: public, max-age=3600\r\n"
            request.answer(200, headers + visits.OPEN, SCRIPT)
        elif path == "/healthz":
            request.answer(200, PLAIN, b"ok\n")
        elif path == "/metrics":
            request.answer(200, PLAIN, metrics.render(self).encode())
        else:
            is_ready = self.lookups.is_current or bool(self.lookups.tables.links or self.lookups.tables.pixels)
            request.answer(200 if is_ready else 503, PLAIN, b"ready\n" if is_ready else b"no links or keys yet\n")

    def refused(self, status: int, target: bytes) -> None:
        """Count what was cut off before it was a whole request, where it was meant for a counting door."""
        doors = (
            (b"/t/", Kind.PIXEL), (b"/go/", Kind.CLICK), (b"/e", Kind.EVENT), (b"/s2s/", Kind.S2S),
            (b"/hooks/shopify/", Kind.SHOPIFY),
        )  # fmt: skip
        for start, kind in doors:
            if target.startswith(start):
                self.refuse(None, kind, Outcome.TOO_LARGE if status in (413, 414, 431) else Outcome.MALFORMED)
                return

    # ---- life ----

    async def run(self, ready: Callable[[int], None] = lambda port: None) -> None:
        """Serve until SIGTERM or SIGINT, then answer what was asked and leave nothing unwritten."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, stop.set)
        self._tick()
        helpers = [asyncio.ensure_future(self.lookups.follow()), asyncio.ensure_future(self.lookups.find())]
        lanes = [asyncio.ensure_future(self.visits.run()), asyncio.ensure_future(self.money.run())]
        replaying = asyncio.ensure_future(self.replayer.run())
        await self._first_tables()
        listener = _listen(self.options.host, self.options.port)
        server = await self.loop.create_server(lambda: Connection(self.house, self.loop), sock=listener)
        ready(listener.getsockname()[1])
        await stop.wait()
        await self._drain(server)
        self.visits.stop()
        self.money.stop()
        self.replayer.stop()
        await asyncio.wait([*lanes, replaying], timeout=STOP_SECONDS)
        for helper in (*helpers, replaying):
            helper.cancel()

    async def _first_tables(self) -> None:
        """Wait a moment for the tables, so that the first requests meet them; go on without PostgreSQL."""
        for _i in range(40):
            if self.lookups.is_current:
                return
            await asyncio.sleep(0.05)

    async def _drain(self, server: asyncio.Server) -> None:
        server.close()
        self.house.is_closing = True
        deadline = self.loop.time() + STOP_SECONDS / 2
        while self.house.connections and self.loop.time() < deadline:
            for connection in list(self.house.connections):
                connection.end()
            await asyncio.sleep(0.02)

    def _tick(self) -> None:
        self.house.date = formatdate(usegmt=True).encode()
        self.loop.call_later(0.5, self._tick)


def _listen(host: str, port: int) -> socket.socket:
    """Open the port so that several worker processes can share it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(1024)
    listener.setblocking(False)
    return listener
