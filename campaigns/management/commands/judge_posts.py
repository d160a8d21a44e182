"""Judge posts from a file: one JSON case per line in, one JSON judgement per line out."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns.compliance.cases import judge_lines


class Command(BaseCommand):
    """Print a judgement for every line of FILE."""

    help = "Judge the sponsorship disclosure of posts in FILE (JSON lines; - for standard input). Not legal advice."
    requires_system_checks = []  # judging needs neither the site's URLs nor its database

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file."""
        parser.add_argument("file", metavar="FILE", help="JSON lines of {id, jurisdiction, lang, post, connection}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge line by line; a line that cannot be read is answered with its error and counted."""
        try:
            text = sys.stdin.read() if options["file"] == "-" else Path(options["file"]).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        refused = 0
        for answer in judge_lines(text.split("\n"), now=timezone.now()):
            refused += "error" in answer
            self.stdout.write(json.dumps(answer))
        if refused:
            self.stderr.write(f"{refused} lines could not be judged; each says why in its error.")
