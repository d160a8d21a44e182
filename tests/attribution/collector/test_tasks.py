"""The nudge: what it settles, and that a dead broker or a second worker does no harm."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connections

from attribution.collector.append import load_tables
from attribution.collector.lanes import connect
from attribution.collector.settle import organizations_waiting, settle_organization, settle_waiting
from attribution.models import Conversion, PendingHit
from kolhub.runtime.provision import DatabaseUrls
from kolhub.tenancy import acting_for
from tests.attribution.collector.conftest import Shop, make_shop
from tests.attribution.collector.test_settle import Inbox


@pytest.fixture
def two_shops(committed_database: DatabaseUrls) -> Any:
    with psycopg.connect(committed_database.hits, autocommit=True) as login:
        yield [_Committed(make_shop(name), login) for name in ("Acme", "Bolt")]


class _Committed(Inbox):
    """An inbox outside any transaction."""

    def wait(self, *hits: Any, turn: int = 0) -> None:
        with acting_for(self.shop.organization_id):
            super().wait(*hits, turn=turn)


def conversions(shop: Shop) -> list[tuple[str, int]]:
    with acting_for(shop.organization_id):
        return list(Conversion.objects.order_by("order_ref").values_list("order_ref", "net_minor"))


def test_the_sweep_settles_every_organization_and_names_those_to_attribute(two_shops: list[_Committed]) -> None:
    acme, bolt = two_shops
    acme.order(0, "1")
    bolt.visit(0)
    assert set(organizations_waiting()) == {acme.shop.organization_id, bolt.shop.organization_id}
    assert settle_waiting() == {acme.shop.organization_id}
    assert conversions(acme.shop) == [("1", 4500)]
    assert organizations_waiting() == []


def test_one_organization_never_reaches_into_another(two_shops: list[_Committed]) -> None:
    acme, bolt = two_shops
    acme.order(0, "1", customers=["same"])
    bolt.order(0, "1", 700, customers=["same"])
    acme.put("click", 0, link_id=bolt.shop.links[0], link_version=1)
    settle_waiting()
    assert (conversions(acme.shop), conversions(bolt.shop)) == ([("1", 4500)], [("1", 700)])


def test_the_same_order_many_times_at_once_is_one_conversion(two_shops: list[_Committed]) -> None:
    shop = two_shops[0].shop
    for _i in range(64):
        two_shops[0].order(0, "1", visitor="v", coupons=["anna10"])
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            while True:
                done = settle_organization(shop.organization_id, limit=8)
                if done.is_busy:
                    time.sleep(0.01)
                elif not done.claimed:
                    return
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not troubles
    assert conversions(shop) == [("1", 4500)]
    with acting_for(shop.organization_id):
        assert Conversion.objects.get().evidence.count() == 64
        assert not PendingHit.objects.exists()


def test_a_refund_and_its_order_never_miss_each_other(two_shops: list[_Committed]) -> None:
    acme = two_shops[0]
    acme.refund(1, "r", 500)
    said: list[Any] = []

    def another_worker() -> None:
        said.append(settle_organization(acme.shop.organization_id))
        connections.close_all()

    with acting_for(acme.shop.organization_id):
        assert settle_organization(acme.shop.organization_id).settled == 1
        # Not committed yet: whoever settled the order now would not see the refund, nor the refund the order.
        acme.login.execute("SELECT 1")
        worker = threading.Thread(target=lambda: (acme.order(0, "1"), another_worker()))
        worker.start()
        worker.join(30)
    assert said[0].is_busy
    settle_waiting()
    with acting_for(acme.shop.organization_id):
        assert Conversion.objects.with_revenue().get().revenue == 4000


def test_a_dead_letter_does_not_keep_an_organization_in_the_sweep(two_shops: list[_Committed]) -> None:
    acme = two_shops[0]
    bad = acme.put("s2s", 0, payload={"type": "order"})
    with acting_for(acme.shop.organization_id):
        PendingHit.objects.filter(hit_id=bad).update(is_dead=True)
    assert organizations_waiting() == []


def test_an_organization_that_cannot_be_settled_keeps_nobody_waiting(
    two_shops: list[_Committed], committed_database: DatabaseUrls
) -> None:
    acme, bolt = two_shops
    acme.order(0, "1"), bolt.order(0, "1", 700)
    with psycopg.connect(committed_database.owner, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'jammed'; END $$;"
            "CREATE TRIGGER jam BEFORE DELETE ON attribution_pendinghit FOR EACH ROW"
            f" WHEN (OLD.organization_id = {acme.shop.organization_id}) EXECUTE FUNCTION jam()"
        )
    assert settle_waiting() == {bolt.shop.organization_id}
    assert (conversions(acme.shop), conversions(bolt.shop)) == ([], [("1", 700)])


def test_another_login_is_refused_instead_of_knowing_no_key(
    two_shops: list[_Committed], committed_database: DatabaseUrls
) -> None:
    async def load(url: str) -> int:
        async with await connect(url, "test") as connection:
            return len((await load_tables(connection)).pixels)

    # In a thread: this one may have a browser's event loop already.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(load(committed_database.hits))).result() == 2
        with pytest.raises(psycopg.OperationalError, match="DATABASE_HITS_URL"):
            thread.submit(lambda: asyncio.run(load(committed_database.app))).result()
