"""Keeps the tables in memory up to date: at once when told, now and then anyway, and for a key it does not know."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg

from attribution.collector.append import load_missing, load_tables
from attribution.collector.lanes import connect
from attribution.collector.tables import Tables

log = logging.getLogger(__name__)

# Told of every change by NOTIFY; this only covers what nobody tells (a campaign's time zone, a lost message).
RELOAD_SECONDS: Final = 60.0
FORGET_SECONDS: Final = 2.0
# Reloads are at least this far apart, however many links somebody makes.
PAUSE_SECONDS: Final = 0.5
MOST_WAITING: Final = 500
MOST_FORGOTTEN: Final = 10_000


class Lookups:
    """The tables, and the two tasks that keep them."""

    def __init__(self, url: str, snapshot: Path) -> None:
        self._url = url
        self._snapshot = snapshot
        self.tables = Tables.read(snapshot) or Tables()
        self.is_current = False
        self.loaded_at = 0.0
        self._waiting: dict[str, list[Callable[[bool], None]]] = {}
        self._absent: OrderedDict[str, float] = OrderedDict()
        self._asked = asyncio.Event()

    # ---- for the doors ----

    def ask(self, key: str, then: Callable[[bool], None]) -> None:
        """Look for a key in the database and call back; False where the database could not be asked.

        The answer is bounded: many unknown keys at once are looked up together, and a key that was not there a moment
        ago is not looked for again.
        """
        if time.monotonic() - self._absent.get(key, -FORGET_SECONDS) < FORGET_SECONDS:
            then(True)
        elif not self.is_current or len(self._waiting) >= MOST_WAITING:
            then(self.is_current)
        else:
            self._waiting.setdefault(key, []).append(then)
            self._asked.set()

    # ---- the tasks ----

    async def follow(self) -> None:
        """Load everything, then again whenever a change is notified."""
        while True:
            try:
                async with await connect(self._url, "kolhub collector tables") as connection:
                    await connection.set_autocommit(True)
                    await connection.execute("LISTEN kolhub_tables")
                    while True:
                        await self._load(connection)
                        await asyncio.sleep(PAUSE_SECONDS)
                        async for _told in connection.notifies(timeout=RELOAD_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, OSError, TimeoutError) as trouble:
                self.is_current = False
                log.warning("links and keys cannot be read: %s", str(trouble).strip()[:200])
                await asyncio.sleep(PAUSE_SECONDS)

    async def _load(self, connection: psycopg.AsyncConnection[Any]) -> None:
        tables = await load_tables(connection)
        is_new = (tables.pixels, tables.sources, tables.links) != (
            self.tables.pixels,
            self.tables.sources,
            self.tables.links,
        )
        self.tables, self.is_current, self.loaded_at = tables, True, time.time()
        self._absent.clear()
        if is_new or not self._snapshot.exists():
            await asyncio.get_running_loop().run_in_executor(None, self._keep, tables)

    def _keep(self, tables: Tables) -> None:
        try:
            tables.write(self._snapshot)
        except OSError as trouble:
            log.error("the copy of links and keys cannot be written: %s", trouble)

    async def find(self) -> None:
        """Answer what the doors ask, all of what waits in one query."""
        while True:
            try:
                async with await connect(self._url, "kolhub collector keys") as connection:
                    await connection.set_autocommit(True)
                    while True:
                        await self._asked.wait()
                        self._asked.clear()
                        await self._find(connection)
            except (psycopg.Error, OSError, TimeoutError):
                self._answer(list(self._waiting), False)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _find(self, connection: psycopg.AsyncConnection[Any]) -> None:
        keys = list(self._waiting)
        found = await asyncio.wait_for(load_missing(connection, keys), 2.0)
        tables = self.tables
        tables.pixels.update(found.pixels)
        tables.sources.update(found.sources)
        tables.links.update(found.links)
        if found.pixels:
            tables.index_networks()
        for key in keys:
            if key not in found.pixels and key not in found.sources and key not in found.links:
                self._absent[key] = time.monotonic()
        while len(self._absent) > MOST_FORGOTTEN:
            self._absent.popitem(last=False)
        self._answer(keys, True)

    def _answer(self, keys: list[str], is_certain: bool) -> None:
        for key in keys:
            for then in self._waiting.pop(key, ()):
                then(is_certain)
