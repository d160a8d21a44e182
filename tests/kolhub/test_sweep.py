"""Sweeps: they see everybody's work, say so where they cannot, and pass over what cannot be done."""

from datetime import date
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from kolhub import sweep
from kolhub.models import RosterFile, RosterImport
from kolhub.roster import load
from kolhub.runtime.provision import DatabaseUrls
from kolhub.tasks import sweep_rosters
from kolhub.tenancy import acting_for
from tests.factories import make_organization

CSV = b"platform,handle,followers\ninstagram,anna_official,1000\n"


def test_another_login_is_refused_instead_of_finding_nothing(committed_database: DatabaseUrls, settings: Any) -> None:
    assert sweep.waiting("SELECT 1") == [(1,)]
    settings.SWEEPER_DATABASE_URL = committed_database.app
    with pytest.raises(ImproperlyConfigured, match="DATABASE_SWEEPER_URL"):
        sweep.waiting("SELECT 1")


def test_an_import_that_cannot_go_on_keeps_nobody_waiting(committed_database: DatabaseUrls) -> None:
    imports = []
    for _number in range(2):
        with transaction.atomic():
            agency = make_organization("agency")
            imports.append(load.receive(agency, None, "roster.csv", CSV, date(2026, 6, 1)))
    with acting_for(imports[0].organization_id):
        RosterFile.objects.all().delete()
    sweep_rosters()
    states = []
    for each in imports:
        with acting_for(each.organization_id):
            states.append(RosterImport.objects.get(pk=each.pk).state)
    assert states == ["failed", "ready"]


@pytest.mark.parametrize(
    "reached",
    [
        "SELECT recipient FROM campaigns_outreachmessage",
        "SELECT body FROM campaigns_outreachmessage",
        "SELECT net_minor FROM attribution_conversion",
        "SELECT coupon_codes FROM attribution_conversion",
        "SELECT learned FROM attribution_attributionrun",
        "SELECT error FROM attribution_pendinghit",
        "SELECT filename FROM kolhub_rosterimport",
        "SELECT options FROM campaigns_shortlist",
        "SELECT 1 FROM attribution_hit",
    ],
)
def test_the_sweeper_learns_where_work_waits_and_nothing_else(committed_database: DatabaseUrls, reached: str) -> None:
    with psycopg.connect(committed_database.sweeper) as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute(reached)


@pytest.mark.parametrize("column", ["visitor", "network", "user_agent", "referrer", "payload", "click_id"])
def test_the_hit_server_cannot_read_what_it_wrote(committed_database: DatabaseUrls, column: str) -> None:
    with psycopg.connect(committed_database.hits) as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute(f"SELECT {column} FROM attribution_hit")
