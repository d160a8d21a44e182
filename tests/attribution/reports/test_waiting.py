"""The sweep that attributes: what it finds, and that brands, settling and reports do not get in each other's way."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from attribution.collector.settle.stale import Changes, mark_stale
from attribution.models import AttributionRun, Conversion, Credit
from attribution.reports.campaign_report import campaign_report
from attribution.reports.run import REFIT_AFTER, attribute_brand, attribute_waiting
from kolhub.runtime.provision import DatabaseUrls
from kolhub.tenancy import acting_for
from tests.attribution.records import NOW, BrandWorld, make_brand_world


@pytest.fixture
def worlds(committed_database: DatabaseUrls) -> Iterator[Callable[[str], BrandWorld]]:
    def make(slug: str) -> BrandWorld:
        with transaction.atomic():
            return make_brand_world(slug)

    yield make
    connection.close()


def sell(world: BrandWorld, *which: int, net: int = 1000) -> Conversion:
    with acting_for(world.organization.pk):
        person = world.person()
        for place, each in enumerate(which):
            world.touch(person, each, days=5 - place)
        return world.order(person, net)


def credited(world: BrandWorld, attributor: str = "linear") -> dict[int, int]:
    with acting_for(world.organization.pk):
        rows = Credit.objects.filter(run__is_current=True, run__attributor=attributor)
        return dict(rows.values_list("conversion_id", "amount_minor"))


def aside(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start work in a thread with connections of its own; the list takes its result, or what went wrong."""
    said: list[Any] = []

    def run() -> None:
        try:
            said.append(work())
        except Exception as trouble:
            said.append(trouble)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, said


def test_a_brand_that_cannot_be_attributed_keeps_nobody_waiting(worlds: Callable[[str], BrandWorld]) -> None:
    broken, sound = worlds("broken"), worlds("sound")
    bad, good = sell(broken, 0), sell(sound, 0)
    with acting_for(broken.organization.pk):
        Conversion.objects.filter(pk=bad.pk).update(at=datetime(1960, 1, 1, tzinfo=UTC))
    assert attribute_waiting() == 1
    assert credited(sound) == {good.pk: 1000}
    with acting_for(broken.organization.pk):
        assert Conversion.objects.get().is_stale, "it is tried again"


def test_the_sweep_fits_again_and_replaces_runs_of_older_code(worlds: Callable[[str], BrandWorld]) -> None:
    world = worlds("lumen")
    sell(world, 0)
    attribute_waiting()
    sell(world, 0, 2)
    attribute_waiting()

    def runs() -> dict[str, int]:
        with acting_for(world.organization.pk):
            return dict(AttributionRun.objects.filter(is_current=True).values_list("attributor", "pk"))

    before = runs()
    attribute_waiting()
    assert runs() == before
    with acting_for(world.organization.pk):
        AttributionRun.objects.update(started_at=timezone.now() - REFIT_AFTER - timedelta(seconds=1))
    attribute_waiting()
    after = runs()
    assert {key for key, run in after.items() if run != before[key]} == {"markov"}
    with acting_for(world.organization.pk):
        world.campaign.coupon_first = False
        world.campaign.save()
    attribute_waiting()
    assert not set(runs().values()) & set(after.values())


def test_a_busy_brand_is_left_to_whoever_is_at_it(worlds: Callable[[str], BrandWorld]) -> None:
    world = worlds("lumen")
    order = sell(world, 0)
    with acting_for(world.organization.pk):
        assert attribute_brand(world.organization.pk, world.brand.pk, NOW) == 1
        worker, said = aside(attribute_waiting)
        worker.join(10)
        assert not worker.is_alive(), "waiting workers settle nothing"
        assert said == [0]
    assert credited(world) == {order.pk: 1000}


def test_a_policy_can_be_changed_while_its_brand_is_attributed(worlds: Callable[[str], BrandWorld]) -> None:
    world = worlds("lumen")
    order = sell(world, 0)
    attribute_waiting()

    def shorten() -> None:
        with acting_for(world.organization.pk):
            world.campaign.click_window_days = 2
            world.campaign.save()

    with acting_for(world.organization.pk):
        attribute_brand(world.organization.pk, world.brand.pk, NOW, refit=True)
        worker, said = aside(shorten)
        worker.join(10)
        assert said == [None], "a page does not wait for a fit"
    attribute_waiting()
    with acting_for(world.organization.pk):
        reasons = set(Credit.objects.filter(conversion=order).values_list("reason", flat=True))
    assert reasons == {"outside_window"}


def test_settling_and_attributing_do_not_wait_for_each_other_in_a_ring(
    worlds: Callable[[str], BrandWorld], committed_database: DatabaseUrls
) -> None:
    world = worlds("lumen")
    first, second = sell(world, 0), sell(world, 1)
    organization_id, brand_id = world.organization.pk, world.brand.pk
    attribute_waiting()
    with acting_for(organization_id):
        Conversion.objects.filter(pk=second.pk).update(is_stale=True)

    def settle() -> bool:
        with acting_for(organization_id):
            return mark_stale(organization_id, Changes(conversions={first.pk, second.pk}))

    with acting_for(organization_id):
        # Claims the second order, and writes credits of both.
        attribute_brand(organization_id, brand_id, NOW + REFIT_AFTER * 9, refit=True)
        worker, said = aside(settle)
        with psycopg.connect(committed_database.owner, autocommit=True) as looking:
            deadline = time.monotonic() + 10
            while not looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert time.monotonic() < deadline, said
                time.sleep(0.01)
    worker.join(10)
    assert said == [True]
    with acting_for(organization_id):
        assert Conversion.objects.filter(is_stale=True).count() == 2


def test_orders_that_are_being_settled_are_attributed_afterwards(worlds: Callable[[str], BrandWorld]) -> None:
    world = worlds("lumen")
    first, second = sell(world, 0), sell(world, 1)
    with acting_for(world.organization.pk):
        Conversion.objects.filter(pk=second.pk).update(net_minor=700)
        worker, said = aside(attribute_waiting)
        worker.join(10)
        assert said == [1], "it does not wait"
    assert credited(world)[first.pk] == 1000
    assert attribute_waiting() == 1
    assert credited(world) == {first.pk: 1000, second.pk: 700}


def test_a_report_is_never_made_of_two_attributions(worlds: Callable[[str], BrandWorld]) -> None:
    world = worlds("lumen")
    sell(world, 0), sell(world, 1)
    attribute_waiting()
    organization_id, brand_id = world.organization.pk, world.brand.pk
    meanwhile: list[Any] = []

    def attribute_again() -> int:
        with acting_for(organization_id):
            return attribute_brand(organization_id, brand_id, NOW + REFIT_AFTER * 9, refit=True)

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # After the run was looked up, before its credits are read.
        if "campaigns_deliverable e" in sql and not meanwhile:
            worker, said = aside(attribute_again)
            worker.join(20)
            meanwhile.extend(said)
        return execute(sql, params, many, context)

    with acting_for(organization_id), connection.execute_wrapper(watch):
        read = campaign_report(world.campaign, "linear", NOW.date(), NOW.date())
    assert meanwhile == [0]
    assert (read.brand_revenue, read.total.revenue, read.balance) == (2000, 2000, 0)
