"""A hit on its way from a door to the database: everything that will be stored, decided and bounded."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from attribution.collector.outcomes import Kind, Outcome

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def uuid7(now: float) -> UUID:
    """Make an id that sorts by time: 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(now * 1000) & 0xFFFFFFFFFFFF
    number = milliseconds << 80 | int.from_bytes(os.urandom(10))
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def fingerprint(*content: object) -> str:
    """Return the SHA-256 (hex) of what a second request with the same id must repeat."""
    return hashlib.sha256("\x1f".join(map(str, content)).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class IncomingHit:
    """One hit as it will be stored. Times are seconds since 1970 UTC; texts are clean and within their columns."""

    id: str
    organization_id: int | None
    event_id: str
    kind: Kind
    outcome: Outcome
    key: str
    received_at: float
    content_hash: str
    shop_id: int | None = None
    link_id: int | None = None
    link_version: int | None = None
    claimed_at: float | None = None
    visitor: str = ""
    click_id: str | None = None
    consent: str = ""
    network: str = ""
    country: str = ""
    user_agent: str = ""
    referrer: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    settles: bool = False
    is_money: bool = False

    def as_json(self) -> str:
        """Write the row as one JSON object: what PostgreSQL is sent and what the spool keeps."""
        return _ENCODER.encode({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> IncomingHit:
        """Read a row back from the spool."""
        return cls(**{**told, "kind": Kind(told["kind"]), "outcome": Outcome(told["outcome"])})

    @property
    def day(self) -> str:
        """The UTC day it is counted on."""
        return day_of(self.received_at)

    @property
    def counted_key(self) -> str:
        """The key it is counted under: keys that strangers invent are counted together."""
        return "" if self.organization_id is None else self.key


def day_of(moment: float) -> str:
    """Return the UTC day as text."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


@dataclass(slots=True)
class Result:
    """What became of a hit: the final outcome, and the id it is stored under."""

    outcome: Outcome
    stored_id: str


@dataclass(slots=True, eq=False)
class Entry:
    """One request's hits, and whom to tell when they are durable."""

    hits: Sequence[IncomingHit]
    done: Callable[[list[Result]], None]
    since: float = field(default_factory=time.monotonic)


# (day, organization or None, kind, key, outcome): refused requests leave nothing but their count.
Refusal = tuple[str, int | None, str, str, str]
