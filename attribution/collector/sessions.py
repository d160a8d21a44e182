"""Which visits are touches of their own, and which clicks are the same click twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Final
from uuid import UUID

SLOT_SECONDS: Final = 30 * 60
DOUBLE: Final = timedelta(seconds=2)


def slot(at: datetime) -> int:
    """Number the half hour of the clock that a moment lies in."""
    return int(at.timestamp()) // SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that no click led to. `touch_id` is set where it is stored already."""

    person: int
    brand: int
    at: datetime
    hit_id: UUID
    touch_id: int | None = None

    @property
    def slot(self) -> tuple[int, int, int]:
        """The half hour of this person with this brand."""
        return self.person, self.brand, slot(self.at)


def direct_touches(visits: Iterable[Visit], clicks: Iterable[tuple[int, int, datetime]]) -> list[Visit]:
    """Keep one direct visit per person, brand and half hour: the first; none in a click's half hour or the next one.

    Half hours of the clock instead of pauses between visits: what is kept then never depends on which visit is
    understood first, and nothing but the touches themselves has to be remembered. `clicks` are (person, brand, time).
    """
    taken = {(person, brand, slot(at) + later) for person, brand, at in clicks for later in (0, 1)}
    first: dict[tuple[int, int, int], Visit] = {}
    for visit in visits:
        key = visit.slot
        if key in taken:
            continue
        known = first.get(key)
        if known is None or (visit.at, visit.hit_id) < (known.at, known.hit_id):
            first[key] = visit
    return list(first.values())


@dataclass(frozen=True, slots=True)
class ClickSeen:
    """A click beside others. `device` is network and agent; `has_landed` says that a page or order reported it."""

    hit_id: UUID
    link_id: int
    at: datetime
    person: int
    device: str
    has_landed: bool


def double_clicks(clicks: Sequence[ClickSeen]) -> set[UUID]:
    """Name the clicks that are another click of the list over again.

    Of one person's clicks on a link within two seconds the later one. Of one device's clicks those that never landed:
    a browser that is clicked twice gives up the first answer and lands with the second, and the one that landed is
    what an order will be traced to. Two that landed as different people are two people behind one address.
    """
    doubles: set[UUID] = set()
    ordered = sorted(clicks, key=lambda click: (click.link_id, click.at, click.hit_id))
    for _link, group in groupby(ordered, key=lambda click: click.link_id):
        same_link = list(group)
        for by_person in _groups(same_link, lambda click: click.person):
            doubles.update(click.hit_id for click in _followers(by_person))
        for by_device in _groups([click for click in same_link if click.device], lambda click: click.device):
            doubles |= _of_a_device(by_device)
    return doubles


def _of_a_device(clicks: list[ClickSeen]) -> set[UUID]:
    doubles = set()
    for place, click in enumerate(clicks):
        if click.has_landed:
            continue
        for other in _around(clicks, place):
            if other.has_landed or (other.at, other.hit_id) < (click.at, click.hit_id):
                doubles.add(click.hit_id)
                break
    return doubles


def _around(clicks: list[ClickSeen], place: int) -> Iterable[ClickSeen]:
    at = clicks[place].at
    for before in range(place - 1, -1, -1):
        if at - clicks[before].at > DOUBLE:
            break
        yield clicks[before]
    for after in range(place + 1, len(clicks)):
        if clicks[after].at - at > DOUBLE:
            break
        yield clicks[after]


def _followers(clicks: list[ClickSeen]) -> Iterable[ClickSeen]:
    """Yield the clicks that follow another one within two seconds."""
    for before, click in pairwise(clicks):
        if click.at - before.at <= DOUBLE:
            yield click


def _groups(clicks: list[ClickSeen], key: Callable[[ClickSeen], int | str]) -> Iterable[list[ClickSeen]]:
    found: dict[int | str, list[ClickSeen]] = {}
    for click in clicks:
        found.setdefault(key(click), []).append(click)
    return found.values()
