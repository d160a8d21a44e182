"""What a source of orders is: `verify` a delivery's signature, `parse` it into normalized events. Both are pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """One normalized event of a delivery.

    `event_id` and `dedupe` both name it: a second event with either of them is a duplicate. `payload` is what is kept
    and settled from: {"type": "order" | "refund" | "cancellation" | "ignored", …}, money in minor units, times in
    ISO 8601; see `attribution.collector.orders`. Names of customers are apart because they are hashed before they are
    kept. `content` is what a redelivery must repeat.
    """

    event_id: str
    dedupe: str
    content: bytes
    payload: dict[str, Any]
    visitor: str = ""
    khc: str = ""
    customers: tuple[str, ...] = ()
    settles: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an event was refused: a code, and the path of the field."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request with orders in it: raw bytes, lower-case header names, and the names of headers sent twice."""

    raw: bytes
    headers: Mapping[str, str]
    repeated: frozenset[str] = field(default=frozenset())


class Source(Protocol):
    """One kind of machine that posts orders."""

    key: str

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: float) -> bool:
        """Say whether one of the secrets signed these bytes. Takes the same time whichever secret is wrong."""
        ...

    def parse(self, delivery: Delivery, now: float) -> list[Event | Problem]:
        """Read the events of a verified delivery; what is wrong with one never touches the others."""
        ...


class Malformed(Exception):
    """One field of an event cannot be used."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path}: {code}")
        self.problem = Problem(path, code)
