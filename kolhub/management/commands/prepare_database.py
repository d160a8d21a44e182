"""Create KolHub's logins and database on a PostgreSQL server of your own."""

import secrets
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kolhub.runtime.provision import ROLES, CannotProvision, provision


class Command(BaseCommand):
    help = (
        "Create (or correct) the logins kolhub_owner, kolhub_app, kolhub_hits and kolhub_sweeper and the "
        "database, and print the environment variables that point KolHub at them. Safe to run again."
    )
    # The settings may name a database that does not exist yet.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin-url",
            required=True,
            help="postgresql://admin:password@host:5432/postgres, a login that may create roles and databases",
        )
        parser.add_argument("--database", default="kolhub", help="name of the database (default: kolhub)")
        for role in ROLES:
            parser.add_argument(
                f"--{role.removeprefix('kolhub_')}-password",
                help=f"password of {role} (default: a random one)",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = {
            role: options[f"{role.removeprefix('kolhub_')}_password"] or secrets.token_urlsafe(24) for role in ROLES
        }
        try:
            urls = provision(options["admin_url"], options["database"], passwords)
        except CannotProvision as reason:
            raise CommandError(str(reason)) from reason
        except psycopg.Error as error:
            raise CommandError(f"The server refused: {str(error).strip()}") from error
        for name, value in urls.environment().items():
            self.stdout.write(f"{name}={value}")
