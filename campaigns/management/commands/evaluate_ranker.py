"""Say how good orders are on a file of pairs: `manage.py evaluate_ranker pairs.csv [--score COLUMN] [--json]`."""

import csv
import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from campaigns.matching.evaluate import METRICS, Estimate, evaluate
from campaigns.matching.pairs import FORMULAS, Pairs, PairsError, groups_of, read_pairs


class Command(BaseCommand):
    """Print R@10, R@50, MedR, MRR, nDCG@10 and AUC with 95 % intervals, beside what anyone could do without us."""

    help = (
        "CSV with the columns group, item, relevance (0 or more) and any of followers, tags, group_tags, text,"
        " group_text, or a score of your own. Ties take their expected rank."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--score", action="append", default=[], metavar="COLUMN", help="a column to order by")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                pairs = read_pairs(csv.DictReader(file), tuple(options["score"]))
        except (OSError, UnicodeDecodeError) as trouble:
            raise CommandError(f"{options['file']}: {trouble}", returncode=2) from None
        except PairsError as trouble:
            raise CommandError(f"{options['file']}, {trouble}", returncode=2) from None
        found = _evaluated(pairs, options["seed"])
        if options["json"]:
            told = {"pairs": len(pairs), "groups": pairs.group_count, "rankers": found}
            self.stdout.write(json.dumps(told, default=asdict, indent=2))
            return
        self.stdout.write(f"{len(pairs)} pairs in {pairs.group_count} groups; 95 % intervals over groups")
        for name, metrics in found.items():
            self.stdout.write(f"{name:18}" + "  ".join(_written(key, metrics[key]) for key in METRICS))


def _evaluated(pairs: Pairs, seed: int) -> dict[str, dict[str, Estimate]]:
    orders = {name: formula(pairs) for name, formula in FORMULAS} | dict(pairs.scores)
    found: dict[str, dict[str, Estimate]] = {}
    for name, scores in orders.items():
        if scores is not None and np.isfinite(scores).all():
            found[name] = dict(evaluate(groups_of(pairs, scores), seed=seed))
    return found


def _written(name: str, estimate: Estimate) -> str:
    digits = 1 if name == "MedR" else 3
    return f"{name} {estimate.value:.{digits}f} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"
