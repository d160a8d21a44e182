"""Find places for Unix sockets and ask whether ports are free."""

import hashlib
import os
import socket
import tempfile
from pathlib import Path

LONGEST_PATH = 100  # sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero


def short_socket_directory(directory: Path, longest_name: str) -> Path:
    """Return `directory`/run, or a short stand-in elsewhere when a socket's path would not fit."""
    wanted = directory / "run"
    if len(os.fsencode(wanted / longest_name)) <= LONGEST_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kolhub-{os.geteuid()}-{digest}"


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
