"""Measure the attributors: python -m benchmarks.attribution a b c [d sparse journeys] [--repeat 5]."""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from attribution.attributors import attributor
from attribution.attributors.markov import Markov
from attribution.journeys import Journeys, Windows, stitch
from benchmarks.attribution import naive
from benchmarks.attribution.workload import WORKLOADS, generate

RULES = ("first", "last", "linear", "position", "time_decay", "shapley")
DAY = 86_400


class Measured(NamedTuple):
    cpu: list[float]
    wall: list[float]
    memory: float  # MB beyond what the journeys take
    result: Any


def measure(work: Callable[[], Any], repeat: int) -> Measured:
    """Run ``work`` in a child of its own, ``repeat`` times."""
    receive, send = multiprocessing.Pipe(duplex=False)

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cpu, wall, result = [], [], None
        for _ in range(repeat):
            began, clock = time.process_time(), time.perf_counter()
            result = work()
            cpu.append(time.process_time() - began)
            wall.append(time.perf_counter() - clock)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        send.send(Measured(cpu, wall, (after - before) / 1000, result))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    measured = receive.recv()
    process.join()
    return measured


def ours_rules(journeys: Journeys) -> dict[str, np.ndarray]:
    fresh = replace(journeys, _checked=True)  # without what an earlier run left in its caches
    return {key: attributor(key)().totals(fresh).conversions for key in RULES}


def ours_markov(journeys: Journeys) -> np.ndarray:
    return Markov().fit(replace(journeys, _checked=True)).lost_


def row(name: str, task: str, ours: Measured, other: float | None, note: str = "") -> None:
    best = min(ours.cpu)
    beside = "" if other is None else f"{other:.3g}"
    ratio = "" if other is None else f"{other / best:.0f}x"
    print(
        f"| {name} | {task} | {best:.3f} | {statistics.median(ours.cpu):.3f} | {min(ours.wall):.3f} "
        f"| {ours.memory:.0f} | {beside}{note} | {ratio} |",
        flush=True,
    )


def run_workload(name: str, repeat: int, with_naive: bool) -> None:
    journeys = generate(WORKLOADS[name])
    found = measure(lambda: ours_rules(journeys), repeat)
    other = None
    if with_naive:
        plain = measure(lambda: naive.rules(journeys), 1)
        other = plain.cpu[0]
        for key, totals in plain.result.items():
            expected = np.array([totals.get(channel, 0.0) for channel in range(journeys.channels)])
            assert np.allclose(found.result[key], expected, rtol=1e-9, atol=1e-9), key
    row(name, "five rules + Shapley", found, other)

    large = WORKLOADS[name].channels >= 10_000 and name != "sparse"
    found = measure(lambda: ours_markov(journeys), 1 if large else repeat)
    other, note = None, ""
    if with_naive and WORKLOADS[name].channels <= 2_000:
        plain = measure(lambda: naive.markov(journeys, most=100), 1)
        lost, other = plain.result
        note = "" if len(lost) == journeys.channels else f" (from {len(lost)} of {journeys.channels} channels)"
        for channel, conversions in lost.items():
            assert np.isclose(found.result[channel, 0], conversions, rtol=1e-7, atol=1e-7), channel
    row(name, "Markov, conversions + value", found, other, note)


def run_journeys(repeat: int) -> None:
    """Stitch 10 M touches and 500 k conversions of 3 M visitors over 90 days, windows of 30 and 7 days."""
    rng = np.random.default_rng(5)
    touches, conversions, visitors, start = 10_000_000, 500_000, 3_000_000, 1_750_000_000
    columns = {
        "touch_visitor": rng.integers(0, visitors, touches),
        "touch_at": rng.integers(0, 90 * DAY, touches) + start,
        "touch_channel": rng.integers(0, 2000, touches).astype(np.int32),
        "touch_kind": (rng.random(touches) < 0.3).astype(np.int8),
        "conversion_visitor": rng.integers(0, visitors, conversions),
        "conversion_at": rng.integers(0, 90 * DAY, conversions) + start,
        "conversion_value": rng.integers(100, 10_000, conversions),
    }
    found = measure(lambda: len(stitch(**columns, windows=Windows(30 * DAY, 7 * DAY)).journeys), repeat)
    row("J-10M", "stitch, with the origin of each touch", found, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=["a", "b", "c"], help=f"{', '.join(WORKLOADS)}, journeys")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-naive", action="store_true", help="leave out the textbook way")
    options = parser.parse_args()
    print("| workload | task | CPU-s min | median | wall-s min | extra MB | naive CPU-s | naive / ours |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.workloads:
        if name == "journeys":
            run_journeys(options.repeat)
        else:
            run_workload(name, options.repeat, not options.no_naive)


if __name__ == "__main__":
    main()
