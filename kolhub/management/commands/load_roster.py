"""Load a roster from the command line, or say what an import would do."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kolhub.forms.rosters import ChoicesForm
from kolhub.models import Organization, RosterImport, RosterProblem
from kolhub.roster import MAX_BYTES, Problem, load
from kolhub.roster.wording import sentence
from kolhub.tenancy import acting_for
from kolhub.views import roster_words as words

LOADED, UNREADABLE, NEEDS_CHOICE = 0, 2, 3
State = RosterImport.State


class Command(BaseCommand):
    """Exit status 0: loaded (or could be). 2: the file cannot be read. 3: a choice is needed, see --choose."""

    help = "Load a roster into an organization's catalog. Exit status: 0 loaded, 2 unreadable, 3 needs a choice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, and say what would be written")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--metrics-on", type=date.fromisoformat, help="the day of the figures (default: today)")
        parser.add_argument("--source", default="", help="who counted (default: the file's name)")
        parser.add_argument(
            "--choose",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="answer a question: encoding, delimiter, sheet, header_row, platform, currency, identity=<column>, "
            "columns.<index from 0>=<field>",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization with the short name {options['organization']!r}.")
        path: Path = options["file"]
        try:
            # One byte more than can be read is enough to say that it is too much.
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as reason:
            raise CommandError(f"{path} cannot be opened: {reason.strerror}.", returncode=UNREADABLE) from reason
        choices = _answers(options["choose"])
        day = options["metrics_on"] or timezone.localdate()
        if options["dry_run"]:
            rehearsal = load.rehearse(organization, path.name, data, day, choices)
            roster, problems = rehearsal.roster, rehearsal.problems
        else:
            roster, problems = _loaded(organization, path.name, data, day, options["source"], choices)
        told = _account(roster, problems)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            self._say(told, roster)
        status = {State.FAILED: UNREADABLE, State.CHOOSING: NEEDS_CHOICE}.get(State(roster.state), LOADED)
        if status:
            raise SystemExit(status)

    def _say(self, told: dict[str, Any], roster: RosterImport) -> None:
        """Print the account for a person."""
        if roster.failure:
            self.stdout.write(sentence(load.problem_from_json(roster.failure)))
            return
        for choice in told["choices"]:
            self.stdout.write(f"{choice['question']} --choose {choice['key']}=… ({', '.join(choice['options'][:20])})")
        for problem in told["problems"][:50]:
            where = f"line {problem['line']}" + (f", {problem['column']}" if problem["column"] else "")
            self.stdout.write(f"{where if problem['line'] else 'file'}: {problem['message']}")
        if len(told["problems"]) > 50:
            self.stdout.write(f"… and {len(told['problems']) - 50} more (--json lists them all)")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in told["counts"].items()))


def _answers(given: list[str]) -> dict[str, Any]:
    """Read KEY=VALUE answers. Raises CommandError for what cannot be one."""
    flat = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise CommandError(f"--choose takes KEY=VALUE, not {one!r}.")
        flat[key.strip()] = value
    form = ChoicesForm(flat)
    known = {*form.fields, "identity"}
    unknown = [key for key in flat if key not in known and not key.startswith("columns.")]
    if unknown:
        raise CommandError(f"{unknown[0]!r} is not a choice; there are {', '.join(sorted(known))}, columns.<index>.")
    if not form.is_valid():
        complaints = [f"{name}: {' '.join(map(str, said))}" for name, said in form.errors.items()]
        raise CommandError("; ".join(complaints))
    return form.answers


def _loaded(
    organization: Organization, name: str, data: bytes, day: date, source: str, choices: dict[str, Any]
) -> tuple[RosterImport, tuple[Problem, ...]]:
    """Take the file through the doors that the page uses: receive, read, confirm, write."""
    with acting_for(organization.pk):
        received = load.receive(organization, None, name, data, day, source, choices)
    roster = _worked(received)
    if roster.state == State.READY:
        with acting_for(organization.pk):
            load.confirm(roster, None)
        roster = _worked(roster)
    with acting_for(organization.pk):
        told = list(RosterProblem.objects.filter(roster_import=roster))
    notes = [load.problem_from_json(note) for note in roster.found.get("notes", ())]
    return roster, (*notes, *(Problem(one.code, one.line, one.column, one.raw, one.params) for one in told))


def _worked(roster: RosterImport) -> RosterImport:
    load.work(roster.organization_id, roster.pk)
    with acting_for(roster.organization_id):
        return RosterImport.objects.get(pk=roster.pk)


def _account(roster: RosterImport, problems: tuple[Problem, ...]) -> dict[str, Any]:
    """Return what --json prints."""
    found = roster.found.get("choices", {})
    failed = [load.problem_from_json(roster.failure)] if roster.failure else []
    return {
        "encoding": found.get("encoding") or None,
        "sheet": found.get("sheet") or None,
        "header_row": found.get("header_row"),
        "mapping": {column["header"]: column["field"] or None for column in words.columns(roster)},
        "counts": {
            "new": roster.added,
            "changed": roster.updated,
            "unchanged": roster.unchanged,
            "refused": roster.refused if roster.state not in {State.CHOOSING, State.FAILED} else 0,
        },
        "problems": [
            {"line": one.line, "column": one.column, "code": one.code, "message": sentence(one)}
            for one in (failed or problems)
        ],
        "choices": [
            {"key": one["key"], "question": str(one["text"]), "options": [o["value"] for o in one["options"]]}
            for one in words.questions_with_options(roster)
            if roster.state == State.CHOOSING
        ],
    }
