"""What the hit server tells Prometheus, as text."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from attribution.collector import spool

if TYPE_CHECKING:
    from attribution.collector.server import Collector


def render(collector: Collector) -> str:
    """Write the process's numbers in Prometheus' text format."""
    lines = []
    for lane in (collector.visits, collector.money):
        label = f'{{lane="{lane.name}"}}'
        lines += [
            f"kolhub_collector_waiting{label} {lane.waiting}",
            f"kolhub_collector_stored_total{label} {lane.stored}",
            f"kolhub_collector_spooled_total{label} {lane.spooled}",
            f"kolhub_collector_unavailable_total{label} {lane.lost}",
            f"kolhub_collector_batches_total{label} {lane.batches}",
            f"kolhub_collector_database_up{label} {int(lane.is_connected)}",
        ]
    paths = spool.segments(collector.spool_directory)
    oldest = 0.0
    for path in paths[:1]:
        with contextlib.suppress(FileNotFoundError):
            oldest = time.time() - path.stat().st_mtime
    lines += [
        f"kolhub_collector_connections {len(collector.house.connections)}",
        f"kolhub_collector_spool_segments {len(paths)}",
        f"kolhub_collector_spool_oldest_seconds {oldest:.3f}",
        f"kolhub_collector_replayed_total {collector.replayer.replayed}",
        f"kolhub_collector_tables_age_seconds {max(0.0, time.time() - collector.lookups.loaded_at):.3f}",
        f"kolhub_collector_started_at {collector.started_at:.3f}",
    ]
    return "\n".join(lines) + "\n"
