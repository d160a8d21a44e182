"""The account of all requests: received = accepted + every refused reason, however it is grouped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from attribution.models import Hit, HitConflict, HitCount, HitKind, HitOutcome
from kolhub.models import Membership

OUTCOMES: Final[tuple[str, ...]] = tuple(HitOutcome.values)
# Refused without a hit being kept: these are known from their counts alone.
UNSTORED: Final = frozenset(
    {"duplicate", "id_conflict", "bad_signature", "malformed", "too_large", "rate_limited", "unavailable"}
)
STORED: Final = tuple(outcome for outcome in OUTCOMES if outcome not in UNSTORED)

# What a row of the account is about: the fields that name it.
GROUPINGS: Final[dict[str, tuple[str, ...]]] = {
    "day_kind": ("day", "kind"),
    "kind": ("kind",),
    "day": ("day",),
    "key": ("kind", "key"),
}


@dataclass(frozen=True)
class Row:
    """One line of the account. ``received`` is added up apart from ``cells``, one per column of the account."""

    name: dict[str, Any]
    received: int
    accepted: int
    cells: tuple[int, ...]

    @property
    def adds_up(self) -> bool:
        return self.received == self.accepted + sum(self.cells)


@dataclass(frozen=True)
class Account:
    """Every request of a period. ``columns`` are the refused outcomes that occurred, in the order of the closed set."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    total: Row
    is_cut: bool = False

    @property
    def adds_up(self) -> bool:
        """Whether each line adds up, and the lines to the totals (unless only the largest lines are shown)."""
        lines = [*self.rows, self.total]
        sums = self.is_cut or (
            sum(row.received for row in self.rows) == self.total.received
            and sum(row.accepted for row in self.rows) == self.total.accepted
        )
        return sums and all(row.adds_up for row in lines)


@dataclass(frozen=True)
class Check:
    """The counts held against the rows that are really stored. ``stored`` may be lower where old hits were pruned."""

    counted: int
    stored: int
    conflicts_counted: int
    conflicts_stored: int

    @property
    def holds(self) -> bool:
        return self.counted == self.stored and self.conflicts_counted == self.conflicts_stored


def count_rows(membership: Membership, since: date, until: date, kind: str = "", key: str = "") -> "QuerySet[HitCount]":
    """Return the organization's counts of these UTC days, both included."""
    counts: QuerySet[HitCount] = HitCount.objects.visible_to(membership).filter(day__gte=since, day__lte=until)
    if kind:
        counts = counts.filter(kind=kind)
    return counts.filter(key=key) if key else counts


def read_account(counts: "QuerySet[HitCount]", grouping: str, most: int = 1000) -> Account:
    """Group counts into an account; beyond `most` lines the largest are shown."""
    names = GROUPINGS[grouping]
    per = {outcome: Sum("count", filter=Q(outcome=outcome), default=0) for outcome in OUTCOMES}
    found = list(
        counts.order_by().values(*names).annotate(received=Sum("count"), **per).order_by("-received")[: most + 1]
    )
    totals = counts.aggregate(received=Sum("count", default=0), **per)
    columns = tuple(outcome for outcome in OUTCOMES[1:] if totals[outcome])
    kept = sorted(found[:most], key=_place(names))
    rows = [_row({name: each[name] for name in names}, each, columns) for each in kept]
    return Account(columns, rows, _row({}, totals, columns), is_cut=len(found) > most)


def _row(name: dict[str, Any], counted: dict[str, Any], columns: tuple[str, ...]) -> Row:
    return Row(name, counted["received"], counted["accepted"], tuple(counted[column] for column in columns))


def _place(names: tuple[str, ...]) -> Any:
    """Sort days newest first, doors in their order, keys by size."""
    doors = {kind: place for place, kind in enumerate(HitKind.values)}

    def place(row: dict[str, Any]) -> tuple[int, ...]:
        day = -row["day"].toordinal() if "day" in names else 0
        size = -row["received"] if "key" in names else 0
        return day, size, doors.get(row.get("kind", ""), 0)

    return place


def check_counts(membership: Membership, since: date, until: date) -> Check:
    """Count the stored hits and conflicts themselves and put the counters beside them."""
    start = datetime.combine(since, datetime.min.time(), UTC)
    day = timedelta(days=1)
    end = datetime.combine(min(until, date.max - day), datetime.min.time(), UTC) + day
    counted = count_rows(membership, since, until).aggregate(
        stored=Sum("count", filter=Q(outcome__in=STORED), default=0),
        conflicts=Sum("count", filter=Q(outcome=HitOutcome.ID_CONFLICT), default=0),
    )
    arrived = {"received_at__gte": start, "received_at__lt": end}
    return Check(
        counted=counted["stored"],
        stored=Hit.objects.visible_to(membership).filter(**arrived).aggregate(n=Count("pk"))["n"],
        conflicts_counted=counted["conflicts"],
        conflicts_stored=HitConflict.objects.visible_to(membership).filter(**arrived).count(),
    )
