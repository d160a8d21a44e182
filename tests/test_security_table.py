"""docs/security.md answers every attack, and the tests it names exist."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = (ROOT / "docs/security.md").read_text()
HOW_MANY = {"P": 20, "C": 13, "S": 19, "K": 10, "R": 13, "A": 10, "U": 12, "E": 7, "G": 9, "W": 18}
ROWS = re.findall(r"^\| ([A-Z]\d+) \| (.+?) \| (.+?) \|$", TABLE, re.M)


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_attack_is_answered_once() -> None:
    wanted = [f"{letter}{n}" for letter, count in HOW_MANY.items() for n in range(1, count + 1)]
    assert [name for name, _tried, _answer in ROWS] == wanted
    assert len(wanted) == 131


def test_an_answer_names_a_test_or_says_why_there_is_none() -> None:
    empty = [name for name, _tried, answer in ROWS if not re.search(r"`tests/|not in this version|n/a: ", answer)]
    assert not empty, f"{empty}: name a test, or say why there is none"


def test_the_tests_that_are_named_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TABLE)
    assert len(named) > 150
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and name not in _tests_in(ROOT / path))
    ]
    assert not missing, "docs/security.md names tests that are gone or renamed:\n" + "\n".join(missing)
