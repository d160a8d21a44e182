"""Real web, collector, worker and beat processes over a database of their own, for end-to-end tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kolhub.runtime.processes import PROCESSES, ROOT, process
from kolhub.runtime.provision import DatabaseUrls
from kolhub.runtime.sockets import free_port
from kolhub.runtime.valkey import Valkey
from tests.throwaway import ThrowAway


class World:
    """One installation of KolHub: `start` what the test is about, `kill` what it wants to see die.

    The test process itself works on the same database (through the ORM, committing) and the same broker.
    """

    def __init__(self, directory: Path, urls: DatabaseUrls, broker: Valkey, throwaway: ThrowAway) -> None:
        self.directory = directory
        self.urls = urls
        self.broker = broker
        self._throwaway = throwaway
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.data_dir = directory / "var"
        (self.data_dir / "static").mkdir(parents=True)
        web, collector = free_port(), free_port()
        self.web_url = f"http://127.0.0.1:{web}"
        self.collector_url = f"http://127.0.0.1:{collector}"
        self.environment = {
            **os.environ,
            **urls.environment(),
            "BROKER_URL": broker.url,
            "DJANGO_SETTINGS_MODULE": "kolhub.settings",
            "KOLHUB_DATA_DIR": str(self.data_dir),
            "KOLHUB_WEB_PORT": str(web),
            "KOLHUB_COLLECTOR_PORT": str(collector),
            "KOLHUB_BASE_URL": self.web_url,
            "KOLHUB_COLLECTOR_URL": self.collector_url,
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *names: str, seconds: float = 60) -> None:
        """Start processes by name (web, collector, worker, beat; none named: all), wait for answers."""
        wanted = names or tuple(known.name for known in PROCESSES)
        for name in wanted:
            with self.log_file(name).open("ab") as log:
                self._running[name] = subprocess.Popen(
                    process(name).command(self.environment),
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._throwaway.remember(self._running[name].pid)
        for name in wanted:
            self.wait_for(name, seconds)

    def wait_for(self, name: str, seconds: float = 60) -> None:
        """Wait until a process that was started answers; AssertionError with its log when it does not."""
        deadline = time.monotonic() + seconds
        while not process(name).answers(self.environment):
            ended = self._running[name].poll()
            if ended is not None or time.monotonic() > deadline:
                why = f"ended with {ended}" if ended is not None else f"did not answer in {seconds} s"
                raise AssertionError(f"{name} {why}:\n{self.log(name)[-4000:]}")
            time.sleep(0.05)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """SIGKILL the process and all its children."""
        self._end(name, signal.SIGKILL)

    def stop(self, *names: str) -> None:
        """SIGTERM the processes (none named: all that run) and wait; kill what does not end in 20 s."""
        for name in names or tuple(self._running):
            self._end(name, signal.SIGTERM)

    def _end(self, name: str, number: signal.Signals) -> None:
        running = self._running.pop(name, None)
        if running is None:
            return
        group = running.pid
        if running.poll() is None:
            # The parent first and alone: Celery's and granian's parents end their own children in order.
            os.kill(group, number) if number == signal.SIGTERM else os.killpg(group, number)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=20)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        running.wait(timeout=20)
        self._throwaway.forget(group)

    def log_file(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def log(self, name: str) -> str:
        """Return all that the process has printed so far."""
        return self.log_file(name).read_text(errors="replace")

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command in a process of its own."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-4000:]}"
            )
        return done


def wait_until(what: str, true: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that other processes bring about; says `what` was awaited when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.05)
