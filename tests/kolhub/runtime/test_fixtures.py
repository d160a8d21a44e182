"""The promises tests/conftest.py makes to every other test."""

import psycopg
import pytest
from django.db import connection, connections, transaction

from kolhub.celery import app as celery
from kolhub.runtime.provision import DatabaseUrls
from kolhub.runtime.valkey import Valkey


@pytest.mark.django_db
def test_tests_run_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, database = cursor.fetchone()
    assert user == "kolhub_app"
    assert database.startswith("kolhub_")


def test_committed_database_commits_where_others_can_see_it(committed_database: DatabaseUrls) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
        cursor.execute("INSERT INTO django_session VALUES ('k', 'd', now())")
    with psycopg.connect(committed_database.app) as other:
        assert other.execute("SELECT count(*), current_database() FROM django_session").fetchone() == (
            1,
            name,
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == ("kolhub_owner", name)


def test_each_committed_database_is_fresh(committed_database: DatabaseUrls) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)


def test_celery_talks_to_the_broker_of_the_test(broker: Valkey, broker_url: str) -> None:
    with celery.connection_for_write() as line:
        line.ensure_connection(max_retries=1, timeout=5)
        assert line.as_uri().endswith("valkey.sock") or "sock" in broker_url
    celery.send_task("kolhub.test.nobody", queue="celery")
    import redis

    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        assert client.llen("celery") == 1
