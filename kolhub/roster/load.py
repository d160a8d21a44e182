"""Load a roster into the catalog: receive the file, read it, and apply its rows in one transaction."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from kolhub import sweep
from kolhub.models import AuditEvent, Organization, RosterFile, RosterImport, RosterLine, RosterProblem, User
from kolhub.roster.columns import Mapping as ColumnMapping
from kolhub.roster.columns import propose_mapping
from kolhub.roster.problems import Problem, Unreadable
from kolhub.roster.progress import Cancelled, Progress, Silent
from kolhub.roster.rows import Parsed, parse_rows
from kolhub.roster.sheets import Choices
from kolhub.roster.sniff import Sniffed, shown_name, sniff
from kolhub.roster.table import Table, read_table_safely
from kolhub.roster.upsert import Catalog
from kolhub.tenancy import acting_for

BATCH = 500
SAMPLE = 8
# Problems beyond this many are counted but not listed: a file with every cell wrong has one thing wrong.
MAX_PROBLEMS = 20_000

State = RosterImport.State
log = logging.getLogger(__name__)

_WAITING = """
SELECT organization_id, id FROM kolhub_rosterimport WHERE state IN ('received', 'reading', 'applying') ORDER BY id
"""


class NotNow(Exception):
    """The import is not in a state in which this can be done."""


def receive(
    organization: Organization,
    user: User | None,
    filename: str,
    data: bytes,
    metrics_on: date,
    source: str = "",
    choices: Mapping[str, Any] | None = None,
) -> RosterImport:
    """Store an uploaded file, with answers known beforehand. Nothing is read yet: that is a worker's task."""
    name = shown_name(filename)
    roster = RosterImport.objects.create(
        organization=organization,
        uploaded_by=user,
        filename=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        source=source.strip()[:200] or name,
        metrics_on=metrics_on,
        choices=dict(choices or {}),
    )
    RosterFile.objects.create(organization=organization, roster_import=roster, data=data)
    AuditEvent.record(organization.pk, user, "roster.receive", roster, filename=name, sha256=roster.sha256)
    return roster


def choose(roster: RosterImport, choices: Mapping[str, Any]) -> None:
    """Keep a person's answers and have the file read again. Raises NotNow once rows are being written."""
    if roster.state not in {State.CHOOSING, State.READY, State.FAILED}:
        raise NotNow(roster.state)
    roster.choices = _answered(roster, choices)
    roster.state = State.RECEIVED
    roster.failure = {}
    roster.save(update_fields=["choices", "state", "failure"])


def _answered(roster: RosterImport, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Put new answers over old ones; columns chosen for another reading of the file mean nothing any more."""
    kept = dict(roster.choices)
    settled, new = Choices(**roster.found.get("choices", {})), Choices()
    for key in ("delimiter", "sheet", "header_row"):
        if choices.get(key) not in (None, ""):
            new = new.with_answer(key, str(choices[key]))
            if getattr(new, key) != getattr(settled, key):
                kept.pop("columns", None)
    columns = {**kept.get("columns", {}), **choices.get("columns", {})}
    return {**kept, **choices, **({"columns": columns} if columns else {})}


def confirm(roster: RosterImport, user: User | None) -> None:
    """Let the rows be written. Raises NotNow where there is nothing ready to write."""
    changed = RosterImport.objects.filter(pk=roster.pk, state=State.READY).update(state=State.APPLYING, rows_done=0)
    if not changed:
        raise NotNow(roster.state)
    AuditEvent.record(roster.organization_id, user, "roster.confirm", roster)


def cancel(roster: RosterImport, user: User | None) -> None:
    """Give the import up; rows being written are rolled back by the worker. Raises NotNow once it is done."""
    stoppable = [State.RECEIVED, State.READING, State.CHOOSING, State.READY, State.APPLYING]
    changed = RosterImport.objects.filter(pk=roster.pk, state__in=stoppable).update(
        state=State.CANCELLED, finished_at=timezone.now()
    )
    if not changed:
        raise NotNow(roster.state)
    AuditEvent.record(roster.organization_id, user, "roster.cancel", roster)


def waiting() -> list[tuple[int, int]]:
    """List (organization, import) that a worker has to go on with, as the sweeper sees them."""
    return [(organization_id, roster_id) for organization_id, roster_id in sweep.waiting(_WAITING)]


def work(organization_id: int, roster_id: int) -> None:
    """Go on with an import: read it when it was received, write its rows when they were confirmed.

    Safe to call twice and at once: a lock that dies with the process lets one worker have an import.
    """
    with Progress.of(organization_id, roster_id) as progress:
        if progress is None:
            return
        with acting_for(organization_id):
            roster = RosterImport.objects.select_related("file").filter(pk=roster_id).first()
        if roster is None:
            return
        with suppress(Cancelled):
            try:
                _go_on(roster, progress)
            except (OperationalError, InterfaceError, psycopg.OperationalError):
                # The database went away: the sweep comes back to it.
                raise
            except Cancelled:
                raise
            except Exception:
                # Anything else would meet the sweep again for ever; nothing was written.
                log.exception("import %s of organization %s failed", roster_id, organization_id)
                failure = _as_json(Problem("not_loaded"))
                progress.write(state=State.FAILED, failure=failure, finished_at=timezone.now())


def _go_on(roster: RosterImport, progress: Progress) -> None:
    if roster.state in {State.RECEIVED, State.READING}:
        _read(roster, progress)
    elif roster.state == State.APPLYING:
        _apply(roster, progress)


# ---- rehearsing ----


@dataclass(frozen=True)
class Rehearsal:
    """What an import would do: the import as it would be found (its row is gone), and every problem."""

    roster: RosterImport
    problems: tuple[Problem, ...] = ()


def rehearse(
    organization: Organization, filename: str, data: bytes, metrics_on: date, choices: Mapping[str, Any] | None = None
) -> Rehearsal:
    """Read a file and write its rows, all in one transaction that is rolled back: nothing of it stays."""
    with transaction.atomic():
        with acting_for(organization.pk):
            rehearsal = _rehearsed(receive(organization, None, filename, data, metrics_on, "", choices))
        transaction.set_rollback(True)
    return rehearsal


def _rehearsed(roster: RosterImport) -> Rehearsal:
    silent = Silent()
    try:
        reading = _open(roster)
        roster.found, counts = _preview(roster, reading, silent)
    except Unreadable as unreadable:
        roster.state, roster.failure = State.FAILED, _as_json(unreadable.problem)
        return Rehearsal(roster, (unreadable.problem,))
    if reading.sniffed.problem is not None:
        roster.state, roster.failure = State.FAILED, _as_json(reading.sniffed.problem)
        return Rehearsal(roster, (reading.sniffed.problem,))
    roster.rows_total = counts["rows_total"]
    notes = tuple(problem_from_json(note) for note in roster.found.get("notes", ()))
    if reading.sniffed.questions or not reading.is_ready or reading.table is None or reading.mapping is None:
        roster.state = State.CHOOSING
        return Rehearsal(roster, notes)
    roster.state = State.APPLYING
    roster.save()
    _write(roster, reading.table, parse_rows(reading.table, reading.mapping, _defaults(roster)), silent)
    found = roster.found
    roster.refresh_from_db()
    roster.found = found
    told = RosterProblem.objects.filter(roster_import=roster)
    problems = tuple(Problem(one.code, one.line, one.column, one.raw, one.params) for one in told)
    return Rehearsal(roster, (*notes, *problems))


# ---- reading ----


@dataclass(frozen=True)
class _Reading:
    """A file that can be read, or what stands in the way."""

    sniffed: Sniffed
    table: Table | None = None
    mapping: ColumnMapping | None = None

    @property
    def is_ready(self) -> bool:
        return self.mapping is not None and not self.mapping.missing


def _read(roster: RosterImport, progress: Progress) -> None:
    """Find out what the file says and leave a preview, a question, or the reason why it cannot be read."""
    progress.write(state=State.READING, claimed_at=timezone.now())
    try:
        reading = _open(roster)
        found, counts = _preview(roster, reading, progress)
    except Unreadable as unreadable:
        progress.write(state=State.FAILED, failure=_as_json(unreadable.problem), finished_at=timezone.now())
        return
    if reading.sniffed.problem is not None:
        failure = _as_json(reading.sniffed.problem)
        progress.write(state=State.FAILED, failure=failure, found=found, finished_at=timezone.now())
    else:
        state = State.READY if reading.is_ready and not reading.sniffed.questions else State.CHOOSING
        progress.write(state=state, found=found, **counts)


def _open(roster: RosterImport) -> _Reading:
    """Sniff, read and map the file with the answers given so far. Raises Unreadable."""
    data = bytes(roster.file.data)
    chosen = roster.choices
    settled = Choices()
    for key in ("encoding", "delimiter", "sheet", "header_row"):
        if chosen.get(key) not in (None, ""):
            settled = settled.with_answer(key, str(chosen[key]))
    sniffed = sniff(roster.filename, data, settled)
    for question in sniffed.questions:
        if chosen.get(question.key) not in (None, ""):
            sniffed = sniffed.answered(question.key, str(chosen[question.key]))
    if sniffed.problem is not None:
        return _Reading(sniffed)
    table = read_table_safely(data, sniffed.choices)
    mapping = propose_mapping(table, roster.filename)
    for index, field in dict(chosen.get("columns") or {}).items():
        if 0 <= int(index) < len(mapping.columns) and mapping.columns[int(index)].field != field:
            mapping = mapping.with_field(int(index), field)
    if chosen.get("platform"):
        mapping = mapping.with_platform(str(chosen["platform"]))
    return _Reading(sniffed, table, mapping)


def _preview(
    roster: RosterImport, reading: _Reading, progress: Progress | Silent
) -> tuple[dict[str, Any], dict[str, int]]:
    """Describe the file as JSON: its choices, columns, first rows as they would be read, and questions."""
    sniffed, table, mapping = reading.sniffed, reading.table, reading.mapping
    found: dict[str, Any] = {
        "choices": asdict(table.choices if table else sniffed.choices),
        "questions": [asdict(question) for question in sniffed.questions],
    }
    counts: dict[str, int] = {"rows_total": 0, "rows_done": 0, "refused": 0}
    if table is None or mapping is None:
        return found, counts
    found |= {
        "columns": [asdict(column) for column in mapping.columns],
        "platform": mapping.platform,
        "platform_from": mapping.platform_from,
        "missing": list(mapping.missing),
        "wishes": list(mapping.wishes),
        "headers": list(table.headers),
        "sample": [[line, [_shown(cell) for cell in cells]] for line, cells in table.sample[:SAMPLE]],
        "notes": [_as_json(problem) for problem in (*table.problems, *mapping.problems)],
    }
    counts["rows_total"] = table.count
    if mapping.missing:
        return found, counts
    rows: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    for number, parsed in enumerate(parse_rows(table, mapping, _defaults(roster))):
        if parsed.row is None:
            counts["refused"] += parsed.duplicate_of is None
        elif len(rows) < SAMPLE:
            rows.append(_row_as_json(parsed))
        if len(problems) < 50:
            problems += [_as_json(problem) for problem in parsed.problems]
        if number % BATCH == 0:
            progress.step(min(number, table.count))
    found |= {"rows": rows, "problems": problems[:50]}
    counts["rows_done"] = table.count
    return found, counts


def _defaults(roster: RosterImport) -> dict[str, str]:
    return {key: str(roster.choices[key]) for key in ("platform", "currency") if roster.choices.get(key)}


# ---- applying ----


def _apply(roster: RosterImport, progress: Progress) -> None:
    """Write the rows in one transaction: all of them, with their account, or nothing."""
    progress.write(claimed_at=timezone.now(), rows_done=0)
    try:
        reading = _open(roster)
    except Unreadable as unreadable:
        progress.write(state=State.FAILED, failure=_as_json(unreadable.problem), finished_at=timezone.now())
        return
    assert reading.table is not None and reading.mapping is not None
    with acting_for(roster.organization_id):
        _write(roster, reading.table, parse_rows(reading.table, reading.mapping, _defaults(roster)), progress)


def _write(roster: RosterImport, table: Table, rows: Iterator[Parsed], progress: Progress | Silent) -> None:
    catalog = Catalog(roster)
    counts = dict.fromkeys(RosterLine.Outcome.values, 0)
    listed = done = 0
    for batch in _batches(rows):
        lines: list[RosterLine] = []
        for line in catalog.take(batch):
            counts[line.outcome] += 1
            lines.append(line)
        RosterLine.objects.bulk_create(lines, batch_size=BATCH)
        problems = [_problem_row(roster, problem) for parsed in batch for problem in parsed.problems]
        RosterProblem.objects.bulk_create(problems[: max(0, MAX_PROBLEMS - listed)], batch_size=BATCH)
        listed += len(problems)
        done += len(lines)
        progress.step(min(done, table.count))
    # The state is asked once more under the row's lock: a cancelled import must not end as done.
    row = RosterImport.objects.select_for_update().get(pk=roster.pk)
    if row.state != State.APPLYING:
        raise Cancelled
    RosterImport.objects.filter(pk=roster.pk).update(
        state=State.DONE,
        rows_total=table.count,
        rows_done=table.count,
        finished_at=timezone.now(),
        **counts,
    )
    AuditEvent.record(roster.organization_id, roster.uploaded_by, "roster.apply", roster, **counts)


def _batches(rows: Iterator[Parsed]) -> Iterator[list[Parsed]]:
    """Yield batches that never divide a line: its rows are one person on several platforms."""
    batch: list[Parsed] = []
    for _line, of_line in groupby(rows, key=lambda parsed: parsed.line):
        batch += of_line
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _problem_row(roster: RosterImport, problem: Problem) -> RosterProblem:
    return RosterProblem(
        organization_id=roster.organization_id,
        roster_import=roster,
        line=problem.line,
        column=problem.column[:200],
        code=problem.code,
        params=dict(problem.params),
        raw=problem.raw[:300],
        refuses_row=problem.severity == "row",
    )


# ---- values as JSON ----


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "line": problem.line,
        "column": problem.column,
        "raw": problem.raw,
        "params": dict(problem.params),
        "severity": problem.severity,
    }


def problem_from_json(told: Mapping[str, Any]) -> Problem:
    """Return the problem that was kept as JSON, for its sentence."""
    return Problem(
        told["code"], told.get("line", 0), told.get("column", ""), told.get("raw", ""), told.get("params", {})
    )


def _row_as_json(parsed: Parsed) -> dict[str, Any]:
    row = parsed.row
    assert row is not None
    shown: dict[str, Any] = {
        name: value
        for name, value in asdict(row).items()
        if value not in ("", None, (), [])
        and name not in {"key", "prices", "engagement_rate", "audience_female", "as_of"}
    }
    shown["engagement_rate"] = None if row.engagement_rate is None else float(row.engagement_rate)
    shown["prices"] = [
        {"format": price.format, "amount_minor": price.money.minor, "currency": price.money.currency}
        for price in row.prices
    ]
    return shown


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell)[:80]
