"""A PostgreSQL cluster that lives as long as one test session, and databases copied from its template."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from kolhub.runtime import guard
from kolhub.runtime.postgres import Cluster
from kolhub.runtime.processes import ROOT
from kolhub.runtime.provision import (
    OWNER,
    ROLES,
    DatabaseUrls,
    close_to_the_public,
    provision,
    urls_for,
)

TEMPLATE = "kolhub_template"
KEPT = ROOT / "var" / "cache" / "test-clusters"
PASSWORDS = {role: f"password-of-{role}" for role in ROLES}


def session_directory() -> Path:
    """Return this session's directory: the xdist controller makes it, its workers inherit it."""
    if "PYTEST_XDIST_WORKER" in os.environ and "KOLHUB_TEST_DIR" in os.environ:
        return Path(os.environ["KOLHUB_TEST_DIR"])
    directory = Path(tempfile.mkdtemp(prefix="kolhub-test-")).resolve()
    os.environ["KOLHUB_TEST_DIR"] = str(directory)
    return directory


class ThrowAway:
    """The session's cluster, started and migrated once by whichever worker needs it first."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.cluster = Cluster(directory / "pg", durable=False)
        self.pids = directory / "pids"
        self._made = 0

    def guard(self) -> guard.Guard:
        """Have everything of this session ended and deleted when this process ends, however it ends."""
        postmaster = self.cluster.data / "postmaster.pid"
        return guard.Guard(self.pids, postmaster, remove=self.directory)

    def urls(self, database: str) -> DatabaseUrls:
        """Return the URLs a database of this name has or will have; asks nobody."""
        return urls_for(self.cluster.url("postgres", "unused", "postgres"), database, PASSWORDS)

    def prepare(self) -> None:
        """Start the cluster and make the migrated template, unless another worker has done so."""
        with self._alone():
            done = self.directory / "template-ready"
            if done.exists():
                return
            kept = KEPT / _fingerprint(self.cluster)
            if kept.is_dir():
                subprocess.run(["cp", "-a", str(kept), str(self.cluster.directory)], check=True)
                kept.touch()
                self.cluster.start()
            else:
                self.cluster.start()
                _migrate(provision(self.cluster.admin_url(), TEMPLATE, PASSWORDS))
                self._keep(kept)
            done.touch()

    def _keep(self, kept: Path) -> None:
        """Put a copy of the migrated cluster by: migrating takes ten seconds, copying a quarter of one."""
        self.cluster.stop()
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=kept.parent))
        subprocess.run(["cp", "-a", f"{self.cluster.directory}/.", str(unfinished)], check=True)
        try:
            unfinished.rename(kept)
        except OSError:  # another session was quicker
            shutil.rmtree(unfinished)
        by_age = sorted(kept.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in by_age[3:]:
            shutil.rmtree(old, ignore_errors=True)
        self.cluster.start()

    def create(self, name: str) -> DatabaseUrls:
        """Copy the template into a new database."""
        with psycopg.connect(self.cluster.admin_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )
            close_to_the_public(admin, name)
        return self.urls(name)

    def create_fresh(self) -> tuple[str, DatabaseUrls]:
        """Copy the template under a name nobody has used."""
        self._made += 1
        name = f"fresh_{os.getpid()}_{self._made}"
        return name, self.create(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.cluster.admin_url(), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def remember(self, process_group: int) -> None:
        """Have the guard kill this process group at the end of the session, if it still lives."""
        guard.remember(self.pids, process_group)

    def forget(self, process_group: int) -> None:
        guard.forget(self.pids, process_group)


def _fingerprint(cluster: Cluster) -> str:
    """Return a hash of all that decides what the template holds."""
    from django.apps import apps

    files = {file for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/*.py")}
    for name in set(re.findall(r"\b(?:kolhub|campaigns|attribution)(?:\.\w+)+", _read(*files))):
        module = ROOT.joinpath(*name.split("."))
        files |= {file for file in (module.with_suffix(".py"), module.parent.with_suffix(".py")) if file.is_file()}
    files |= {ROOT / "kolhub/runtime/provision.py", ROOT / "kolhub/runtime/postgres.py", Path(__file__)}
    digest = hashlib.sha256(f"{cluster.binaries} {cluster.identity} {_read(*files)}".encode())
    return digest.hexdigest()[:20]


def _read(*files: Path) -> str:
    return "".join(f"{file}\n{file.read_text()}" for file in sorted(files))


def _migrate(urls: DatabaseUrls) -> None:
    from django.core.management import call_command

    before = current_urls()
    point_at(urls)
    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    finally:
        point_at(before)


def current_urls() -> DatabaseUrls:
    """Return the URLs this process works with."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_HITS_URL", "DATABASE_SWEEPER_URL")
    app, owner, hits, sweeper = (os.environ[name] for name in names)
    return DatabaseUrls(app, owner, hits, sweeper)


def point_at(urls: DatabaseUrls) -> None:
    """Make Django's connections, the settings and the environment of this process name another database."""
    from django.conf import settings
    from django.contrib.contenttypes.models import ContentType
    from django.db import connections

    from kolhub import environment

    os.environ.update(urls.environment())
    connections.close_all()
    for alias, url in (("default", urls.app), ("owner", urls.owner)):
        told = environment.database(url, alias)
        connections.settings[alias].update({key: told[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    settings.HITS_DATABASE_URL = urls.hits
    settings.SWEEPER_DATABASE_URL = urls.sweeper
    ContentType.objects.clear_cache()
