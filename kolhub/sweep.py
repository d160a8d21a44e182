"""What the sweeper's login finds: work of any organization that nobody has been woken up for."""

from typing import Any

import psycopg
from django.conf import settings


def waiting(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run a SELECT across organizations; only tables whose rules name the sweeper answer."""
    with psycopg.connect(settings.SWEEPER_DATABASE_URL, autocommit=True, connect_timeout=5) as connection:
        return connection.execute(query.encode(), parameters).fetchall()
