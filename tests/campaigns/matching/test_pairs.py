"""Evaluating orders on a file of pairs."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from campaigns.matching.pairs import FORMULAS, read_pairs

ROWS = [
    {"group": "A", "item": "x", "relevance": "1", "followers": "100", "tags": "beauty;skin", "group_tags": "beauty"},
    {"group": "A", "item": "y", "relevance": "0", "followers": "9,000", "tags": "cars", "group_tags": "beauty"},
    {"group": "B", "item": "x", "relevance": "0", "followers": "100", "tags": "beauty;skin", "group_tags": "cars"},
    {"group": "B", "item": "y", "relevance": "2", "followers": "9,000", "tags": "cars", "group_tags": "cars"},
]


def written(tmp_path: Path, rows: list[dict[str, str]] = ROWS) -> Path:
    file = tmp_path / "pairs.csv"
    lines = [",".join(rows[0])] + [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
    file.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    return file


def run(file: Path, *options: str) -> dict:
    out = StringIO()
    call_command("evaluate_ranker", str(file), "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def test_formulas_against_each_other(tmp_path: Path) -> None:
    found = run(written(tmp_path))
    assert (found["pairs"], found["groups"]) == (4, 2)
    value = {name: metrics["AUC"]["value"] for name, metrics in found["rankers"].items()}
    assert value == {"random": 0.5, "popularity": 0.0, "followers": 0.5, "tags in common": 1.0, "topical fit": 1.0}


def test_a_score_of_ones_own(tmp_path: Path) -> None:
    rows = [{**row, "mine": str(-number)} for number, row in enumerate(ROWS)]
    assert run(written(tmp_path, rows), "--score", "mine")["rankers"]["mine"]["MRR"]["value"] == 0.75


def test_formulas_without_their_columns_are_left_out() -> None:
    pairs = read_pairs([{"group": "A", "item": "x", "relevance": "1"}])
    assert [name for name, formula in FORMULAS if formula(pairs) is not None] == ["random", "popularity"]


def test_popularity_does_not_look_at_the_answer() -> None:
    pairs = read_pairs([{"group": "A", "item": "x", "relevance": "1"}, {"group": "A", "item": "y", "relevance": "0"}])
    scores = dict(FORMULAS)["popularity"](pairs)
    assert scores is not None and (scores == np.zeros(2)).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"relevance": "much"}, "line 3, column relevance: 'much' is not a number"),
        ({"relevance": "-1"}, "line 3, column relevance: -1 is negative"),
        ({"relevance": "nan"}, "line 3, column relevance: 'nan' is not a number"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, change: dict[str, str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(written(tmp_path, [ROWS[0], {**ROWS[1], **change}]))


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no column relevance"):
        run(written(tmp_path, [{"group": "A", "item": "x"}]))
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="above 0"):
        run(written(tmp_path, [ROWS[1]]))
    (tmp_path / "binary.csv").write_bytes(b"group,item,relevance\n\xff\xfe,\x00,1\n")
    with pytest.raises(CommandError, match=r"binary\.csv"):
        run(tmp_path / "binary.csv")
