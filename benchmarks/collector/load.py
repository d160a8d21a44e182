"""A client that keeps connections busy: the next request goes out when the answer is in."""

import argparse
import asyncio
import json
import time
from uuid import uuid4

import uvloop

AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.received = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        if time.perf_counter() < self.load.until:
            self.began = time.perf_counter()
            self.transport.write(self.load.request())
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.received.lower().find(b"content-length:", 0, head)
        length = int(self.received[at + 15 : self.received.index(b"\r\n", at)]) if at >= 0 else 0
        if len(self.received) < head + 4 + length:
            return
        self.load.seen(int(self.received[9:12]), time.perf_counter() - self.began)
        self.received = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self.load.open -= 1
        if not self.load.open:
            self.load.done.set()


class Load:
    """Many connections for some seconds."""

    def __init__(self, target: str, seconds: float) -> None:
        self.until = time.perf_counter() + seconds
        self.statuses: dict[int, int] = {}
        self.times: list[float] = []
        self.open = 0
        self.done = asyncio.Event()
        head, _, tail = target.partition("{}")
        self._head = f"GET {head}".encode()
        self._tail = f"{tail} HTTP/1.1\r\nHost: x\r\nUser-Agent: {AGENT}\r\nAccept: image/*\r\n\r\n".encode()
        self._is_unique = "{}" in target

    def request(self) -> bytes:
        return self._head + (str(uuid4()).encode() if self._is_unique else b"") + self._tail

    def seen(self, status: int, seconds: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.times.append(seconds)


async def run(port: int, target: str, connections: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    load = Load(target, seconds)
    began = time.perf_counter()
    for _i in range(connections):
        load.open += 1
        await loop.create_connection(lambda: Client(load), "127.0.0.1", port)
    await load.done.wait()
    took = time.perf_counter() - began
    times = sorted(load.times)
    print(
        json.dumps(
            {
                "requests": len(times),
                "per_second": len(times) / took,
                "p50": times[len(times) // 2] * 1000,
                "p99": times[int(len(times) * 0.99)] * 1000,
                "statuses": load.statuses,
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("target")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    told = parser.parse_args()
    uvloop.run(run(told.port, told.target, told.connections, told.seconds))
