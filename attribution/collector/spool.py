"""The spool: batches on the local disk while PostgreSQL is away. A record is acknowledged after fdatasync.

A segment is a file of records: magic, length, CRC-32, then a JSON text. Its writer holds a lock on it, so a segment
that can be locked has lost its writer or was finished by it, and belongs to the replayer.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import uuid4

from attribution.collector.incoming import IncomingHit, Refusal

MAGIC: Final = b"KHS1"
HEAD: Final = struct.Struct(">4sII")
SEGMENT_BYTES: Final = 16 * 1024 * 1024
SUFFIX: Final = ".spool"


@dataclass(frozen=True)
class Batch:
    """A spooled batch: its hits, its counts, and the attempt to commit it that is in doubt, if there was one."""

    hits: list[IncomingHit]
    refusals: dict[Refusal, int]
    doubted: tuple[str, int] | None


def encode(hits: Sequence[IncomingHit], refusals: Mapping[Refusal, int], doubted: tuple[str, int] | None) -> bytes:
    """Write a batch as one record."""
    rows = ",".join(hit.as_json() for hit in hits)
    counts = json.dumps([[*refusal, count] for refusal, count in refusals.items()])
    body = f'{{"doubted":{json.dumps(doubted)},"refusals":{counts},"hits":[{rows}]}}'.encode()
    return HEAD.pack(MAGIC, len(body), zlib.crc32(body)) + body


def decode(body: bytes) -> Batch:
    """Read a record's text. Raises ValueError, TypeError or KeyError where it is none of ours."""
    told: dict[str, Any] = json.loads(body)
    refusals: dict[Refusal, int] = {
        (str(day), organization, str(kind), str(key), str(outcome)): int(count)
        for day, organization, kind, key, outcome, count in told["refusals"]
    }
    doubted = (str(told["doubted"][0]), int(told["doubted"][1])) if told["doubted"] else None
    return Batch([IncomingHit.from_json(one) for one in told["hits"]], refusals, doubted)


class Full(OSError):
    """The spool may not or cannot grow."""


class Writer:
    """Appends records to segments of its own. Not for several threads at once."""

    def __init__(self, directory: Path, most_bytes: int = 1 << 30, least_free: int = 64 << 20) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._least_free = least_free
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, record: bytes) -> None:
        """Append one record and wait until the disk has it. On any trouble the file ends where it ended before."""
        if self._file is not None and self._size + len(record) > SEGMENT_BYTES:
            self.seal()
        self._check_space(len(record))
        if self._file is None:
            self._open()
        file = self._file
        assert file is not None
        try:
            written = os.write(file.fileno(), record)
            if written != len(record):
                raise Full(errno.ENOSPC, "short write")
            os.fdatasync(file.fileno())
        except OSError:
            # The rest of a record must never stand before the next one.
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), self._size)
            self.seal()
            raise
        self._size += len(record)

    def _open(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{uuid4()}{SUFFIX}"
        file = open(path, "xb", buffering=0, opener=lambda name, flags: os.open(name, flags | os.O_APPEND, 0o600))  # noqa: SIM115
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._file, self._size = file, 0
        _sync_directory(self._directory)

    def _check_space(self, more: int) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        used = sum(path.stat().st_size for path in segments(self._directory))
        free = os.statvfs(self._directory)
        if used + more > self._most_bytes or free.f_bavail * free.f_frsize < self._least_free + more:
            raise Full(errno.ENOSPC, "the spool may not grow")

    def seal(self) -> None:
        """Hand the segment to the replayer."""
        if self._file is not None:
            self._file.close()
            self._file = None


def segments(directory: Path) -> list[Path]:
    """List the segments, oldest first."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(directory):
            if entry.name.endswith(SUFFIX):
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat().st_mtime, Path(entry.path)))
    return [path for _time, path in sorted(found)]


@contextlib.contextmanager
def taken(path: Path) -> Iterator[bytes | None]:
    """Lock a segment and read it; None where its writer still has it or it is gone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file.read()


def records(content: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Yield (offset, text, raw bytes) per record; the text is None where the bytes are damaged.

    After damage the next whole record is looked for. A torn end was never acknowledged; it is shown as damage too.
    """
    offset = 0
    while offset + HEAD.size <= len(content):
        magic, length, checksum = HEAD.unpack_from(content, offset)
        end = offset + HEAD.size + length
        if magic == MAGIC and end <= len(content):
            body = content[offset + HEAD.size : end]
            if zlib.crc32(body) == checksum:
                yield offset, body, content[offset:end]
                offset = end
                continue
        following = content.find(MAGIC, offset + 1)
        if following < 0:
            break
        yield offset, None, content[offset:following]
        offset = following
    if offset < len(content):
        yield offset, None, content[offset:]


def remove(path: Path) -> None:
    """Delete a replayed segment for good."""
    path.unlink(missing_ok=True)
    _sync_directory(path.parent)


def set_aside(path: Path, offset: int, raw: bytes, reason: str) -> None:
    """Keep bytes that cannot be replayed, with where they stood and why, for a person to look at."""
    directory = path.parent / "quarantine"
    directory.mkdir(exist_ok=True)
    beside = directory / f"{path.stem}-{offset}.bad"
    with beside.open("wb") as file:
        file.write(raw)
        os.fsync(file.fileno())
    (directory / f"{path.stem}-{offset}.txt").write_text(reason[:2000])
    _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
