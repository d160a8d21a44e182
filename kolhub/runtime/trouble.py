"""Say in one sentence why something could not be started."""

import errno
import shutil
from pathlib import Path


class CannotStart(Exception):
    """A reason for the person at the keyboard: one sentence that says what to do."""


def explain_os_error(error: OSError, path: Path) -> CannotStart:
    """Turn an error of the file system into a sentence about the disk that holds `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CannotStart(f"{path} cannot be written by this user: give it to the user that runs KolHub.")
    return CannotStart(f"{path}: {error.strerror or error}.")


def disk_full(path: Path) -> CannotStart:
    """Make the sentence for a disk without room."""
    return CannotStart(f"The disk that holds {path} is full: make room there and start again.")


def require_room(path: Path, megabytes: int) -> None:
    """Refuse to start with less than `megabytes` free where `path` lives."""
    free = shutil.disk_usage(path).free // 1_000_000
    if free < megabytes:
        raise CannotStart(
            f"The disk that holds {path} has {free} MB free and KolHub needs {megabytes} MB: make room there "
            "and start again."
        )


def last_lines(log: Path, count: int = 5) -> str:
    """Return the last lines of a log on one line, or the empty string."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return " | ".join(lines[-count:])
