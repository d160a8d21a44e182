"""Score the engine on a cases file: what the acceptance tests and the benchmark both count."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from campaigns.compliance.cases import judge_line

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HERE = Path(__file__).parent
OWN = HERE / "cases.jsonl"
WORKED = HERE / "worked_cases.jsonl"
SHARED = HERE.parents[2].parent / "shared" / "compliance" / "cases.jsonl"
ACCUSATIONS = ("missing", "inadequate_label", "wrong_language", "poor_placement")
# The findings that stand apart from the disclosure verdict (acceptance test A7).
APART = (
    "CLAIM_HEALTH",
    "CLAIM_GREEN",
    "CLAIM_ABSOLUTE",
    "BANNED_CATEGORY",
    "AI_LABEL_MISSING",
    "LICENCE_MISSING",
    "OBFUSCATION",
)


@dataclass
class Score:
    """Counts over a cases file and the ids of the cases that failed, by criterion."""

    total: int = 0
    passed: Counter = field(default_factory=Counter)
    failed: dict = field(default_factory=dict)

    def note(self, criterion, ok, case_id, why=""):
        if ok:
            self.passed[criterion] += 1
        else:
            self.failed.setdefault(criterion, []).append(f"{case_id}: {why}")

    def share(self, criterion):
        return self.passed[criterion] / self.total


def read_cases(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def surface_text(post, name):
    if "[" in name:
        key, _, number = name.partition("[")
        item = post[key][int(number.rstrip("]"))]
        return item["text"] if isinstance(item, dict) else item
    return post[name]


def score(cases):
    result = Score()
    for case in cases:
        result.total += 1
        answer = judge_line(json.dumps(case), now=NOW)
        expected, key = case["expected"], case["id"]
        quotes = [finding["quote"] for finding in answer["findings"] if finding["quote"]]
        verdict = answer["verdict"]
        wanted = [expected["verdict"], *expected["accept_also"]]
        result.note("strict", verdict == expected["verdict"], key, f"{verdict}, not {expected['verdict']}")
        result.note("lenient", verdict in wanted, key, f"{verdict}, not one of {wanted}")
        missed = [text for text in expected["must_highlight"] if not any(text in quote for quote in quotes)]
        result.note("must_highlight", not missed, key, missed)
        touched = [
            text for text in expected["must_not_highlight"] if any(text in quote or quote in text for quote in quotes)
        ]
        result.note("must_not_highlight", not touched, key, touched)
        lacking = [rule for rule in expected["rules"] if rule not in answer["rules"]]
        result.note("rules", not lacking, key, lacking)
        found = {finding["code"] for finding in answer["findings"]} & set(APART)
        result.note("findings", found == set(expected["findings"]) & set(APART), key, found)
        if expected["verdict"] == "not_sponsored":
            result.note("nobody accused", verdict not in ACCUSATIONS, key, verdict)
        if "severity" in expected:
            result.note("severity", answer["severity"] == expected["severity"], key, answer["severity"])
    return result
