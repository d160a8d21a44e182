"""Fill a database with the demo world, or a larger one, through the real doors."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.simulator.client import Client, Refused
from attribution.simulator.truth import Settings
from attribution.simulator.world import simulate
from kolhub import demo


class Command(BaseCommand):
    help = (
        "Simulate creators, shoppers and shops with known true effects. Posts real HTTP to the web server (which must "
        "be running, with a worker) and to a collector of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--days", type=int, default=45)
        parser.add_argument("--creators", type=int, default=6, help="creators in the campaign")
        parser.add_argument("--shoppers", type=int, default=4_000)
        parser.add_argument("--roster", type=int, default=160, help="creators in the agency's roster")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where the database is in use")

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_empty():
            if options["if_empty"]:
                return
            raise CommandError("The database is in use: simulate only fills an empty one.")
        made = demo.make_people()
        web = f"http://127.0.0.1:{settings.WEB_PORT}"
        wanted = Settings(
            seed=options["seed"], days=options["days"], creators=options["creators"], shoppers=options["shoppers"]
        )
        try:
            simulate(
                Client(web, made.brand, made.brand_token),
                Client(web, made.agency, made.agency_token),
                wanted,
                self._say,
                roster_creators=options["roster"],
            )
        except (Refused, RuntimeError, TimeoutError, OSError) as trouble:
            raise CommandError(f"The simulation stopped half-way: {trouble}") from trouble
        self.stdout.write(made.written())

    def _say(self, line: str) -> None:
        """Report progress beside the output, which is the log-ins alone."""
        print(line, file=sys.stderr, flush=True)
