"""Lanes: bounded queues whose batches go to PostgreSQL, or to the spool while it is away.

Money has a lane of its own, so that a flood of pixels cannot delay it. There is no timer: a batch is whatever waited
while the one before it was committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections import Counter, deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg

from attribution.collector import spool
from attribution.collector.append import CommitInDoubt, Connection, append
from attribution.collector.incoming import Entry, IncomingHit, Refusal, Result
from attribution.collector.outcomes import Outcome

log = logging.getLogger(__name__)

LARGEST_BATCH: Final = 500
# How long a commit may take before the batch goes to the spool instead.
COMMIT_SECONDS: Final = 3.0
CONNECT_SECONDS: Final = 2.0
BREAKER_SECONDS: Final = 0.5
RETRIED: Final = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


async def connect(url: str, name: str) -> Connection:
    """Open a connection as the hit server's login."""
    return await asyncio.wait_for(
        psycopg.AsyncConnection.connect(
            url,
            connect_timeout=int(CONNECT_SECONDS),
            application_name=name,
            prepare_threshold=1,
            options="-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000",
        ),
        CONNECT_SECONDS + 1,
    )


async def within_time(connection: Connection, work: Coroutine[Any, Any, list[Result]], seconds: float) -> list[Result]:
    """Wait for work on a connection; when the time is up, the socket is shut and the work fails at once.

    Cancelling would have to ask the server first, which is what does not answer.
    """
    task = asyncio.ensure_future(work)
    done, _pending = await asyncio.wait({task}, timeout=seconds)
    if not done:
        shut(connection)
    return await task


def shut(connection: Connection) -> None:
    """Shut a connection's socket down without asking the other side."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


class Lane:
    """One queue, one connection, one spool writer."""

    def __init__(self, name: str, url: str, directory: Path, most_waiting: int, spool_bytes: int) -> None:
        self.name = name
        self._url = url
        self._most_waiting = most_waiting
        self._queue: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._writer = spool.Writer(directory, most_bytes=spool_bytes)
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._stream, self._number = str(uuid4()), 0
        self._is_stopping = False
        self.waiting = 0
        self.refusals: Counter[Refusal] = Counter()
        self.stored = self.spooled = self.lost = self.batches = 0

    # ---- from the doors ----

    def put(self, entry: Entry) -> bool:
        """Queue a request's hits; False where the queue is full."""
        if self.waiting + len(entry.hits) > self._most_waiting or self._is_stopping:
            return False
        self.waiting += len(entry.hits)
        self._queue.append(entry)
        self._wake.set()
        return True

    def refuse(self, refusal: Refusal, count: int = 1) -> None:
        """Count a request that leaves no hit; it travels with the next batch."""
        self.refusals[refusal] += count

    @property
    def is_connected(self) -> bool:
        """Whether batches go to PostgreSQL at the moment."""
        return self._connection is not None and not self._connection.closed

    # ---- the worker ----

    async def run(self) -> None:
        """Store batches until stopped, and then what is left."""
        await self._connect()
        while not (self._is_stopping and not self._queue):
            if not self._queue:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), 1.0)
                except TimeoutError:
                    self._keep_connected()
                    if self.is_connected:
                        self._writer.seal()
                    if not self.refusals:
                        continue
            await self._store(self._take())
        if self.refusals:
            await self._store([])
        self._writer.seal()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            await self._connection.close()

    def stop(self) -> None:
        """Take nothing more; `run` ends when the queue is empty."""
        self._is_stopping = True
        self._wake.set()

    def _take(self) -> list[Entry]:
        entries: list[Entry] = []
        size = 0
        while self._queue and (not entries or size + len(self._queue[0].hits) <= LARGEST_BATCH):
            entry = self._queue.popleft()
            size += len(entry.hits)
            entries.append(entry)
        return entries

    async def _store(self, entries: list[Entry]) -> None:
        hits = [hit for entry in entries for hit in entry.hits]
        refusals, self.refusals = self.refusals, Counter()
        results = await self._make_durable(hits, refusals)
        place = 0
        for entry in entries:
            following = place + len(entry.hits)
            self.waiting -= len(entry.hits)
            entry.done(results[place:following])
            place = following

    async def _make_durable(self, hits: list[IncomingHit], refusals: Counter[Refusal]) -> list[Result]:
        """Commit the batch, or spool it, or say that neither was possible."""
        doubted: tuple[str, int] | None = None
        if self.is_connected:
            try:
                results = await self._commit(hits, refusals)
                self._writer.seal()
                return results
            except (psycopg.DataError, psycopg.IntegrityError) as trouble:
                return await self._bisect(hits, refusals, trouble)
            except (psycopg.Error, OSError, TimeoutError, CommitInDoubt) as trouble:
                log.warning("PostgreSQL does not take hits (%s); they go to the spool", _brief(trouble))
                if isinstance(trouble, CommitInDoubt):
                    # The replay asks whether this number was taken: it must never be used again.
                    doubted = (self._stream, self._number)
                    self._stream, self._number = str(uuid4()), 0
                await self._disconnect()
        self._keep_connected()
        return await self._spool(hits, refusals, doubted)

    async def _commit(self, hits: list[IncomingHit], refusals: Counter[Refusal]) -> list[Result]:
        connection = self._connection
        assert connection is not None
        self._number += 1
        for _attempt in range(3):
            try:
                work = append(connection, hits, refusals, self._stream, self._number)
                results = await within_time(connection, work, COMMIT_SECONDS)
                self.stored += len(hits)
                self.batches += 1
                return results
            except RETRIED:
                continue
        raise psycopg.OperationalError("deadlocked three times")

    async def _bisect(
        self, hits: list[IncomingHit], refusals: Counter[Refusal], trouble: psycopg.Error
    ) -> list[Result]:
        """Find the hit that PostgreSQL refuses; its neighbours are stored."""
        if len(hits) <= 1:
            log.error("refused by PostgreSQL: %s", _brief(trouble))
            for hit in hits:
                self.refuse((hit.day, hit.organization_id, hit.kind, hit.counted_key, Outcome.MALFORMED))
            self.refusals.update(refusals)
            return [Result(Outcome.MALFORMED, hit.id) for hit in hits]
        middle = len(hits) // 2
        first = await self._make_durable(hits[:middle], refusals)
        return first + await self._make_durable(hits[middle:], Counter())

    async def _spool(
        self, hits: list[IncomingHit], refusals: Counter[Refusal], doubted: tuple[str, int] | None
    ) -> list[Result]:
        record = spool.encode(hits, refusals, doubted)
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._writer.write, record)
        except OSError as trouble:
            log.error("the spool takes nothing either: %s", _brief(trouble))
            self.lost += len(hits)
            self.refusals.update(refusals)
            if doubted is None:
                for hit in hits:
                    self.refuse((hit.day, hit.organization_id, hit.kind, hit.counted_key, Outcome.UNAVAILABLE))
            return [Result(Outcome.UNAVAILABLE, hit.id) for hit in hits]
        self.spooled += len(hits)
        return [Result(hit.outcome, hit.id) for hit in hits]

    # ---- the connection ----

    def _keep_connected(self) -> None:
        if not self.is_connected and (self._connecting is None or self._connecting.done()):
            self._connecting = asyncio.ensure_future(self._reconnect())

    async def _reconnect(self) -> None:
        while not self._is_stopping and not self.is_connected:
            await asyncio.sleep(BREAKER_SECONDS)
            await self._connect()

    async def _connect(self) -> None:
        try:
            self._connection = await connect(self._url, f"kolhub collector {self.name}")
        except (psycopg.Error, OSError, TimeoutError) as trouble:
            log.warning("PostgreSQL does not answer: %s", _brief(trouble))

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            shut(connection)
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()


def _brief(trouble: BaseException) -> str:
    return (str(trouble).strip().splitlines() or [type(trouble).__name__])[0][:300]
