"""A collector of the simulator's own, which believes the time that a request says it is."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

START_SECONDS = 60


@contextmanager
def simulated_collector() -> Iterator[str]:
    """Run a collector with a simulated clock on a free port; give its address.

    It trusts this machine's X-Forwarded-For, so that shoppers come from different networks, and has no rate limits:
    a season of weeks passes in seconds.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "attribution.collector", "--simulated-clock", "--port", str(port),
        "--rate-per-network", "0", "--rate-per-key", "0",
    ]  # fmt: skip
    environment = {**os.environ, "KOLHUB_TRUSTED_PROXIES": "127.0.0.1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the simulator's collector ended as soon as it was started")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):  # noqa: S310 - our own address
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise RuntimeError(f"the simulator's collector did not answer within {START_SECONDS} s")
