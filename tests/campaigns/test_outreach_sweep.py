"""The sweep finds waiting messages of every organization, through a login that may read nothing else."""

from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.utils import timezone

from campaigns import outreach
from campaigns.models import OutreachMessage
from campaigns.tasks import sweep_outreach
from kolhub.celery import app
from kolhub.tenancy import acting_for
from tests.campaigns.work import Scene


@pytest.fixture
def scenes(committed_database: object) -> list[Scene]:
    """Two brands, each with a message that is due and one that is not."""
    found = []
    for _number in range(2):
        with transaction.atomic():
            scene = Scene()
            draft = outreach.Draft("anna@example.com", "en", "Hello", "Hi {{creator}}")
            row, now = scene.collaboration(), timezone.now()
            outreach.queue(row, draft, scene.member.user, now)
            outreach.queue(row, draft, scene.member.user, now + timedelta(hours=1))
        found.append(scene)
    return found


def test_the_sweep_wakes_workers_for_what_is_due(scenes: list[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf.changes, "task_always_eager", True)
    assert sweep_outreach() == 2
    assert len(mail.outbox) == 2
    assert sweep_outreach() == 0
    for scene in scenes:
        with acting_for(scene.brand_org.pk):
            assert sorted(OutreachMessage.objects.values_list("state", flat=True)) == ["queued", "sent"]


def test_the_sweepers_login_reads_no_contacts(scenes: list[Scene]) -> None:
    with psycopg.connect(settings.SWEEPER_DATABASE_URL, autocommit=True) as connection:
        for table in ("kolhub_contact", "campaigns_contract", "campaigns_agencyterms"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT 1 FROM {table}")
