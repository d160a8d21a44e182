"""What the sweeper's login finds: work of any organization that nobody has been woken up for."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def waiting(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run a SELECT across organizations; only tables whose rules name the sweeper answer.

    Raises ImproperlyConfigured for another login, to which every table would seem empty: nothing would ever be done.
    """
    with psycopg.connect(settings.SWEEPER_DATABASE_URL, autocommit=True, connect_timeout=5) as connection:
        if connection.execute("SELECT pg_has_role('kolhub_sweeper', 'MEMBER')").fetchone() != (True,):
            raise ImproperlyConfigured("DATABASE_SWEEPER_URL must name the login kolhub_sweeper (docs/deploy.md)")
        return connection.execute(query.encode(), parameters).fetchall()
