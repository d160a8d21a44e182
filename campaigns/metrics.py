"""Numbers of deliverables that come in as a file: every row is taken over or refused with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.models import Deliverable, DeliverableMetric
from kolhub.models import AuditEvent, Membership, Provenance
from kolhub.roster.isolated import read_rows
from kolhub.roster.numbers import is_missing, read_number
from kolhub.roster.problems import Unreadable
from kolhub.roster.sheets import RawRow
from kolhub.roster.sniff import sniff
from kolhub.roster.values import read_date

MAX_ROWS = 5000

# What a column may be called, folded to lower case without blanks.
_NAMES: dict[str, tuple[str, ...]] = {
    "link": ("link", "url", "post", "posturl", "postlink", "链接", "连接", "网址", "作品链接", "内容链接", "视频链接"),
    "date": ("date", "day", "asof", "takenat", "日期", "时间", "数据日期", "截至", "统计日期"),
    "views": ("views", "plays", "impressions", "播放", "播放量", "观看", "观看量", "阅读", "阅读量", "浏览量", "曝光"),
    "likes": ("likes", "like", "点赞", "点赞数", "赞", "点赞量"),
    "comments": ("comments", "comment", "评论", "评论数", "评论量"),
    "shares": ("shares", "share", "reposts", "分享", "分享数", "转发", "转发数"),
    "saves": ("saves", "save", "bookmarks", "收藏", "收藏数", "收藏量"),
    "provenance": ("provenance", "kind", "来源类型", "数据类型"),
    "source": ("source", "来源", "数据来源"),
}
_NUMBERS = ("views", "likes", "comments", "shares", "saves")
_MEASURED = {"measured", "实测", "测量"}

Refusal = tuple[int, str, dict[str, Any]]


class MetricsFileError(ValueError):
    """A file of which nothing could be taken over: a code and what its sentence needs."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows: taken over, or refused as (line, code, params)."""

    accepted: int
    refused: tuple[Refusal, ...]

    @property
    def received(self) -> int:
        return self.accepted + len(self.refused)


class _Refused(Exception):
    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params


@transaction.atomic
def load(data: bytes, filename: str, membership: Membership, *, default_day: date | None, best: str) -> Account:
    """Read the file and store its numbers for deliverables the membership sees.

    `best` is the strongest provenance it may claim: a row says "measured" only where that is allowed; without a word
    of its own it is a claim. Raises MetricsFileError with nothing stored.
    """
    rows = _rows(data, filename)
    columns = _columns(rows[0][1])
    known = {_plain(d.url): d for d in Deliverable.objects.visible_to(membership).exclude(url="")}
    refused: list[Refusal] = []
    accepted = 0
    for line, cells in rows[1:]:
        try:
            if not isinstance(cells, list):
                raise _Refused("unreadable", reason=cells.code)
            _store(cells, columns, known, default_day, best, filename)
            accepted += 1
        except _Refused as refusal:
            refused.append((line, refusal.code, refusal.params))
    AuditEvent.record(
        membership.organization_id,
        membership.user,
        "metrics.load",
        "metrics",
        file=filename[:200],
        accepted=accepted,
        refused=len(refused),
    )
    return Account(accepted, tuple(refused))


def _rows(data: bytes, filename: str) -> list[RawRow]:
    sniffed = sniff(filename, data)
    if sniffed.problem is not None:
        raise MetricsFileError("unreadable", reason=sniffed.problem.code)
    rows: list[RawRow] = []
    try:
        for row in read_rows(data, sniffed.choices).rows():
            rows.append(row)
            if len(rows) > MAX_ROWS + 1:
                raise MetricsFileError("too_many_rows", most=MAX_ROWS)
    except Unreadable as trouble:
        raise MetricsFileError("unreadable", reason=trouble.problem.code) from None
    if len(rows) < 2 or not isinstance(rows[0][1], list):
        raise MetricsFileError("empty")
    return rows


def _columns(header: Any) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, title in enumerate(header):
        folded = "".join(char for char in str(title or "").casefold() if char.isalnum())
        for name, words in _NAMES.items():
            if folded in words:
                columns.setdefault(name, index)
    if "link" not in columns:
        raise MetricsFileError("no_link_column")
    if not columns.keys() & set(_NUMBERS):
        raise MetricsFileError("no_number_column")
    return columns


def _store(
    cells: Sequence[Any],
    columns: dict[str, int],
    known: dict[str, Deliverable],
    default_day: date | None,
    best: str,
    filename: str,
) -> None:
    def cell(name: str) -> Any:
        index = columns.get(name)
        return cells[index] if index is not None and index < len(cells) else None

    link = str(cell("link") or "").strip()
    if not link:
        raise _Refused("no_link")
    deliverable = known.get(_plain(link))
    if deliverable is None:
        raise _Refused("unknown_link", link=link[:200])
    day = _day(cell("date"), default_day)
    numbers = {name: _count(name, cell(name)) for name in _NUMBERS}
    if all(value is None for value in numbers.values()):
        raise _Refused("no_numbers")
    says_measured = str(cell("provenance") or "").strip().casefold() in _MEASURED
    _made, is_new = DeliverableMetric.objects.get_or_create(
        deliverable=deliverable,
        taken_at=datetime.combine(day, time(12), UTC),
        source=str(cell("source") or filename)[:200],
        defaults={
            "organization_id": deliverable.organization_id,
            "agency_organization_id": deliverable.agency_organization_id,
            "provenance": best if says_measured else Provenance.CLAIMED,
            **numbers,
        },
    )
    if not is_new:
        raise _Refused("repeated")


def _day(raw: Any, default: date | None) -> date:
    if raw is None or str(raw).strip() == "":
        if default is None:
            raise _Refused("no_date")
        return default
    if isinstance(raw, datetime):
        day: date | None = raw.date()
    elif isinstance(raw, date):
        day = raw
    else:
        day, _problem = read_date(str(raw))
    if day is None:
        raise _Refused("bad_date", raw=str(raw)[:40])
    if day > timezone.localdate():
        raise _Refused("future", raw=day.isoformat())
    return day


def _count(column: str, raw: Any) -> int | None:
    if raw is None or (isinstance(raw, str) and is_missing(raw)):
        return None
    number = read_number(raw)
    if number.problem is not None:
        raise _Refused("bad_number", raw=str(raw)[:40], column=column)
    return None if number.value is None else int(number.value)


def _plain(url: str) -> str:
    """Return a link as links are compared: without scheme, www, query of trackers, and the slash at its end."""
    bare = url.strip().split("#", 1)[0]
    bare = bare.split("://", 1)[-1].removeprefix("www.").removeprefix("m.")
    path, _question, query = bare.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith(("utm_", "igsh", "si=", "share_"))]
    return path.rstrip("/") + ("?" + "&".join(sorted(kept)) if kept else "")
