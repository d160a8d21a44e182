"""Read a stranger's file in a process of its own, with limits on memory, CPU, wall time and output (attack R3)."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from kolhub.roster.problems import Problem, Unreadable
from kolhub.roster.sheets import Cell, Choices, RawRow, SheetLook

WALL_SECONDS = 90
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20


class Spool:
    """The rows that the reading process wrote, in an unnamed file that goes away with this object."""

    def __init__(self, file: IO[bytes], size: int, count: int) -> None:
        self._file = file
        self._size = size
        self.count = count

    def rows(self) -> Iterator[RawRow]:
        """Yield the rows from the start; several readers may be under way at once."""
        for line in _lines(self._file.fileno(), self._size):
            yield decode_row(json.loads(line))


def read_rows(data: bytes, choices: Choices) -> Spool:
    """Return all rows of the file; raise Unreadable with the reason when it cannot be read within the limits."""
    file = _run("read", data, choices)
    size, count = _end_of(file)
    return Spool(file, size, count)


def look_at_sheets(data: bytes) -> list[SheetLook]:
    """Return the worksheets of a workbook at a glance."""
    file = _run("look", data, Choices())
    size, _ = _end_of(file)
    looks = []
    for line in _lines(file.fileno(), size):
        name, visible, rows, columns, head = json.loads(line)
        decoded = [decode_row(row) for row in head]
        top = tuple((number, tuple(cells)) for number, cells in decoded if isinstance(cells, list))
        looks.append(SheetLook(str(name), bool(visible), int(rows), int(columns), top))
    return looks


def _run(verb: str, data: bytes, choices: Choices) -> IO[bytes]:
    """Run the reading process over the data and return the file it wrote, open and unnamed."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Spool
    request = json.dumps({"verb": verb, "choices": asdict(choices)})
    # Nothing of our environment goes along: it holds the database's address and the secret key.
    environment = {"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PATH": os.defpath}
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        try:
            subprocess.run(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "kolhub.roster.child", request],
                stdin=source,
                stdout=output,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env=environment,
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            output.close()
            raise Unreadable("read_too_slow", seconds=WALL_SECONDS) from error
    return output


def _end_of(file: IO[bytes]) -> tuple[int, int]:
    """Return (bytes of rows, number of rows); raise Unreadable when the process died or gave up."""
    size = os.fstat(file.fileno()).st_size
    tail = os.pread(file.fileno(), 4096, max(0, size - 4096))
    last = tail[tail.rfind(b"\n", 0, -1) + 1 :] if tail.endswith(b"\n") else b""
    try:
        verdict = json.loads(last)
    except ValueError:
        verdict = None
    if not isinstance(verdict, dict) or "end" not in verdict:
        # No last word: killed by a limit (or by the kernel), which only an enormous sheet brings about.
        file.close()
        raise Unreadable("sheet_too_large")
    if not verdict["end"]:
        file.close()
        raise Unreadable(str(verdict["code"]), **verdict["params"])
    size -= len(last)
    return size, sum(chunk.count(b"\n") for chunk in _chunks(file.fileno(), size))


def _chunks(descriptor: int, size: int) -> Iterator[bytes]:
    at = 0
    while at < size:
        chunk = os.pread(descriptor, min(_CHUNK, size - at), at)
        if not chunk:
            return
        at += len(chunk)
        yield chunk


def _lines(descriptor: int, size: int) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(descriptor, size):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def decode_row(row: list[Any]) -> RawRow:
    """Return the row that child.encode_row wrote."""
    line, *cells = row
    for at, cell in enumerate(cells):
        if isinstance(cell, dict):
            if "p" in cell:
                return line, Problem(cell["p"], line, raw=cell["raw"], params=cell["params"])
            cells[at] = datetime.date.fromisoformat(cell["d"])
    typed: list[Cell] = cells
    return line, typed
