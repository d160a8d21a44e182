"""Name the processes KolHub consists of, how each is started, and how to tell that it answers."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Process:
    """One long-running process: its name, its command line, and a test of its readiness."""

    name: str
    command: Callable[[Mapping[str, str]], list[str]]
    answers: Callable[[Mapping[str, str]], bool]


def _web(environment: Mapping[str, str]) -> list[str]:
    return [
        *_module("granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
        *("--host", environment.get("KOLHUB_BIND", "127.0.0.1"), "--port", web_port(environment)),
        *("--workers", environment.get("KOLHUB_WEB_WORKERS", "1"), "--blocking-threads", "4"),
        *("--working-dir", str(ROOT), "kolhub.wsgi:application"),
    ]


def _collector(environment: Mapping[str, str]) -> list[str]:
    return _module("attribution.collector")


def _worker(environment: Mapping[str, str]) -> list[str]:
    # Gossip, mingle and heartbeat serve fleets of workers; without them a worker is up a second sooner.
    return [
        *_celery("worker", "--loglevel", "WARNING", "--hostname", "kolhub@%h"),
        *("--concurrency", environment.get("KOLHUB_WORKER_PROCESSES", "2")),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def _beat(environment: Mapping[str, str]) -> list[str]:
    return [
        *_celery("beat", "--loglevel", "WARNING"),
        *("--pidfile", str(_beat_pid_file(environment))),
    ]


def _module(*words: str) -> list[str]:
    # `python -m`, not the scripts in bin/: those carry the path of the folder they were installed in.
    return [sys.executable, "-m", *words]


def _celery(*words: str) -> list[str]:
    # Celery warns root at length at every start; whoever runs KolHub as root has been told in docs/deploy.md.
    return [
        *(sys.executable, "-W", "ignore::UserWarning:celery.platforms"),
        *("-m", "celery", "--quiet", "-A", "kolhub", *words),
    ]


def _beat_pid_file(environment: Mapping[str, str]) -> Path:
    return Path(environment["KOLHUB_DATA_DIR"]) / "beat.pid"


def web_port(environment: Mapping[str, str]) -> str:
    return environment.get("KOLHUB_WEB_PORT") or "8000"


def collector_port(environment: Mapping[str, str]) -> str:
    return environment.get("KOLHUB_COLLECTOR_PORT") or "8001"


def http_answers(port: str, path: str = "/") -> bool:
    """Tell whether something at this loopback port answers HTTP, and not with a server error."""
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _worker_answers(environment: Mapping[str, str]) -> bool:
    from celery import Celery  # half a second to import: only whoever waits for a worker pays for it

    with Celery(broker=environment["BROKER_URL"], set_as_current=False) as app:
        try:
            return bool(app.control.ping(timeout=0.5))
        except (OSError, *app.connection_for_read().connection_errors):
            return False


def _beat_answers(environment: Mapping[str, str]) -> bool:
    try:
        os.kill(int(_beat_pid_file(environment).read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


PROCESSES = (
    Process("web", _web, lambda environment: http_answers(web_port(environment))),
    Process("collector", _collector, lambda environment: http_answers(collector_port(environment))),
    Process("worker", _worker, _worker_answers),
    Process("beat", _beat, _beat_answers),
)


def process(name: str) -> Process:
    """Return the process of this name; KeyError names the known ones."""
    for candidate in PROCESSES:
        if candidate.name == name:
            return candidate
    raise KeyError(f"{name}: not one of {', '.join(known.name for known in PROCESSES)}")


def main(arguments: Sequence[str]) -> int:
    """Become the process named, or with `--check` tell by the exit code whether it answers; for containers."""
    environment = {"KOLHUB_DATA_DIR": str(ROOT / "var"), **os.environ}
    try:
        chosen = process(arguments[-1] if arguments else "")
    except KeyError as unknown:
        print(unknown.args[0], file=sys.stderr)
        return 2
    if "--check" in arguments:
        return 0 if chosen.answers(environment) else 1
    command = chosen.command(environment)
    # In a container the numbers start anew, and beat would take its own stale number for a rival's.
    _beat_pid_file(environment).unlink(missing_ok=True)
    os.chdir(ROOT)
    return os.execve(command[0], command, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
