"""Planning many collaborations at once, while others work on some of them."""

import threading
import time
from typing import Any

import psycopg
from django.db import connections, transaction

from campaigns import collaborate
from campaigns.models import Collaboration, Stage
from kolhub.models import AuditEvent
from kolhub.runtime.provision import DatabaseUrls
from kolhub.tenancy import acting_for
from tests.campaigns.work import NOW, Scene


def test_whoever_moves_one_of_them_meanwhile_is_only_waited_for(committed_database: DatabaseUrls) -> None:
    with transaction.atomic():
        scene = Scene()
        first, second = scene.collaboration(scene.own), scene.collaboration(scene.shared)
    said: list[Any] = []

    def plan() -> None:
        try:
            with acting_for(scene.brand_org.pk):
                chosen = Collaboration.objects.filter(pk__in=[first.pk, second.pk])
                said.append(collaborate.plan_together(chosen, {"due_on": NOW.date()}, scene.member.user))
        except Exception as trouble:
            said.append(trouble)
        finally:
            connections.close_all()

    worker = threading.Thread(target=plan)
    with acting_for(scene.brand_org.pk):
        Collaboration.objects.filter(pk=second.pk).update(next_action="call")
        worker.start()
        with psycopg.connect(committed_database.owner, autocommit=True) as looking:
            deadline = time.monotonic() + 10
            while not looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert time.monotonic() < deadline, said
                time.sleep(0.01)
        Collaboration.objects.get(pk=second.pk).move(Stage.CONTACTED, scene.member.user)
    worker.join(10)
    assert said == [2]
    with acting_for(scene.brand_org.pk):
        assert set(Collaboration.objects.values_list("due_on", flat=True)) == {NOW.date()}
        assert AuditEvent.objects.filter(verb="collaboration.plan").count() == 2
