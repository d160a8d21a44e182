"""Send a season through the collector's doors: real HTTP, many shoppers at once, each in their own order."""

import http.client
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from attribution.simulator.messages import Doors, Messages, Request
from attribution.simulator.shoppers import Season, Shopper, SimulatedOrder, Step

THREADS = 8
TIMEOUT_SECONDS = 30
TRIES = 5


@dataclass
class Tally:
    """What was sent and what was answered: ``answers`` counts (door, status), ``sent`` hits by door."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many requests were answered."""
        return sum(self.sent.values())


class NotAnswered(Exception):
    """The collector could not be reached, however often it was tried."""


def drive(season: Season, doors: Doors, collector: str, progress: Callable[[int, int], None] | None = None) -> Tally:
    """Let every shopper of the season take their steps, and return the tally.

    `progress(done, all)` is called now and then with numbers of shoppers. A request that is answered 503, or not at
    all, is sent again unchanged: a retry is part of the protocol.
    """
    tally = Tally()
    lock = Lock()
    orders = {order.number: order for order in season.orders}
    done = 0

    def one(shoppers: Sequence[Shopper]) -> None:
        nonlocal done
        connection = _Connection(collector)
        for shopper in shoppers:
            walk = _Walk(shopper, season, doors, orders)
            for step in shopper.steps:
                for request in walk.take(step):
                    status, location = connection.send(request)
                    walk.answered(request, location)
                    with lock:
                        tally.answers[request.door, status] += 1
                        tally.sent[request.door] += 1
            with lock:
                done += 1
                if progress is not None and done % 50 == 0:
                    progress(done, len(season.shoppers))
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        for finished in [pool.submit(one, season.shoppers[n::THREADS]) for n in range(THREADS)]:
            finished.result()
    if progress is not None:
        progress(len(season.shoppers), len(season.shoppers))
    return tally


class _Walk:
    """One shopper's way: remembers the click id the last click gave, as the browser does."""

    def __init__(self, shopper: Shopper, season: Season, doors: Doors, orders: dict[int, SimulatedOrder]) -> None:
        self._shopper = shopper
        self._messages = Messages(doors, season.truth.settings.seed)
        self._orders = orders
        self._khc = ""
        self._landing = ""
        self._last: Request | None = None
        self._place = 0

    def take(self, step: Step) -> list[Request]:
        """Return the requests of one step."""
        self._place += 1
        if step.kind == "retry":
            return [self._last] if self._last is not None else []
        request = self._write(step)
        if step.kind in {"visit", "order", "paid"}:
            self._last = request
        return [request]

    def answered(self, request: Request, location: str) -> None:
        """Keep the click id of a redirect."""
        if request.door == "click" and request.method == "GET" and location:
            self._landing = (parse_qs(urlsplit(location).query).get("khc") or [""])[0]
            self._khc = self._landing or self._khc

    def _write(self, step: Step) -> Request:
        send, who, at = self._messages, self._shopper, step.at
        if step.order is not None:
            order = self._orders[step.order]
            if step.kind == "refund":
                return send.refund(order, step.creator or 0)
            status = {"order": "pending", "paid": "paid", "cancel": "voided"}[step.kind]
            return send.order(who, order, at, self._khc, status)
        if step.kind == "unknown":
            return send.unknown(who, at)
        if step.kind in {"cart", "checkout"}:
            return send.event(who, at, self._place, {"cart": "add_to_cart"}.get(step.kind, step.kind))
        creator = step.creator
        if creator is None:
            return send.event(who, at, self._place, "page_view")
        if step.kind == "click":
            return send.click(who, creator, at)
        if step.kind == "bot":
            return send.preview(creator, at, who.number)
        if step.kind == "head":
            return send.head(who, creator, at)
        forged = f"{self._khc[:-4]}AAAA" if step.kind == "forged" and self._khc else self._landing
        return send.event(who, at, self._place, "page_view", forged, step.consent)


class _Connection:
    """A kept-alive connection that is opened again when it breaks."""

    def __init__(self, collector: str) -> None:
        parts = urlsplit(collector)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._http = self._open()

    def _open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)

    def send(self, request: Request) -> tuple[int, str]:
        """Return status and Location; raises NotAnswered."""
        for _try in range(TRIES):
            try:
                self._http.request(request.method, request.path, request.body or None, request.headers)
                answer = self._http.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self._http.close()
                self._http = self._open()
                continue
            if answer.status != 503:
                return answer.status, answer.getheader("Location") or ""
        raise NotAnswered(f"{request.method} {request.path}: no answer after {TRIES} tries")

    def close(self) -> None:
        self._http.close()
