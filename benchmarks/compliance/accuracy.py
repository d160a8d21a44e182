"""Print the engine's score on cases files: verdicts, highlights, rules, findings.

Run from the project's root: `python -m benchmarks.compliance.accuracy [FILE.jsonl ...]`.
"""

import json
import sys
from pathlib import Path

from tests.campaigns.compliance.scoring import OWN, WORKED, read_cases, score

CRITERIA = ("strict", "lenient", "must_highlight", "must_not_highlight", "rules", "findings")


def main():
    """Print one line per file and the cases that failed."""
    for path in [Path(name) for name in sys.argv[1:]] or [OWN, WORKED]:
        result = score(read_cases(path))
        figures = {criterion: f"{result.share(criterion):.1%}" for criterion in CRITERIA}
        accused = len(result.failed.get("nobody accused", ()))
        print(json.dumps({"file": path.name, "cases": result.total, **figures, "unpaid accused": accused}))
        for criterion, failed in result.failed.items():
            print(*(f"  {criterion}: {line}" for line in failed), sep="\n")


if __name__ == "__main__":
    main()
