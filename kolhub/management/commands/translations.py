"""Bring the message catalogue up to date, or say what is not translated."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kolhub import messages


class Command(BaseCommand):
    help = "Write new messages into locale/zh_Hans; with --check only list what is not translated (exit 1 if anything)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            messages.update()
        missing = messages.untranslated()
        for message in missing:
            self.stdout.write(message)
        if options["check"] and missing:
            raise CommandError(f"{len(missing)} messages are not translated into Chinese.")
        self.stdout.write(f"{len(missing)} messages without a translation.")
