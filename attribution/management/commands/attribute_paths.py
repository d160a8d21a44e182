"""Credit a file of journeys that KolHub did not track."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attribution.attributors import ATTRIBUTORS, Attributor, attributor
from attribution.attributors.paths import EventLayout, PathFileError, PathLayout, attribute_paths

# What each code of a PathFileError says; the parameters are its own.
SENTENCES = {
    "empty_file": gettext_lazy("The file is empty; it needs a header line."),
    "empty_separator": gettext_lazy("The separator must not be empty."),
    "missing_column": gettext_lazy("The file has no column “%(column)s”; it has: %(found)s."),
    "doubled_column": gettext_lazy("The column “%(column)s” occurs more than once; the file has: %(found)s."),
    "wrong_cells": gettext_lazy("Line %(line)s has %(cells)s cells, the header has %(wanted)s."),
    "broken_row": gettext_lazy("Line %(line)s cannot be read: %(reason)s."),
    "empty_path": gettext_lazy("Line %(line)s has an empty path."),
    "empty_channel": gettext_lazy("Line %(line)s has a path with an empty channel in it."),
    "empty_customer": gettext_lazy("Line %(line)s has no customer."),
    "not_a_number": gettext_lazy("Line %(line)s, column “%(column)s”: “%(text)s” is not a number."),
    "negative": gettext_lazy("Line %(line)s, column “%(column)s”: %(text)s is negative."),
    "not_a_time": gettext_lazy(
        "Line %(line)s, column “%(column)s”: “%(text)s” is neither an ISO 8601 time nor seconds since 1970."
    ),
    "value_without_conversion": gettext_lazy("Line %(line)s, column “%(column)s”: a value without a conversion."),
    "needs_times": gettext_lazy(
        "“%(attributor)s” needs the time of each touch; a path file lacks it, an event log (--events) has it."
    ),
    "needs_kinds": gettext_lazy(
        "“%(attributor)s” needs the kind of each touch (click, view, coupon, direct); such files lack it."
    ),
    "cannot_fit": gettext_lazy("“%(attributor)s” cannot be computed: %(reason)s."),
}


class Command(BaseCommand):
    help = (
        "Share out the conversions of a path file (path;total_conversions;total_conversion_value;total_null) "
        "or, with --events, of an event log (customer,time,channel,conversion,value) by attribution models."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the attributors and the names of its columns."""
        usable = [each.key for each in ATTRIBUTORS if not each.needs_kinds]
        parser.add_argument("file", help="path of the file, UTF-8, ';' or ',' between cells; - reads stdin")
        parser.add_argument("--attributors", default="last,linear,markov", help=f"of {','.join(usable)}")
        parser.add_argument("--separator", default=" > ", help="between the channels of a path")
        parser.add_argument("--events", action="store_true", help="the file is an event log")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        for name in ("path", "conversions", "value", "nulls", "customer", "time", "channel", "conversion"):
            parser.add_argument(f"--{name}-column", metavar="NAME", help=f"name of the column with the {name}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, credit, print."""
        chosen = _chosen(options["attributors"])
        layout = _layout(options)
        try:
            if options["file"] == "-":
                result = attribute_paths(sys.stdin, chosen, layout)
            else:
                with open(options["file"], encoding="utf-8-sig", newline="") as lines:
                    result = attribute_paths(lines, chosen, layout)
        except PathFileError as problem:
            raise CommandError(str(SENTENCES[problem.code]) % problem.params, returncode=2) from problem
        except OSError as problem:
            message = _("%(file)s cannot be read: %(reason)s.")
            raise CommandError(
                message % {"file": options["file"], "reason": problem.strerror}, returncode=2
            ) from problem
        except UnicodeDecodeError as problem:
            message = _("%(file)s is not UTF-8: byte %(place)s cannot be read.")
            raise CommandError(message % {"file": options["file"], "place": problem.start}, returncode=2) from problem
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) if options["json"] else _table(result))


def _chosen(keys: str) -> list[Attributor]:
    """Make the attributors named in a comma-separated list."""
    try:
        return [attributor(key.strip())() for key in keys.split(",")]
    except KeyError as problem:
        raise CommandError(str(problem.args[0]), returncode=2) from problem


def _layout(options: dict[str, Any]) -> PathLayout | EventLayout:
    """Take the names of columns that were given, and the usual ones for the rest."""
    kind = EventLayout if options["events"] else PathLayout
    named = {
        name: options[f"{name}_column"]
        for name in kind.__dataclass_fields__
        if options.get(f"{name}_column") is not None
    }
    return EventLayout(**named) if options["events"] else PathLayout(**named, separator=options["separator"])


def _table(result: dict[str, Any]) -> str:
    """Lay out conversions and value per channel, two columns per attributor."""
    keys = list(result["attributors"])
    heads = ["channel", *(f"{key} {unit}" for key in keys for unit in ("conversions", "value"))]
    names = list(result["attributors"][keys[0]]) if keys else []
    body = [
        [
            name,
            *(f"{result['attributors'][key][name][unit]:.2f}" for key in keys for unit in ("conversions", "value")),
        ]
        for name in names
    ]
    widths = [max(len(row[column]) for row in [heads, *body]) for column in range(len(heads))]
    lines = [
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [heads, *body]
    ]
    totals = result["totals"]
    lines.append(f"total: {totals['conversions']:g} conversions, value {totals['value']:g}, {totals['nulls']:g} nulls")
    return "\n".join(lines)
