"""One installation on one machine: its directory, its secrets, its servers, and the environment they make."""

import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from kolhub.runtime.guard import Guard, remember
from kolhub.runtime.postgres import Cluster
from kolhub.runtime.processes import ROOT
from kolhub.runtime.provision import ROLES, provision
from kolhub.runtime.trouble import CannotStart, explain_os_error, last_lines, require_room
from kolhub.runtime.valkey import Valkey

DATABASE = "kolhub"
LEAST_ROOM = 300  # megabytes: a fresh cluster, the demo world, and room to write


class Installation:
    """Everything below `data`; servers named in `given` (DATABASE_URL, BROKER_URL) are used, not started."""

    def __init__(self, data: Path, given: Mapping[str, str]) -> None:
        self.data = data.resolve()
        self.given = {name: value for name, value in given.items() if value}
        self.cluster = None if "DATABASE_URL" in self.given else Cluster(self.data / "postgres")
        self.broker = None if "BROKER_URL" in self.given else Valkey(self.data / "valkey")
        self._started: list[Cluster | Valkey] = []
        self._database: dict[str, str] = {}
        self._guard: Guard | None = None

    @cached_property
    def environment(self) -> dict[str, str]:
        """Return the environment of every KolHub process; the servers must have been started."""
        broker = {} if self.broker is None else {"BROKER_URL": self.broker.url}
        return {
            **self.given,
            **self._database,
            **broker,
            "DJANGO_SETTINGS_MODULE": "kolhub.settings",
            "KOLHUB_DATA_DIR": str(self.data),
            "KOLHUB_SECRET_KEY": self.given.get("KOLHUB_SECRET_KEY") or self._secret("secret.key"),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def pids(self) -> Path:
        return self.data / "run"

    def prepare(self) -> None:
        """Make the data directory; CannotStart when it cannot be written or its disk is full."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            require_room(self.data, LEAST_ROOM)
            for name in ("log", "static"):
                (self.data / name).mkdir(exist_ok=True)
        except OSError as error:
            raise explain_os_error(error, self.data) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the installation: only one launcher at a time may run the processes of a data directory."""
        with (self.data / "launcher.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotStart(f"KolHub already runs on {self.data}: stop that one first.") from None
            (self.data / "beat.pid").unlink(missing_ok=True)
            postmaster = self.data / "postgres" / "data" / "postmaster.pid"
            self._guard = Guard(self.pids, postmaster)
            try:
                yield
            finally:
                self.stop_servers()
                self._guard.finish()

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey where the environment names none, and prepare the database."""
        if self.cluster is not None:
            if not self.cluster.answers():
                self._started.append(self.cluster)
            self.cluster.start()
            passwords = self._passwords()
            self._database = provision(self.cluster.admin_url(), DATABASE, passwords).environment()
        if self.broker is not None:
            if not self.broker.answers():
                self._started.append(self.broker)
            self.broker.start()
            if self._guard is not None:
                remember(self.pids, self.broker.pid)

    def stop_servers(self) -> None:
        """Stop the servers that this object started; those that ran before go on."""
        while self._started:
            self._started.pop().stop()

    def manage(self, *arguments: str) -> int:
        """Run one management command at the terminal; return its exit code."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment).returncode

    def output_of(self, what: str, *arguments: str, progress: bool = False) -> str:
        """Run one management command and return what it wrote; CannotStart begins with `what` when it fails.

        `progress`: let what it says on stderr through to the terminal while it works.
        """
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if progress else subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0 and progress:
            raise CannotStart(f"{what}; the reason stands above.")
        if done.returncode != 0:
            log = self.data / "log" / f"{arguments[0]}.log"
            log.write_text(done.stdout + done.stderr)
            raise CannotStart(f"{what}: {last_lines(log, 1)} (log: {log})")
        return done.stdout

    def migrate(self) -> None:
        """Bring the tables up to date, as the owner."""
        options = ("--database", "owner", "--verbosity", "0", "--no-input")
        self.output_of("The database could not be migrated", "migrate", *options)

    def _passwords(self) -> dict[str, str]:
        path = self.data / "postgres" / "passwords.json"
        if not path.exists():
            _write_secret(path, json.dumps({role: secrets.token_urlsafe(24) for role in ROLES}))
        passwords: dict[str, str] = json.loads(path.read_text())
        return passwords

    def _secret(self, name: str) -> str:
        path = self.data / name
        if not path.exists():
            _write_secret(path, secrets.token_urlsafe(48))
        return path.read_text().strip()


def _write_secret(path: Path, content: str) -> None:
    # Complete or absent, and never readable by others, not even for a moment.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
