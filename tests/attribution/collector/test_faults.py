"""Acknowledged is stored exactly once: with PostgreSQL away, deaf or slow, and with the collector killed."""

import asyncio
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum

from attribution.collector import spool
from attribution.collector.incoming import Entry, IncomingHit, Result, fingerprint
from attribution.collector.lanes import Lane
from attribution.collector.outcomes import Kind, Outcome
from attribution.models import CollectorProcess, Hit, HitCount
from kolhub.runtime.provision import DatabaseUrls
from tests.attribution.collector.between import Between
from tests.attribution.collector.conftest import Running, counts, hits, order
from tests.world import wait_until

pytestmark = pytest.mark.processes


@pytest.fixture
def between(collector_database: DatabaseUrls, tmp_path: Path) -> Iterator[Between]:
    made = Between(collector_database, tmp_path / "pg")
    yield made
    made.close()


@pytest.fixture
def reached(collect: Callable[..., Running], between: Between) -> Running:
    """A collector that reaches PostgreSQL through the proxy."""
    return collect(DATABASE_HITS_URL=between.hits)


def books_balance() -> None:
    """Σ received = Σ counted, and every hit that is stored was counted under its outcome."""
    received = CollectorProcess.objects.using("owner").aggregate(total=Sum("received"))["total"] or 0
    counted = HitCount.objects.using("owner").aggregate(total=Sum("count"))["total"] or 0
    assert received == counted
    stored = Counter(Hit.objects.using("owner").values_list("outcome", flat=True))
    told = counts()
    assert {outcome: told.get(outcome, 0) for outcome in stored} == stored


def spool_is_empty(running: Running) -> bool:
    return not spool.segments(running.data_dir / "spool")


def pixel(running: Running, event: str) -> str:
    return f"/t/{running.shop.pixel}.gif?eid={event}&v=v&consent=1"


def test_with_postgresql_away_hits_are_spooled_and_stored_once_later(reached: Running, between: Between) -> None:
    assert reached.get(pixel(reached, str(uuid4()))).status == 200
    between.away()
    events = [str(uuid4()) for _i in range(20)]
    assert [reached.get(pixel(reached, event)).status for event in events] == [200] * 20
    assert [reached.get(pixel(reached, event)).status for event in events[:5]] == [200] * 5, (
        "a retry, not yet known as one"
    )
    began = time.monotonic()
    click = reached.get(f"/go/{reached.shop.slugs[0]}")
    assert time.monotonic() - began < 5
    assert (click.status, "khc=" in click.headers["location"]) == (302, True), "what is on the disk is durable"
    paid = reached.s2s(order("spooled"))
    assert paid.status == 202
    assert not spool_is_empty(reached)
    between.back()
    wait_until("the spool is replayed", lambda: spool_is_empty(reached))
    assert {str(hit.id) for hit in hits(id__in=events)} == set(events)
    assert len(hits(id__in=[click.headers["x-event-id"], paid.headers["x-event-id"]])) == 2
    assert counts(key=reached.shop.pixel)["duplicate"] >= 5
    books_balance()


def test_an_outage_loses_no_money_and_says_so_when_nothing_is_durable(
    collect: Callable[..., Running], between: Between
) -> None:
    running = collect("--spool-megabytes", "0", DATABASE_HITS_URL=between.hits)
    between.away()
    pixel_answer = running.get(pixel(running, str(uuid4())))
    assert (pixel_answer.status, pixel_answer.body[:3]) == (503, b"GIF")
    click = running.get(f"/go/{running.shop.slugs[0]}")
    assert (click.status, "khc" in click.headers["location"]) == (302, False), "it leads on, and claims nothing"
    refused = running.s2s(order("lost"))
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    between.back()
    wait_until("the refusals are counted", lambda: counts().get("unavailable", 0) >= 3)
    books_balance()


def test_a_commit_that_nobody_heard_of_is_not_counted_twice(reached: Running, between: Between) -> None:
    event = str(uuid4())
    assert reached.get(pixel(reached, str(uuid4()))).status == 200
    before = counts(key=reached.shop.pixel)
    between.swallows_commits = True
    assert reached.get(pixel(reached, event)).status == 200
    assert between.swallowed
    between.back()
    wait_until("the spool is replayed", lambda: spool_is_empty(reached))
    assert len(hits(id=event)) == 1
    after = counts(key=reached.shop.pixel)
    assert after["accepted"] == before["accepted"] + 1
    assert after.get("duplicate", 0) == before.get("duplicate", 0)
    books_balance()


def test_with_postgresql_silent_a_click_is_not_kept_waiting(reached: Running, between: Between) -> None:
    reached.get(f"/go/{reached.shop.slugs[0]}")
    between.is_silent = True
    answers = []
    ask = threading.Thread(target=lambda: answers.append(reached.get(f"/go/{reached.shop.slugs[0]}")))
    ask.start()
    ask.join(2.5)
    assert answers, "PostgreSQL gets three seconds to commit; the shopper waits for none of them"
    assert (answers[0].status, "khc" in answers[0].headers["location"]) == (302, False)
    slow = reached.get(pixel(reached, event := str(uuid4())))
    assert slow.status == 200, "after its three seconds the batch went to the disk"
    between.away()
    between.back()
    wait_until("the spool is replayed", lambda: spool_is_empty(reached))
    assert len(hits(id=event)) == 1
    books_balance()


def test_a_collector_starts_and_redirects_without_postgresql(
    collect: Callable[..., Running], between: Between, tmp_path: Path
) -> None:
    directory = tmp_path / "kept"
    first = collect(directory=directory, DATABASE_HITS_URL=between.hits)
    first.get(f"/go/{first.shop.slugs[0]}")
    first.kill(signal.SIGTERM)
    between.away()
    second = collect(directory=directory, DATABASE_HITS_URL=between.hits)
    answer = second.get(f"/go/{second.shop.slugs[0]}")
    assert (answer.status, "khc=" in answer.headers["location"]) == (302, True)
    assert second.get("/go/never-made").status == 503, "nobody can say that there is no such link"
    assert second.s2s(order("from-the-copy")).status == 202, "keys and secrets are in the copy too"
    assert second.get("/readyz").status == 200
    second.kill()
    between.back()
    third = collect(directory=directory, DATABASE_HITS_URL=between.hits)
    wait_until("the orphaned segments are replayed", lambda: spool_is_empty(third))
    assert len(hits(id=answer.headers["x-event-id"])) == 1
    books_balance()


def test_killed_again_and_again_nothing_acknowledged_is_lost_or_doubled(
    collect: Callable[..., Running], tmp_path: Path
) -> None:
    directory = tmp_path / "kept"
    running = [collect(directory=directory)]
    acknowledged: set[str] = set()
    is_over = threading.Event()

    def client(seed: int) -> None:
        chance = random.Random(seed)
        while not is_over.is_set():
            event = str(uuid4())
            for _attempt in range(50):
                try:
                    if running[0].get(pixel(running[0], event)).status == 200:
                        acknowledged.add(event)
                        break
                except OSError:
                    time.sleep(0.02)
            if chance.random() < 0.05:
                time.sleep(0.01)

    with ThreadPoolExecutor(12) as clients:
        for seed in range(12):
            clients.submit(client, seed)
        try:
            for _i in range(3):
                before = len(acknowledged)
                wait_until("the clients are heard", lambda before=before: len(acknowledged) > before + 20)
                running[0].kill()
                running[0] = collect(directory=directory)
            before = len(acknowledged)
            wait_until("the last one hears them too", lambda: len(acknowledged) > before)
        finally:
            is_over.set()
    assert len(acknowledged) > 50
    stored = Counter(
        str(pk) for pk in Hit.objects.using("owner").filter(id__in=acknowledged).values_list("id", flat=True)
    )
    assert set(stored) == acknowledged
    assert set(stored.values()) == {1}
    books_balance()


def test_a_graceful_stop_answers_what_was_asked(collect: Callable[..., Running]) -> None:
    running = collect()
    events = [str(uuid4()) for _i in range(60)]
    acknowledged = []
    is_asked_to_stop = threading.Lock()

    def ask(event: str) -> None:
        try:
            if running.get(pixel(running, event)).status == 200:
                acknowledged.append(event)
        except OSError:
            pass
        if len(acknowledged) >= 20 and is_asked_to_stop.acquire(blocking=False):
            running.process.terminate()

    with ThreadPoolExecutor(20) as clients:
        for event in events:
            clients.submit(ask, event)
    assert running.process.wait(timeout=20) == 0
    assert {str(hit.id) for hit in hits(id__in=acknowledged)} == set(acknowledged)
    assert len(acknowledged) >= 20
    books_balance()


# ---- the lane alone ----


def a_hit(key: str = "key", **fields: object) -> IncomingHit:
    name = str(uuid4())
    return IncomingHit(
        id=name, organization_id=None, event_id=name, kind=Kind.PIXEL, outcome=Outcome.UNKNOWN_KEY, key=key,
        received_at=time.time(), content_hash=fingerprint(name), **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def in_a_loop_of_its_own(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it in another thread: once a browser test ran, this one has Playwright's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def run_lane(lane: Lane, batch: list[IncomingHit]) -> list[Result]:
    async def run() -> list[Result]:
        answered: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        working = asyncio.ensure_future(lane.run())
        assert lane.put(Entry(batch, answered.set_result))
        results = await asyncio.wait_for(answered, 20)
        lane.stop()
        await working
        return results

    return in_a_loop_of_its_own(run())


def test_one_poisoned_hit_is_refused_and_its_neighbours_are_stored(
    collector_database: DatabaseUrls, tmp_path: Path
) -> None:
    batch = [a_hit() for _i in range(40)]
    batch[17] = a_hit("x" * 81)
    results = run_lane(Lane("test", collector_database.hits, tmp_path, 100, 1 << 20), batch)
    assert [place for place, result in enumerate(results) if result.outcome is Outcome.MALFORMED] == [17]
    assert len(hits(id__in=[hit.id for hit in batch])) == 39
    assert not spool.segments(tmp_path), "bad data is no outage"
    books_balance()


def test_poison_inside_the_spool_is_set_aside_and_the_rest_is_replayed(
    collect: Callable[..., Running], tmp_path: Path
) -> None:
    directory = tmp_path / "kept"
    writer = spool.Writer(directory / "spool", least_free=0)
    good = [[a_hit() for _i in range(5)] for _j in range(4)]
    poisoned = [a_hit(), a_hit("x" * 81), a_hit()]
    for batch in (*good[:2], poisoned):
        writer.write(spool.encode(batch, {}, None))
    writer.seal()
    (path,) = spool.segments(directory / "spool")
    whole = path.read_bytes()
    flipped = bytearray(spool.encode([a_hit()], {}, None))
    flipped[40] ^= 1
    rest = b"".join(spool.encode(batch, {}, None) for batch in good[2:])
    torn = spool.encode([a_hit()], {}, None)[:-7]
    path.write_bytes(whole + bytes(flipped) + rest + torn)
    running = collect(directory=directory)
    wait_until("the segment is replayed", lambda: spool_is_empty(running))
    kept = [hit.id for batch in good for hit in batch] + [poisoned[0].id, poisoned[2].id]
    assert len(hits(id__in=kept)) == len(kept)
    assert len(list((directory / "spool" / "quarantine").glob("*.bad"))) == 3
    books_balance()


def test_a_segment_replayed_twice_counts_once(collect: Callable[..., Running], tmp_path: Path) -> None:
    directory = tmp_path / "kept"
    writer = spool.Writer(directory / "spool", least_free=0)
    writer.write(spool.encode([a_hit(), a_hit()], {}, None))
    writer.seal()
    (path,) = spool.segments(directory / "spool")
    content = path.read_bytes()
    running = collect(directory=directory)
    wait_until("the segment is replayed", lambda: spool_is_empty(running))
    before = counts()
    path.write_bytes(content)
    wait_until("the segment is gone again", lambda: spool_is_empty(running))
    running.kill(signal.SIGTERM)
    assert counts() == before, "as if the process had died between the commit and the deletion"
    books_balance()


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    record = spool.encode([a_hit()], {}, None)
    writer = spool.Writer(tmp_path, most_bytes=2 * len(record) + 10, least_free=0)
    writer.write(record)
    writer.write(record)
    with pytest.raises(spool.Full):
        writer.write(record)
    writer.seal()
    (path,) = spool.segments(tmp_path)
    assert [body is not None for _offset, body, _raw in spool.records(path.read_bytes())] == [True, True]


def test_a_full_queue_refuses_instead_of_growing(collector_database: DatabaseUrls, tmp_path: Path) -> None:
    async def fill() -> list[bool]:
        lane = Lane("test", collector_database.hits, tmp_path, 10, 1 << 20)
        return [lane.put(Entry([a_hit(), a_hit(), a_hit()], lambda results: None)) for _i in range(5)]

    assert in_a_loop_of_its_own(fill()) == [True, True, True, False, False]


def test_several_processes_share_the_port_and_stop_together(collect: Callable[..., Running]) -> None:
    running = collect("--workers", "2")
    events = [str(uuid4()) for _i in range(40)]
    with ThreadPoolExecutor(10) as clients:
        assert set(clients.map(lambda event: running.get(pixel(running, event)).status, events)) == {200}
    assert len(hits(id__in=events)) == 40
    assert running.kill(signal.SIGTERM) == 0
    with pytest.raises(OSError):
        running.get("/healthz")
    books_balance()
