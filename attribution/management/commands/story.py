"""Tell the whole story in an empty KolHub and print its account; exit 1 where anything does not reconcile."""

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.attributors import ATTRIBUTORS
from attribution.simulator.account import read_account
from attribution.simulator.client import Client, Refused
from attribution.simulator.truth import Settings
from attribution.simulator.world import BEAUTY_US, simulate
from kolhub import demo

BEAUTY_BR = {
    **BEAUTY_US,
    "title": "Glow serum, Brazil",
    "text": "Criadoras de beleza no Brasil: rotina de skincare, resenhas honestas.",
    "markets": ["BR"],
}
# The real rosters that lie beside the project on a developer's machine, and when they were drawn up.
REAL = ("instagram-2022-12.csv", "youtube-2022-12.csv", "tiktok-2022-12.csv")
REAL_DATE = date(2022, 12, 1)


class Command(BaseCommand):
    help = (
        "Load rosters as an agency, draw shortlists for a beauty brief in the US and in Brazil, run a campaign with "
        "five creators through simulated shoppers, and print the reconciliation. Needs an empty database and a running "
        "web server and worker: ./dev story brings its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--shoppers", type=int, default=3_000)
        parser.add_argument(
            "--rosters",
            type=Path,
            default=settings.BASE_DIR.parent / "shared" / "data" / "rosters",
            help="folder with " + ", ".join(REAL) + "; invented creators where it is missing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_empty():
            raise CommandError("The database is in use: the story needs an empty one (./dev story).")
        files = [options["rosters"] / name for name in REAL]
        rosters = tuple((file.name, file.read_bytes(), REAL_DATE) for file in files if file.is_file())
        if not rosters:
            self.stdout.write("The real rosters are not here: an invented one takes their place.")
        people = demo.make_people()
        web = f"http://127.0.0.1:{settings.WEB_PORT}"
        brand = Client(web, people.brand, people.brand_token)
        wanted = Settings(seed=options["seed"], days=options["days"], creators=5, shoppers=options["shoppers"])
        try:
            told = simulate(
                brand,
                Client(web, people.agency, people.agency_token),
                wanted,
                self.stdout.write,
                rosters=rosters,
                briefs=(BEAUTY_US, BEAUTY_BR),
            )
            account = read_account(brand, told, [each.key for each in ATTRIBUTORS])
        except (Refused, RuntimeError, TimeoutError, OSError) as trouble:
            raise CommandError(f"The story stopped half-way: {trouble}") from trouble
        for title, candidates in zip(("US", "Brazil"), told.drawn, strict=True):
            self.stdout.write(f"\nFirst candidates, beauty, {title}")
            for candidate in candidates[:5]:
                sure = "" if candidate["is_sure"] else "  (not sure)"
                why = candidate["reasons"][0]["text"] if candidate["reasons"] else ""
                self.stdout.write(f"  {candidate['rank']}. {candidate['creator_name']}: {why}{sure}")
        self.stdout.write("")
        self.stdout.write("\n".join(account.lines))
        if account.faults:
            raise CommandError(f"{len(account.faults)} sentence(s) above do not hold.")
        self.stdout.write("\nEverything reconciles.")
