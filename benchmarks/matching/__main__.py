"""Time shortlists over a generated catalog: `python -m benchmarks.matching [--profiles N] [--draws N] [--json]`.

Runs as the application's login, under row security, on a PostgreSQL of its own. Each draw is a whole one: filters,
peers, features, order, reasons, and the rows written.
"""

import argparse
import json
import resource
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from tests import conftest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BRIEFS: dict[str, dict[str, Any]] = {
    "everything": {"text": "honest skincare review 护肤 测评"},
    "one market, categories": {"text": "skincare review", "markets": ["US"], "categories": ["beauty", "fashion"]},
    "narrow": {
        "text": "护肤 测评",
        "markets": ["BR"],
        "platforms": ["instagram"],
        "min_followers": 10_000,
        "max_followers": 500_000,
        "must_not": "football\nvegan",
    },
}


def measure(profiles: int, draws: int) -> dict[str, Any]:
    """Return, per brief, seconds of each draw and the funnel's ends; and the memory and the tables' sizes."""
    from django.db import connection, transaction

    from benchmarks.matching.catalog import fill
    from campaigns.matching import shortlist as room
    from campaigns.models import Brand, Brief
    from kolhub.models import Organization
    from kolhub.tenancy import act_for

    _name, urls = conftest.THROWAWAY.create_fresh()
    conftest.point_at(urls)
    found: dict[str, Any] = {"profiles": profiles, "briefs": {}}
    organization = Organization.objects.create(name="Bench", slug="bench", kind="brand")
    started = time.perf_counter()
    fill(urls.owner, organization.pk, profiles)
    found["filled_seconds"] = round(time.perf_counter() - started, 1)
    for title, asked in BRIEFS.items():
        with transaction.atomic():
            act_for(organization.pk)
            brand, _made = Brand.objects.get_or_create(organization=organization, name="Bench")
            brief = Brief.objects.create(organization=organization, brand=brand, title=title, **asked)
        seconds, cpu = [], []
        for _draw in range(draws + 1):
            with transaction.atomic():
                act_for(organization.pk)
                shortlist = room.request_draw(brief, "weighted", "prefer", None)
            started, busy = time.perf_counter(), time.process_time()
            room.draw_waiting(organization.pk, shortlist.pk, NOW)
            seconds.append(time.perf_counter() - started)
            cpu.append(time.process_time() - busy)
        with transaction.atomic():
            act_for(organization.pk)
            shortlist.refresh_from_db()
        funnel = {line["code"]: line["count"] for line in shortlist.funnel}
        found["briefs"][title] = {
            "first": round(seconds[0], 3),
            "median": round(statistics.median(seconds[1:]), 3),
            "worst": round(max(seconds[1:]), 3),
            # Of the drawing process; the rest is PostgreSQL's, or waiting for a processor.
            "cpu": round(statistics.median(cpu[1:]), 3),
            "considered": funnel["considered"],
            "kept": funnel["kept"],
        }
    found["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('kolhub_creator') + pg_total_relation_size('kolhub_profile'),"
            " pg_indexes_size('kolhub_creator') + pg_indexes_size('kolhub_profile')"
        )
        total, indexes = cursor.fetchone()
    found["tables_mib"], found["of_which_indexes_mib"] = total >> 20, indexes >> 20
    return found


def main() -> None:
    """Start a throw-away database, measure, print, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        conftest.THROWAWAY.prepare()
        found = measure(options.profiles, options.draws)
    finally:
        conftest.pytest_unconfigure()
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['profiles']:,} profiles, filled in {found['filled_seconds']} s; tables {found['tables_mib']} MiB")
    print(
        f"{'brief':26} {'considered':>10} {'compared':>9} {'first':>7} {'median':>7} {'worst':>7} {'cpu':>6}  seconds"
    )
    for title, row in found["briefs"].items():
        print(
            f"{title:26} {row['considered']:>10,} {row['kept']:>9,}"
            f" {row['first']:>7} {row['median']:>7} {row['worst']:>7} {row['cpu']:>6}"
        )
    print(f"peak memory of the drawing process: {found['peak_memory_mib']} MiB")


if __name__ == "__main__":
    main()
