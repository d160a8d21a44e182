"""Replay: what the spool holds goes to PostgreSQL, in the same statement, by one process at a time."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

import psycopg

from attribution.collector import spool
from attribution.collector.append import AlreadyApplied, CommitInDoubt, Connection, append
from attribution.collector.incoming import IncomingHit, Refusal
from attribution.collector.lanes import RETRIED, connect
from attribution.collector.outcomes import Outcome

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 0.5
# Any number that nothing else in the database locks.
_LOCK: Final = 0x6B6F6C687562
# A record's batches are numbered within this many, so that halves of a record come before the whole of it.
_STRIDE: Final = 1_000_000


class Replayer:
    """Looks at the spool directory and replays every segment that has no writer any more."""

    def __init__(self, url: str, directory: Path) -> None:
        self._url = url
        self._directory = directory
        self._is_stopping = False
        self.replayed = 0

    def stop(self) -> None:
        """End after the segment at hand."""
        self._is_stopping = True

    async def run(self) -> None:
        """Replay for as long as the process lives."""
        while not self._is_stopping:
            await asyncio.sleep(EVERY_SECONDS)
            if not spool.segments(self._directory):
                continue
            try:
                async with await connect(self._url, "kolhub collector replay") as connection:
                    await self._replay_all(connection)
            except (psycopg.Error, OSError, TimeoutError, CommitInDoubt) as trouble:
                log.info("not replaying yet: %s", str(trouble).strip()[:200])

    async def _replay_all(self, connection: Connection) -> None:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        row = await cursor.fetchone()
        await connection.commit()
        if row is None or not row[0]:
            return
        for path in spool.segments(self._directory):
            if self._is_stopping:
                return
            with spool.taken(path) as content:
                if content is not None:
                    await self._replay(connection, path, content)
                    spool.remove(path)

    async def _replay(self, connection: Connection, path: Path, content: bytes) -> None:
        for record, (offset, body, raw) in enumerate(spool.records(content), start=1):
            if body is None:
                spool.set_aside(path, offset, raw, "damaged")
                log.error("%s: %d damaged bytes at %d set aside", path.name, len(raw), offset)
                continue
            try:
                batch = spool.decode(body)
            except (ValueError, TypeError, KeyError) as trouble:
                spool.set_aside(path, offset, raw, f"not readable: {trouble}")
                continue
            await self._apply(connection, path, (record, offset), batch.hits, batch.refusals, batch.doubted, 0)
        log.info("replayed %s", path.name)

    async def _apply(
        self,
        connection: Connection,
        path: Path,
        place: tuple[int, int],
        hits: list[IncomingHit],
        refusals: dict[Refusal, int],
        doubted: tuple[str, int] | None,
        before: int,
    ) -> None:
        """Apply a record, or parts of it; `before` counts the record's hits that came in earlier parts."""
        record, offset = place
        number = record * _STRIDE + before + max(len(hits), 1)
        try:
            await self._append(connection, hits, refusals, path.stem, number, doubted)
            self.replayed += len(hits)
        except AlreadyApplied:
            return
        except (psycopg.DataError, psycopg.IntegrityError) as trouble:
            if len(hits) > 1:
                middle = len(hits) // 2
                await self._apply(connection, path, place, hits[:middle], refusals, doubted, before)
                await self._apply(connection, path, place, hits[middle:], {}, None, before + middle)
                return
            for hit in hits:
                reason = (hit.day, hit.organization_id, hit.kind.value, hit.counted_key, Outcome.MALFORMED.value)
                spool.set_aside(path, offset + before, hit.as_json().encode(), str(trouble))
                await self._append(connection, [], {**refusals, reason: 1}, path.stem, number, doubted)

    async def _append(
        self,
        connection: Connection,
        hits: list[IncomingHit],
        refusals: dict[Refusal, int],
        stream: str,
        number: int,
        doubted: tuple[str, int] | None,
    ) -> None:
        for _attempt in range(3):
            try:
                await append(connection, hits, refusals, stream, number, doubted)
                return
            except RETRIED:
                continue
        raise psycopg.OperationalError("deadlocked three times")
