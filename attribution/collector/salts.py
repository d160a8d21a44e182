"""Salts of the day: what makes a visitor id without consent worthless tomorrow."""

import contextlib
import os
from pathlib import Path
from typing import Final

KEPT: Final = 2


class Salts:
    """One random file per UTC day, shared by the processes of an installation; older than two days is deleted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, bytes] = {}

    def of(self, day: str) -> bytes:
        """Return the day's salt, made by whichever process needs it first."""
        if day not in self._known:
            self._known[day] = self._fetch(day)
            self._forget()
        return self._known[day]

    def _fetch(self, day: str) -> bytes:
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{day}.salt"
        beside = self._directory / f"{day}.{os.getpid()}.new"
        if not path.exists():
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(os.urandom(32))
            with contextlib.suppress(FileExistsError):
                os.link(beside, path)
            beside.unlink()
        return path.read_bytes()

    def _forget(self) -> None:
        days = sorted(self._directory.glob("*.salt"))
        for path in days[:-KEPT]:
            path.unlink(missing_ok=True)
            self._known.pop(path.stem, None)
