"""Keep KolHub's processes running: start, wait for answers, restart what dies, stop in order."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kolhub.runtime.guard import forget, remember
from kolhub.runtime.processes import ROOT, Process
from kolhub.runtime.trouble import CannotStart, last_lines

LONGEST_PAUSE = 30.0  # seconds between two starts of a process that keeps dying
HEALTHY_AFTER = 60.0  # seconds a process must have lived for its deaths to be forgotten
LARGEST_LOG = 20_000_000  # bytes, after which a log is begun anew at the next start


@dataclass
class Child:
    """One process under watch."""

    process: Process
    running: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    restart_at: float | None = None
    reader: threading.Thread = field(init=False)


class Supervisor:
    """Runs the processes of one installation; `say` receives every line they print, after their name."""

    def __init__(
        self,
        processes: Sequence[Process],
        environment: Mapping[str, str],
        *,
        pids: Path,
        logs: Path,
        say: Callable[[str], None],
    ) -> None:
        self._processes = processes
        self._environment = environment
        self._pids = pids
        self._logs = logs
        self._say = say
        self._children: dict[str, Child] = {}

    def start(self) -> None:
        """Start every process; returns at once."""
        for process in self._processes:
            log = self._logs / f"{process.name}.log"
            if log.exists() and log.stat().st_size > LARGEST_LOG:
                log.unlink()
            self._children[process.name] = self._spawn(process)

    def _spawn(self, process: Process) -> Child:
        running = subprocess.Popen(
            process.command(self._environment),
            cwd=ROOT,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal is for the launcher alone: it stops the children in the right order.
            start_new_session=True,
        )
        remember(self._pids, running.pid)
        child = Child(process, running, started=time.monotonic())
        assert running.stdout is not None
        child.reader = threading.Thread(target=self._relay, args=(process.name, running.stdout), daemon=True)
        child.reader.start()
        return child

    def _relay(self, name: str, output: IO[bytes]) -> None:
        with suppress(ValueError), (self._logs / f"{name}.log").open("ab", buffering=0) as log:
            for line in output:
                with suppress(OSError):  # a full disk must not stop the reading: the process would block
                    log.write(line)
                self._say(f"{name:<9} | {line.decode(errors='replace').rstrip()}")

    def wait_until_ready(self, seconds: float = 120) -> None:
        """Wait until each process answers; CannotStart when one ends or stays silent."""
        deadline = time.monotonic() + seconds
        for name, child in self._children.items():
            while not child.process.answers(self._environment):
                ended = child.running.poll()
                if ended is not None:
                    raise CannotStart(f"{name} ended with {_why(ended)}: {self._last_words(name)}")
                if time.monotonic() > deadline:
                    raise CannotStart(f"{name} did not answer within {seconds:.0f} s: {self._last_words(name)}")
                time.sleep(0.1)

    def _last_words(self, name: str) -> str:
        self._children[name].reader.join(timeout=1)
        log = self._logs / f"{name}.log"
        return f"{last_lines(log, 3)} (log: {log})"

    def watch(self) -> None:
        """Restart whatever dies, for ever; ends only by an exception from a signal."""
        while True:
            self.look_after_all()
            time.sleep(0.3)

    def look_after_all(self) -> None:
        """Look at every process once, and start again what has ended and waited long enough."""
        for name, child in list(self._children.items()):
            self._look_after(name, child)

    def _look_after(self, name: str, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is not None:
            if now >= child.restart_at:
                self._children[name] = self._spawn(child.process)
                self._children[name].deaths = child.deaths
            return
        ended = child.running.poll()
        if ended is None:
            return
        _kill_group(child.running.pid)  # children that outlived their parent would hold its port
        forget(self._pids, child.running.pid)
        child.deaths = 1 if now - child.started > HEALTHY_AFTER else child.deaths + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2 ** (child.deaths - 1))
        child.restart_at = now + pause
        self._say(f"{name:<9} | ended with {_why(ended)}; starting it again in {pause:g} s")

    def stop(self, seconds: float = 20) -> None:
        """Ask every process to end; after `seconds`, end it."""
        for child in self._children.values():
            if child.running.poll() is None:
                # The parent alone: Celery's and granian's parents end their own children in order.
                with suppress(ProcessLookupError):
                    os.kill(child.running.pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.running.wait(timeout=max(0.1, deadline - time.monotonic()))
            _kill_group(child.running.pid)
            child.running.wait()
            forget(self._pids, child.running.pid)
        self._children.clear()


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _why(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name
