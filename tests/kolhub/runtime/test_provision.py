"""The four logins of a provisioned database, and what each must not be able to do."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from kolhub.runtime.postgres import Cluster
from kolhub.runtime.provision import ROLES, CannotProvision, DatabaseUrls, provision

PASSWORDS = {role: f"p@ss/word of {role}" for role in ROLES}


@pytest.fixture(scope="module")
def cluster(throwaway_directory: Path) -> Iterator[Cluster]:
    """A cluster of our own, since roles belong to whole clusters."""
    cluster = Cluster(throwaway_directory, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def bare(cluster: Cluster) -> DatabaseUrls:
    return provision(cluster.admin_url(), "bare", PASSWORDS)


def test_no_login_is_above_row_level_security(bare: DatabaseUrls) -> None:
    with psycopg.connect(bare.app) as app:
        rows = app.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND NOT (rolsuper OR rolbypassrls OR rolcreaterole"
            " OR rolcreatedb)",
            [list(ROLES)],
        ).fetchall()
        assert {name for (name,) in rows} == set(ROLES)
        assert app.execute("SELECT pg_has_role('kolhub_app', 'kolhub_owner', 'MEMBER')").fetchone() == (False,)


def test_tables_the_owner_makes_later_open_to_the_app_only(bare: DatabaseUrls) -> None:
    with psycopg.connect(bare.owner) as owner:
        owner.execute("DROP TABLE IF EXISTS later")
        owner.execute("CREATE TABLE later (id serial PRIMARY KEY, n int)")
    with psycopg.connect(bare.app) as app:
        app.execute("INSERT INTO later (n) VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (n int)")
        app.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SET ROLE kolhub_owner")
    for url in (bare.hits, bare.sweeper):
        with psycopg.connect(url) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("SELECT * FROM later")


def test_application_and_hit_server_may_stage_rows_in_temporary_tables(bare: DatabaseUrls) -> None:
    for url in (bare.app, bare.hits):
        with psycopg.connect(url) as login:
            login.execute("CREATE TEMP TABLE staging (n int) ON COMMIT DROP")
    with psycopg.connect(bare.sweeper) as sweeper, pytest.raises(psycopg.errors.InsufficientPrivilege):
        sweeper.execute("CREATE TEMP TABLE staging (n int)")


def test_trigrams_know_chinese(bare: DatabaseUrls) -> None:
    with psycopg.connect(bare.app) as app:
        found = app.execute("SELECT cardinality(show_trgm('美妆达人'))").fetchone()
    assert found is not None and found[0] >= 4


def test_again_changes_the_passwords_and_nothing_else(cluster: Cluster, bare: DatabaseUrls) -> None:
    with psycopg.connect(bare.owner) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    changed = provision(cluster.admin_url(), "bare", {**PASSWORDS, "kolhub_app": "another"})
    assert changed.owner == bare.owner
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(bare.app)
    with psycopg.connect(changed.app) as app:
        assert app.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_an_application_that_could_become_the_owner_is_refused(cluster: Cluster) -> None:
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute("GRANT kolhub_owner TO kolhub_sweeper")
        try:
            with pytest.raises(CannotProvision, match="kolhub_sweeper is a member of kolhub_owner"):
                provision(cluster.admin_url(), "bare", PASSWORDS)
        finally:
            admin.execute("REVOKE kolhub_owner FROM kolhub_sweeper")


def test_the_command_prints_working_urls(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("prepare_database", admin_url=cluster.admin_url(), database="server", app_password="given")
    said = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert ":given@" in said["DATABASE_URL"]
    for name, role in zip(
        ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_HITS_URL", "DATABASE_SWEEPER_URL"), ROLES, strict=True
    ):
        with psycopg.connect(said[name]) as login:
            assert login.execute("SELECT current_user, current_database()").fetchone() == (role, "server")


def test_the_command_says_why_a_server_refused() -> None:
    with pytest.raises(CommandError, match=r"The server refused: .*nowhere"):
        call_command("prepare_database", admin_url="postgresql://a:b@/postgres?host=/nowhere")
