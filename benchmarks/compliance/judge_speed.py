"""Measure how many posts one core judges per second of CPU, and the worst of the hostile texts.

Run from the project's root: `python -m benchmarks.compliance.judge_speed [seconds]`. The bar is 300 posts/s on one
core with all packs loaded; the harder figure, every post judged for all 35 jurisdictions, is printed beside it.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from campaigns.compliance.cases import judge_line, parse_case
from campaigns.compliance.judge import judge
from campaigns.compliance.packs import PACKS
from campaigns.compliance.packs.load import load_packs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CASES = Path(__file__).parents[2] / "tests" / "campaigns" / "compliance"
BAR = 300
HOSTILE = {
    "letters": "a" * 100_000,
    "labels": "#ad " * 25_000,
    "emoji": "🍿" * 100_000,
    "dots": ".\n" * 50_000,
    "brackets": "【" * 100_000,
    "rtl": "إعلان " * 16_000,
}


def rate(cases, markets, seconds):
    """Judge the cases over and over for `seconds`; return posts per second."""
    judged, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for case in cases:
            judge(case.post, case.connection, markets or case.markets, now=NOW)
        judged += len(cases)
    return judged / spent


def main():
    """Print the figures as one JSON object; exit 1 below the bar."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    lines = [line for name in ("cases", "worked_cases") for line in (CASES / f"{name}.jsonl").open(encoding="utf-8")]
    cases = [parse_case(json.loads(line)) for line in lines]
    start = time.process_time()
    load_packs()
    judge(cases[0].post, cases[0].connection, PACKS, now=NOW)
    loading = time.process_time() - start
    worst = {}
    for name, text in HOSTILE.items():
        post = {"platform": "instagram", "published_at": "2026-05-15", "caption": text}
        line = json.dumps(
            {"jurisdiction": PACKS, "lang": "en", "post": post, "connection": {"known": True, "type": "paid"}}
        )
        start = time.process_time()
        judge_line(line, now=NOW)
        worst[name] = round(time.process_time() - start, 2)
    own, every = rate(cases, None, seconds), rate(cases, PACKS, seconds)
    figures = {"posts_per_second": round(own), "posts_per_second_all_35_markets": round(every), "bar": BAR}
    print(json.dumps({**figures, "loading_seconds": round(loading, 2), "hostile_100k_seconds": worst}, indent=1))
    sys.exit(own < BAR)


if __name__ == "__main__":
    main()
