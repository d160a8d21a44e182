"""Run a whole KolHub on this machine, for as long as the terminal stays."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kolhub.runtime.installation import Installation
from kolhub.runtime.processes import PROCESSES, ROOT, collector_port, web_port
from kolhub.runtime.sockets import free_port, port_is_free
from kolhub.runtime.supervisor import Supervisor
from kolhub.runtime.translations import compile_outdated
from kolhub.runtime.trouble import CannotStart


class Stopped(BaseException):
    """Somebody asked the launcher to end; not an Exception, so that nothing on the way swallows it."""


def main(arguments: Sequence[str]) -> int:
    """Carry out one subcommand and return its exit code; every refusal is one sentence."""
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything and fill an empty database with the demo world")
    run.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    for name in ("manage", "story"):
        commands.add_parser(name, add_help=False)
    commands.add_parser("translate")
    told, rest = parser.parse_known_args(arguments)
    if told.command in ("run", "translate") and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        with _stoppable():
            if told.command == "run":
                return run_everything(demo=not told.no_demo)
            if told.command == "story":
                return tell_the_story(rest)
            if told.command == "manage":
                return manage(rest)
            compile_outdated(ROOT / "locale")
            return 0
    except CannotStart as reason:
        print(f"KolHub: {reason}", file=sys.stderr)
        return 1
    except Stopped:
        return 0


@contextmanager
def _stoppable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        # Only the first signal counts: a second Ctrl-C must not interrupt the orderly end.
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        raise Stopped

    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, stop)
    yield


def _say(line: str) -> None:
    print(line, flush=True)


def data_directory() -> Path:
    """Return KOLHUB_DATA_DIR, or var/ in the project."""
    return Path(os.environ.get("KOLHUB_DATA_DIR") or ROOT / "var")


def run_everything(*, demo: bool) -> int:
    """Start servers and processes, fill an empty database, print where it is, and watch until stopped."""
    began = time.monotonic()
    _require_free_ports()
    installation = Installation(data_directory(), os.environ)
    installation.prepare()
    with installation.alone():
        _say("Starting PostgreSQL and Valkey …")
        installation.start_servers()
        _say("Bringing the tables up to date …")
        installation.migrate()
        supervisor = _supervise(installation, _say)
        try:
            supervisor.start()
            supervisor.wait_until_ready()
            logins = _demo_world(installation) if demo else ""
            _announce(installation, logins, time.monotonic() - began)
            supervisor.watch()
        finally:
            _say("\nStopping …")
            supervisor.stop()
            installation.stop_servers()
            _say("Everything is stopped; the data stays in " + _short(installation.data) + ".")
    return 0


def _require_free_ports() -> None:
    for what, variable, port in (
        ("the web server", "KOLHUB_WEB_PORT", web_port(os.environ)),
        ("the collector", "KOLHUB_COLLECTOR_PORT", collector_port(os.environ)),
    ):
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise CannotStart(f"{variable} must be a port number, not {port!r}.")
        if not port_is_free(int(port)):
            raise CannotStart(
                f"Port {port}, wanted for {what}, is in use: stop what uses it, or choose another port with "
                f"{variable}={int(port) + 10} ./dev run."
            )


def _supervise(installation: Installation, say: Callable[[str], None]) -> Supervisor:
    return Supervisor(
        PROCESSES, installation.environment, pids=installation.pids, logs=installation.data / "log", say=say
    )


def _demo_world(installation: Installation) -> str:
    """Fill an empty database and return what the simulator says about the logins."""
    remembered = installation.data / "demo-logins.txt"
    if remembered.exists():
        return remembered.read_text()
    _say("Filling an empty database with the demo world …")
    failed = "The demo world could not be made"
    said = installation.output_of(failed, "simulate", "--if-empty", progress=True)
    remembered.write_text(said)
    return said


def _announce(installation: Installation, logins: str, seconds: float) -> None:
    environment = installation.environment
    web = f"http://127.0.0.1:{web_port(environment)}"
    _say("")
    _say(f"KolHub is up after {seconds:.0f} s.")
    _say(f"  Web        {web}/")
    _say(f"  API docs   {web}/api/docs/")
    _say(f"  Collector  http://127.0.0.1:{collector_port(environment)}/")
    _say(f"  Data, logs {_short(installation.data)}, {_short(installation.data / 'log')}")
    if logins.strip():
        _say("")
        _say(logins.rstrip())
    _say("")
    _say("Ctrl-C stops everything.")


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def manage(arguments: Sequence[str]) -> int:
    """Run a management command against this installation, starting its servers for the while if need be."""
    installation = Installation(data_directory(), os.environ)
    installation.prepare()
    try:
        installation.start_servers()
        return installation.manage(*arguments)
    finally:
        installation.stop_servers()


def tell_the_story(arguments: Sequence[str]) -> int:
    """Run the story command in a whole KolHub that is thrown away afterwards; its processes stay silent."""
    directory = Path(tempfile.mkdtemp(prefix="kolhub-story-"))
    web, collector = str(free_port()), str(free_port())
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
    ports = {"KOLHUB_WEB_PORT": web, "KOLHUB_COLLECTOR_PORT": collector}
    urls = {
        "KOLHUB_BASE_URL": f"http://127.0.0.1:{web}",
        "KOLHUB_COLLECTOR_URL": f"http://127.0.0.1:{collector}",
    }
    installation = Installation(directory, {**kept, **ports, **urls})
    try:
        installation.prepare()
        with installation.alone():
            installation.start_servers()
            installation.migrate()
            supervisor = _supervise(installation, lambda line: None)
            try:
                supervisor.start()
                supervisor.wait_until_ready()
                watching = threading.Thread(target=supervisor.watch, daemon=True)
                watching.start()
                return installation.manage("story", *arguments)
            finally:
                supervisor.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
