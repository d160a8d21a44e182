"""Our own PostgreSQL survives what machines do to it."""

import pwd
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kolhub.runtime import postgres
from kolhub.runtime.postgres import Binaries, Cluster, Identity, find_binaries
from kolhub.runtime.trouble import CannotStart


@pytest.fixture(scope="module")
def cluster(throwaway_directory: Path) -> Iterator[Cluster]:
    cluster = Cluster(throwaway_directory)
    cluster.start()
    yield cluster
    cluster.stop()


def _ask(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.admin_url(), autocommit=True) as line:
        asked = line.execute(question)
        return asked.fetchone() if asked.description else None


def test_starting_twice_is_starting_once(cluster: Cluster) -> None:
    before = _ask(cluster, "SELECT pg_postmaster_start_time()")
    Cluster(cluster.directory).start()
    assert _ask(cluster, "SELECT pg_postmaster_start_time()") == before


def test_data_survives_a_kill(cluster: Cluster) -> None:
    _ask(cluster, "CREATE TABLE kept AS SELECT 42 AS n")
    cluster.kill()
    cluster.start()
    assert _ask(cluster, "SELECT n FROM kept") == (42,)


def test_a_pid_file_that_names_a_stranger_does_not_block_the_start(cluster: Cluster) -> None:
    cluster.stop()
    # Process 1 always exists and is never ours: a reboot can hand our old number to anybody.
    (cluster.data / "postmaster.pid").write_text(f"1\n{cluster.data}\n1700000000\n5432\n\n\n")
    cluster.start()
    assert _ask(cluster, "SELECT 1") == (1,)


def test_nothing_listens_on_the_network(cluster: Cluster) -> None:
    assert _ask(cluster, "SHOW listen_addresses") == ("",)
    assert (cluster.sockets.stat().st_mode & 0o077) == 0 or cluster.sockets == cluster.directory / "run"


def test_durable_unless_told_otherwise(cluster: Cluster) -> None:
    assert _ask(cluster, "SHOW fsync") == ("on",)
    assert _ask(cluster, "SHOW synchronous_commit") == ("on",)


def test_data_of_another_major_version_is_refused_in_one_sentence(cluster: Cluster) -> None:
    cluster.stop()
    future = Cluster(cluster.directory, binaries=Binaries(find_binaries().directory, 99))
    with pytest.raises(CannotStart, match="was made by PostgreSQL"):
        future.start()
    cluster.start()


def test_a_deep_directory_gets_a_short_socket(tmp_path: Path) -> None:
    deep = Cluster(tmp_path / ("d" * 60) / ("e" * 60))
    assert len(str(deep.sockets / ".s.PGSQL.5432.lock")) < 104
    assert deep.sockets == Cluster(tmp_path / ("d" * 60) / ("e" * 60)).sockets


def test_no_postgresql_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KOLHUB_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(CannotStart, match="No PostgreSQL 15 or newer"):
        find_binaries()


def test_root_without_user_namespaces_drops_to_another_user(
    throwaway_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if postgres.os.geteuid() != 0:
        pytest.skip("only root has to become somebody else")
    monkeypatch.setattr(postgres, "AS_NOBODY", ("false",))
    identity = postgres.choose_identity()
    assert identity == Identity(user=identity.user) and identity.user is not None
    (throwaway_directory.parent).chmod(0o711)
    cluster = Cluster(throwaway_directory / "dropped", durable=False)
    throwaway_directory.chmod(0o711)
    cluster.start()
    try:
        assert _ask(cluster, "SELECT 1") == (1,)
        assert cluster.data.stat().st_uid == pwd.getpwnam(identity.user).pw_uid
    finally:
        cluster.stop()
