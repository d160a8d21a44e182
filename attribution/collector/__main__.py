"""`python -m attribution.collector`: read the settings, start one process or several that share the port."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence

import uvloop

from attribution.collector.limits import Rate
from attribution.collector.server import Collector, Options


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    line = argparse.ArgumentParser(prog="collector", description="Receive hits: pixels, clicks, events and orders.")
    line.add_argument("--host", default=os.environ.get("KOLHUB_BIND", "127.0.0.1"))
    line.add_argument("--port", type=int, help="default: KOLHUB_COLLECTOR_PORT")
    line.add_argument("--workers", type=int, default=int(os.environ.get("KOLHUB_COLLECTOR_WORKERS") or 1))
    line.add_argument("--simulated-clock", action="store_true", help="believe X-Simulated-At: for simulations only")
    line.add_argument("--rate-per-network", type=float, default=200, help="hits a second; 0: no limit")
    line.add_argument("--rate-per-key", type=float, default=2000, help="hits a second; 0: no limit")
    line.add_argument("--request-seconds", type=float, default=15, help="a whole request must come in this fast")
    line.add_argument("--spool-megabytes", type=int, default=1024)
    return line


def options(told: argparse.Namespace) -> Options:
    """Put the command line and Django's settings together."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kolhub.settings")
    from django.conf import settings

    return Options(
        database_url=settings.HITS_DATABASE_URL,
        secret_key=settings.SECRET_KEY,
        data_dir=settings.DATA_DIR,
        host=told.host,
        port=settings.COLLECTOR_PORT if told.port is None else told.port,
        trusted_proxies=tuple(settings.TRUSTED_PROXIES),
        is_clock_simulated=told.simulated_clock,
        per_key=Rate(told.rate_per_key, told.rate_per_key * 5),
        per_network=Rate(told.rate_per_network, told.rate_per_network * 10),
        request_seconds=told.request_seconds,
        spool_bytes=told.spool_megabytes << 20,
    )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; give the exit code."""
    told = parser().parse_args(arguments)
    chosen = options(told)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if told.workers > 1:
        return _many(chosen, told.workers)
    _one(chosen)
    return 0


def _one(chosen: Options) -> None:
    async def serve() -> None:
        await Collector(chosen).run(lambda port: logging.info("listening on %s:%s", chosen.host, port))

    uvloop.run(serve())


def _many(chosen: Options, count: int) -> int:
    """Fork workers, start again those that die, pass on the order to stop."""
    children: set[int] = set()
    is_stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal is_stopping
        is_stopping = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not is_stopping or children:
        while len(children) < count and not is_stopping:
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                _one(chosen)
                os._exit(0)
            children.add(child)
        try:
            ended, _status = os.wait()
        except InterruptedError:
            continue
        children.discard(ended)
    return 0


if __name__ == "__main__":
    sys.exit(run())
