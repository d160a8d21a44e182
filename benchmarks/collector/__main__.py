"""Measure the hit server beside one Django INSERT per hit: python -m benchmarks.collector [--seconds 5] [--repeat 3].

A cluster of its own, durable as in production (fsync, synchronous commit). The server is pinned to the first core, the
client to the last; PostgreSQL runs where it likes. CPU is counted from the processes themselves, so that a busy machine
slows the clock but not the figures.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
CORES = sorted(os.sched_getaffinity(0))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--settle", type=int, default=20_000, help="so many pixel hits are settled; 0: none")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kolhub-bench-") as name, database(Path(name)) as cluster:
        keys = make_shop()
        runs: dict[str, list[dict[str, float]]] = {}
        collector = ["-m", "attribution.collector", "--rate-per-network", "0", "--rate-per-key", "0", "--port"]
        view = [*("-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning", "--workers", "1")]
        view += ["--blocking-threads", "4", "benchmarks.collector.django_view:application", "--port"]
        page = "v=0198c0de-0000-7000-8000-000000000000&u=https%3A%2F%2Fshop.example%2Fp&consent=1"
        for _i in range(told.repeat):
            with serving(collector, Path(name)) as (port, server):
                for what, target in (
                    ("answering nothing (/healthz)", "/healthz"),
                    ("pixel, stored", f"/t/{keys['pixel']}.gif?eid={{}}&{page}"),
                    ("click, stored, 302", f"/go/{keys['slug']}"),
                ):
                    runs.setdefault(what, []).append(measure(port, server, cluster, target, told))
            with serving(view, Path(name)) as (port, server):
                target = f"/t/{keys['pixel']}.gif?eid={{}}&{page}"
                runs.setdefault("one Django INSERT per hit", []).append(measure(port, server, cluster, target, told))
        show(runs)
        if told.settle:
            settle(keys, told.settle, cluster)


@contextmanager
def database(directory: Path) -> Iterator[psutil.Process]:
    """A durable cluster, migrated; this process's settings point at it."""
    from kolhub.runtime.postgres import Cluster
    from kolhub.runtime.provision import ROLES, provision

    cluster = Cluster(directory / "pg", durable=True)
    cluster.start()
    try:
        urls = provision(cluster.admin_url(), "bench", dict.fromkeys(ROLES, "bench"))
        os.environ.update(urls.environment())
        os.environ.update(
            KOLHUB_SECRET_KEY="benchmark-" * 5, KOLHUB_DATA_DIR=str(directory), DJANGO_SETTINGS_MODULE="kolhub.settings"
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", database="owner", verbosity=0)
        yield psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))
    finally:
        cluster.stop()


def make_shop() -> dict[str, Any]:
    """Store one brand with a pixel and a link."""
    from attribution.models import Pixel, Shop
    from campaigns.models import Brand, Campaign, Collaboration, TrackingLink
    from kolhub.models import Creator, Organization
    from kolhub.tenancy import acting_for

    organization = Organization.objects.create(name="Bench", slug="bench", kind="brand")
    own = {"organization": organization}
    with acting_for(organization.pk):
        brand = Brand.objects.create(name="Bench", **own)
        shop = Shop.objects.create(brand=brand, name="Bench", **own)
        pixel = Pixel.objects.create(shop=shop, **own)
        campaign = Campaign.objects.create(
            brand=brand,
            name="Bench",
            state="running",
            landing_url="https://shop.example/",
            starts_on="2020-01-01",
            **own,
        )
        creator = Creator.objects.create(name="Creator", search_text="creator", **own)
        collaboration = Collaboration.objects.create(
            campaign=campaign, campaign_name="Bench", creator=creator, creator_organization=organization,
            creator_name="Creator", platform="instagram", handle="creator", **own,
        )  # fmt: skip
        link = TrackingLink.objects.create(collaboration=collaboration, **own)
        link.versions.create(version=1, destination="https://shop.example/p", **own)
    return {"pixel": pixel.key, "slug": link.slug, "organization": organization.pk, "shop": shop.pk}


@contextmanager
def serving(command: list[str], directory: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Start a server on the first core and wait until it answers."""
    from kolhub.runtime.sockets import free_port

    port = free_port()
    with (directory / "server.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *command, str(port)], cwd=ROOT, stdout=log, stderr=log)
    os.sched_setaffinity(process.pid, {CORES[0]})
    try:
        for _i in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU of a process and its living children."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total


def measure(
    port: int, server: psutil.Process, cluster: psutil.Process, target: str, told: argparse.Namespace
) -> dict[str, float]:
    before, database_before = cpu(server), cpu(cluster)
    # A connection that fails makes the client fail, and the measurement with it.
    said = subprocess.run(
        ["taskset", "-c", str(CORES[-1]), sys.executable, "-m", "benchmarks.collector.load", str(port), target,
         str(told.connections), str(told.seconds)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(said.stdout)
    assert set(found["statuses"]) <= {"200", "302"}, found
    count = found["requests"]
    found["server_ms"] = (cpu(server) - before) * 1000 / count
    found["database_ms"] = (cpu(cluster) - database_before) * 1000 / count
    return found


def show(runs: dict[str, list[dict[str, float]]]) -> None:
    print("| | requests/s | p50 ms | p99 ms | server CPU ms | PostgreSQL CPU ms |")
    print("|---|---|---|---|---|---|")
    for what, found in runs.items():
        middle = {name: statistics.median(run[name] for run in found) for name in found[0] if name != "statuses"}
        print(
            f"| {what} | {middle['per_second']:,.0f} | {middle['p50']:.1f} | {middle['p99']:.1f}"
            f" | {middle['server_ms']:.3f} | {middle['database_ms']:.3f} |"
        )


def settle(keys: dict[str, Any], count: int, cluster: psutil.Process) -> None:
    """Settle page views of many visitors, as the collector stored them, in this process."""
    import psycopg

    from attribution.collector.settle import settle_organization

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("DELETE FROM attribution_pendinghit")
        owner.execute(
            """
            WITH made AS (
                INSERT INTO attribution_hit (id, organization_id, event_id, kind, outcome, key, shop_id, received_at,
                    visitor, consent, network, country, user_agent, referrer, content_hash, payload)
                SELECT gen_random_uuid(), %s, 'settle' || n, 'pixel', 'accepted', %s, %s, now() - n * interval '20 ms',
                    'visitor' || n %% (%s / 4), 'given', '', '', '', '', '', '{"name": "page_view"}'
                FROM generate_series(1, %s) n RETURNING id, organization_id, received_at)
            INSERT INTO attribution_pendinghit
                (hit_id, organization_id, is_money, received_at, attempts, next_at, error, is_dead)
            SELECT id, organization_id, false, received_at, 0, now(), '', false FROM made
            """,
            [keys["organization"], keys["pixel"], keys["shop"], count, count],
        )
    before, database_before, began = time.process_time(), cpu(cluster), time.perf_counter()
    done = 0
    while claimed := settle_organization(keys["organization"]).claimed:
        done += claimed
    took = time.perf_counter() - began
    print(
        f"\nsettling {done:,} page views: {done / took:,.0f}/s,"
        f" worker CPU {(time.process_time() - before) * 1000 / done:.3f} ms"
        f" and PostgreSQL CPU {(cpu(cluster) - database_before) * 1000 / done:.3f} ms each"
    )


if __name__ == "__main__":
    main()
