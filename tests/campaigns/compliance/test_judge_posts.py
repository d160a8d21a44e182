"""`manage.py judge_posts`: one line in, one line out, offsets in code points of the raw text."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from .scoring import OWN, read_cases, surface_text


def run(path):
    out, err = io.StringIO(), io.StringIO()
    call_command("judge_posts", str(path), stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_one_judgement_per_line_in_the_promised_shape():
    answers, err = run(OWN)
    cases = read_cases(OWN)
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    assert err == ""
    for case, answer in zip(cases, answers, strict=True):
        assert {"id", "verdict", "reason", "markets", "rules", "findings", "severity"} <= set(answer)
        assert set(answer["markets"]) == set(case["jurisdiction"])
        assert all({"verdict", "reason", "rules"} <= set(market) for market in answer["markets"].values())
        for finding in answer["findings"]:
            assert {"code", "market", "rule", "pack", "source", "surface", "severity"} <= set(finding)
            if finding["code"] == "LABEL_MISSING":
                assert (finding["start"], finding["end"], finding["quote"]) == (0, 0, "")
            elif finding["end"]:
                raw = surface_text(case["post"], finding["surface"])
                assert raw[finding["start"] : finding["end"]] == finding["quote"]


def test_bad_lines_are_answered_and_named(tmp_path):
    path = tmp_path / "posts.jsonl"
    good = json.dumps({"id": "a", "jurisdiction": ["US"], "post": {"caption": "#ad \ud800 hi"}})
    path.write_text(f'{good}\n\n{{"id": "b", "jurisdiction": ["US"], "post": {{"caption": 1}}}}\nnonsense\n')
    answers, err = run(path)
    assert [answer["id"] for answer in answers] == ["a", "b", ""]
    assert answers[1]["error"] == "line 3: caption: expected text, got int"
    assert answers[2]["error"].startswith("line 4: not JSON")
    assert "2 lines could not be judged" in err


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.jsonl"):
        run(tmp_path / "nowhere.jsonl")
