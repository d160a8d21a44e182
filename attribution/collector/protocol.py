"""HTTP/1.1 on a socket: one connection, its limits and its deadlines. Knows nothing of hits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, cast

import httptools

MAX_TARGET: Final = 8 * 1024
MAX_HEADERS: Final = 16 * 1024
MAX_HEADER_COUNT: Final = 100
MAX_BODY: Final = 2 * 1024 * 1024
# A whole request must have come in this many seconds after its first byte; an idle connection is kept this long.
REQUEST_SECONDS: Final = 15.0
IDLE_SECONDS: Final = 65.0
MAX_PIPELINED: Final = 32
LINGER_SECONDS: Final = 1.0

REASONS: Final = {
    200: b"OK", 202: b"Accepted", 204: b"No Content", 302: b"Found", 304: b"Not Modified", 400: b"Bad Request",
    401: b"Unauthorized", 404: b"Not Found", 405: b"Method Not Allowed", 408: b"Request Timeout", 409: b"Conflict",
    413: b"Content Too Large", 414: b"URI Too Long", 415: b"Unsupported Media Type", 422: b"Unprocessable Content",
    429: b"Too Many Requests", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable",
}  # fmt: skip


class Request:
    """One request, and the place of its answer in the order of the connection."""

    __slots__ = ("_answer", "body", "connection", "headers", "keep_alive", "method", "path", "query", "repeated")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.method = ""
        self.path = b""
        self.query = b""
        self.headers: dict[bytes, bytes] = {}
        # Headers that came more than once: two signatures are one too many.
        self.repeated: set[bytes] = set()
        self.body = b""
        self.keep_alive = True
        self._answer: bytes | None = None

    def header(self, name: bytes) -> str:
        """Return a header's value, the first one where there are several."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value else ""

    @property
    def is_answered(self) -> bool:
        """Whether the answer has been given; a second one is ignored."""
        return self._answer is not None

    def answer(self, status: int, headers: bytes = b"", body: bytes = b"") -> None:
        """Answer; `headers` are whole lines, each ending in CRLF."""
        if self._answer is not None:
            return
        connection = self.connection
        ending = b"" if self.keep_alive else b"Connection: close\r\n"
        shown = b"" if self.method == "HEAD" else body
        self._answer = b"HTTP/1.1 %d %b\r\nDate: %b\r\n%bContent-Length: %d\r\n%b\r\n%b" % (
            status, REASONS[status], connection.house.date, headers, len(body), ending, shown,
        )  # fmt: skip
        connection.flush()


class House:
    """What all connections share: who answers, the time, and who is connected."""

    def __init__(
        self,
        answer: Callable[[Request], None],
        refused: Callable[[int, bytes], None] = lambda status, target: None,
        most_connections: int = 4096,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self.answer = answer
        self.request_seconds = request_seconds
        self.refused = refused
        self.date = b""
        self.most_connections = most_connections
        self.connections: set[Connection] = set()
        self.is_closing = False


class Connection(asyncio.Protocol):
    """One client's connection: parses, limits, keeps answers in order."""

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self.house = house
        self.loop = loop
        self.peer = ""
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._target = b""
        self._size = 0
        self._body: list[bytes] = []
        self._body_size = 0
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._refusal: int | None = None

    # ---- the socket ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio.Transport without being ones.
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = name[0] if isinstance(name, tuple) else ""
        if len(self.house.connections) >= self.house.most_connections or self.house.is_closing:
            self._transport.abort()
            return
        self.house.connections.add(self)
        self._deadline = self.loop.time() + self.house.request_seconds
        self._timer = self.loop.call_later(self.house.request_seconds, self._check)

    def connection_lost(self, error: Exception | None) -> None:
        self.house.connections.discard(self)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_ending:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(400)
        except httptools.HttpParserError:
            self._refuse(self._refusal or 400)

    def eof_received(self) -> bool:
        # Half-closed: what was asked is still answered.
        self._is_ending = True
        if not self._waiting:
            return False  # the transport closes itself
        self._waiting[-1].keep_alive = False
        return True

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and len(self._waiting) < MAX_PIPELINED:
            self._transport.resume_reading()

    def _check(self) -> None:
        """End the connection when its deadline has passed; one timer per connection, set again when it was early."""
        if self._transport is None:
            return
        now = self.loop.time()
        if now < self._deadline or (self._waiting and self._current is None):
            pause = min(max(self._deadline - now, 0.5), self.house.request_seconds)
            self._timer = self.loop.call_later(pause, self._check)
        elif self._current is not None:
            self._refuse(408)
        else:
            self._transport.close()

    # ---- the parser ----

    def on_message_begin(self) -> None:
        self._current = Request(self)
        if not self._waiting:
            self._deadline = self.loop.time() + self.house.request_seconds
        self._target = b""
        self._size = self._body_size = 0
        self._body = []

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > MAX_TARGET:
            self._stop(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        request = self._current
        assert request is not None
        self._size += len(name) + len(value) + 4
        if self._size > MAX_HEADERS or len(request.headers) >= MAX_HEADER_COUNT:
            self._stop(431)
        name = name.lower()
        if name in request.headers:
            request.repeated.add(name)
        else:
            request.headers[name] = value

    def on_headers_complete(self) -> None:
        request = self._current
        assert request is not None
        length = request.headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > MAX_BODY:
            self._stop(413)
        if request.headers.get(b"expect", b"").lower() == b"100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if self._body_size > MAX_BODY:
            self._stop(413)
        self._body.append(body)

    def on_message_complete(self) -> None:
        request, self._current = self._current, None
        assert request is not None
        request.method = self._parser.get_method().decode("latin-1")
        request.keep_alive = self._parser.should_keep_alive() and not self.house.is_closing
        target, _, _fragment = self._target.partition(b"#")
        request.path, _, request.query = target.partition(b"?")
        request.body = b"".join(self._body)
        self._body = []
        self._waiting.append(request)
        if len(self._waiting) >= MAX_PIPELINED and self._transport is not None:
            self._transport.pause_reading()
        self._deadline = self.loop.time() + self.house.request_seconds
        if request.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            request.keep_alive = False
            request.answer(415)
            return
        self.house.answer(request)

    def _stop(self, status: int) -> None:
        """Give up on the request that is being read: the parser passes the exception on to `data_received`."""
        self._refusal = status
        raise ValueError(status)

    # ---- answers ----

    def _refuse(self, status: int) -> None:
        """Answer what cannot be read any further, after everything before it, and end."""
        self._is_ending = True
        if self._current is not None:
            self.house.refused(status, self._target)
        request, self._current = self._current or Request(self), None
        request.keep_alive = False
        self._waiting.append(request)
        request.answer(status)

    def flush(self) -> None:
        """Send the answers that are next in line."""
        transport = self._transport
        while self._waiting and self._waiting[0]._answer is not None:
            request = self._waiting.popleft()
            assert request._answer is not None
            if transport is None:
                continue
            transport.write(request._answer)
            if not request.keep_alive:
                self._end(transport)
                return
        if transport is None or self._is_ending:
            return
        if len(self._waiting) == MAX_PIPELINED - 1 and not transport.is_closing():
            transport.resume_reading()
        if not self._waiting:
            self._deadline = self.loop.time() + (self.house.request_seconds if self._current else IDLE_SECONDS)

    def _end(self, transport: asyncio.Transport) -> None:
        """Close after the last answer. Bytes still coming in are read first, or a reset would swallow the answer."""
        self._is_ending = True
        if transport.can_write_eof():
            transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, transport.close)

    def end(self) -> None:
        """Close when nothing waits for an answer any more: for a graceful stop."""
        if self._transport is None:
            return
        if not self._waiting and self._current is None:
            self._transport.close()
        for request in self._waiting:
            request.keep_alive = False
