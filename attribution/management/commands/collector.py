"""`manage.py collector`: the hit server, with the same options as `python -m attribution.collector`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from attribution.collector.__main__ import parser, run


class Command(BaseCommand):
    help = "Receive hits: pixels, clicks, events and orders."

    def run_from_argv(self, argv: list[str]) -> None:
        """Leave the command line to the hit server's own parser."""
        run(argv[2:])

    def add_arguments(self, line: ArgumentParser) -> None:
        """Show the hit server's options in --help."""
        for action in parser()._actions[1:]:
            line._add_action(action)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run with the defaults (call_command)."""
        run([])
