"""Prepare a database: the four logins, the database, its extensions and its default privileges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER, APP, HITS, SWEEPER = "kolhub_owner", "kolhub_app", "kolhub_hits", "kolhub_sweeper"
ROLES = (OWNER, APP, HITS, SWEEPER)
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")  # trusted: the owner may create them
OLDEST_VERSION = 150000

# What a table, sequence or function made by the owner later (by a migration) grants the application.
# The logins for hits and the sweeper get nothing here: each of their grants is written in a migration.
DEFAULT_PRIVILEGES: tuple[LiteralString, ...] = (
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO kolhub_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO kolhub_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO kolhub_app",
)


class CannotProvision(Exception):
    """The server cannot hold KolHub safely: one sentence that says why."""


@dataclass(frozen=True)
class DatabaseUrls:
    """The four ways into one database."""

    app: str
    owner: str
    hits: str
    sweeper: str

    def environment(self) -> dict[str, str]:
        """Return the variables that kolhub.settings reads."""
        return {
            "DATABASE_URL": self.app,
            "DATABASE_OWNER_URL": self.owner,
            "DATABASE_HITS_URL": self.hits,
            "DATABASE_SWEEPER_URL": self.sweeper,
        }


def provision(admin_url: str, database: str, passwords: Mapping[str, str]) -> DatabaseUrls:
    """Create or correct the roles and the database; running it again changes nothing but the passwords.

    `admin_url` is a login that may create roles and databases; `passwords` has one per name in ROLES.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        _check_server(admin)
        for role in ROLES:
            _ensure_role(admin, role, passwords[role])
        _check_roles(admin)
        _ensure_database(admin, database)
    urls = urls_for(admin_url, database, passwords)
    with psycopg.connect(_with_database(admin_url, database), autocommit=True) as admin:
        close_to_the_public(admin, database)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        _prepare_as_owner(owner)
    return urls


def urls_for(admin_url: str, database: str, passwords: Mapping[str, str]) -> DatabaseUrls:
    """Return the four URLs on the server of `admin_url`, without asking the server."""
    return DatabaseUrls(
        app=_login(admin_url, database, APP, passwords),
        owner=_login(admin_url, database, OWNER, passwords),
        hits=_login(admin_url, database, HITS, passwords),
        sweeper=_login(admin_url, database, SWEEPER, passwords),
    )


def _login(admin_url: str, database: str, role: str, passwords: Mapping[str, str]) -> str:
    parts = urlsplit(_with_database(admin_url, database))
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(passwords[role], safe='')}@{address}"))


def _with_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    # An empty host must keep its "//": postgresql:///name?host=… names a Unix socket.
    return f"{parts.scheme}://{parts.netloc}/{quote(database)}" + (f"?{parts.query}" if parts.query else "")


def _check_server(admin: psycopg.Connection) -> None:
    if admin.info.server_version < OLDEST_VERSION:
        raise CannotProvision(f"KolHub needs PostgreSQL 15 or newer; this server is {admin.info.server_version}.")


def _ensure_role(admin: psycopg.Connection, role: str, password: str) -> None:
    name, secret = sql.Identifier(role), sql.Literal(password)
    # The owner makes tables in the schema public as a member of pg_database_owner: PostgreSQL 15 wants it inherited.
    inherit = sql.SQL("INHERIT" if role == OWNER else "NOINHERIT")
    exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists:
        admin.execute(sql.SQL("ALTER ROLE {} LOGIN {} PASSWORD {}").format(name, inherit, secret))
    else:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(name, inherit, secret))


def _check_roles(admin: psycopg.Connection) -> None:
    powerful = admin.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)", [list(ROLES)]
    ).fetchall()
    if powerful:
        raise CannotProvision(
            f"Role {powerful[0][0]} is a superuser or bypasses row-level security: take that from it first."
        )
    members = admin.execute(
        "SELECT m.rolname, g.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member"
        " JOIN pg_roles g ON g.oid = a.roleid WHERE m.rolname = ANY(%s)",
        [list(ROLES)],
    ).fetchall()
    if members:
        raise CannotProvision(
            f"Role {members[0][0]} is a member of {members[0][1]}: REVOKE that, the logins stand alone."
        )


def _ensure_database(admin: psycopg.Connection, database: str) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    superuser = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser != (True,):
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    # C.UTF-8 sorts alike on every machine, yet knows letters: with plain C, trigrams would skip Chinese.
    admin.execute(
        sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        ).format(sql.Identifier(database), sql.Identifier(OWNER))
    )


def close_to_the_public(admin: psycopg.Connection, database: str) -> None:
    """Let only our four logins connect; a database copied from a template needs this again."""
    name = sql.Identifier(database)
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in ROLES:
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))
    # Rows under row-level security cannot be COPYed into: they pass through a temporary table.
    for role in (APP, HITS):
        admin.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(name, sql.Identifier(role)))


def _prepare_as_owner(owner: psycopg.Connection) -> None:
    owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    owner.execute("GRANT USAGE ON SCHEMA public TO kolhub_app, kolhub_hits, kolhub_sweeper")
    for extension in EXTENSIONS:
        owner.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    for statement in DEFAULT_PRIVILEGES:
        owner.execute(statement)
