"""How far an import is, told while its transaction is open, and the lock that one worker holds on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb


class Cancelled(Exception):
    """The import was cancelled while its rows were being written."""


class Progress:
    """A second connection of the worker: what it writes is seen at once, while the rows' transaction is open.

    It also holds the lock that makes one worker at a time have an import; PostgreSQL drops it with the process.
    """

    def __init__(self, database: psycopg.Connection[Any], organization_id: int, roster_id: int) -> None:
        self._database = database
        self._organization_id = organization_id
        self._roster_id = roster_id

    @classmethod
    @contextmanager
    def of(cls, organization_id: int, roster_id: int) -> Iterator["Progress | None"]:
        """Open it, or give None where another worker has the import."""
        # The parameters Django itself connects with: in a test that is the test's own database.
        parameters = connection.get_connection_params()
        for name in ("cursor_factory", "context"):
            parameters.pop(name, None)
        with psycopg.connect(**parameters, autocommit=True) as database:
            found = database.execute(
                "SELECT pg_try_advisory_lock(hashtext('kolhub.roster'), %s)", [roster_id]
            ).fetchone()
            yield cls(database, organization_id, roster_id) if found and found[0] else None

    def write(self, **fields: Any) -> None:
        """Change the import's row, unless it was cancelled. Raises Cancelled."""
        names = list(fields)
        values = [Jsonb(v) if isinstance(v, dict) else v for v in fields.values()]
        assignments = ", ".join(f'"{name}" = %s' for name in names)
        query = f"UPDATE kolhub_rosterimport SET {assignments} WHERE id = %s AND state <> 'cancelled'"  # noqa: S608
        with self._database.transaction():
            self._database.execute("SELECT set_config('kolhub.organization', %s, true)", [str(self._organization_id)])
            changed = self._database.execute(query.encode(), [*values, self._roster_id]).rowcount
        if not changed:
            raise Cancelled

    def step(self, done: int) -> None:
        """Report how many rows are done."""
        self.write(rows_done=done, claimed_at=datetime.now(UTC))


class Silent:
    """Progress that nobody watches."""

    def write(self, **fields: Any) -> None:
        """Keep nothing."""

    def step(self, done: int) -> None:
        """Say nothing."""
