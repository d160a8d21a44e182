"""The engine on worked examples: the project's own, those it was specified by, and newer ones where present."""

import pytest

from campaigns.compliance.packs import PACKS
from campaigns.compliance.packs.load import load_packs

from .scoring import OWN, SHARED, WORKED, read_cases, score


@pytest.fixture(scope="module", params=[OWN, WORKED, SHARED], ids=["own", "worked", "shared"])
def scored(request):
    if not request.param.exists():
        pytest.skip(f"{request.param.name} is not here")
    return score(read_cases(request.param))


def test_verdicts(scored):
    assert scored.share("strict") >= 0.95, scored.failed["strict"]
    assert scored.share("lenient") >= 0.98, scored.failed["lenient"]


@pytest.mark.parametrize("criterion", ["must_highlight", "must_not_highlight"])
def test_highlights(scored, criterion):
    assert scored.share(criterion) == 1, scored.failed[criterion]


def test_nobody_unpaid_is_accused(scored):
    assert "nobody accused" not in scored.failed


def test_findings_and_rules(scored):
    assert scored.share("findings") >= 0.95, scored.failed["findings"]
    assert scored.share("rules") >= 0.98, scored.failed["rules"]
    assert "severity" not in scored.failed


def test_every_worked_market_has_cases():
    seen = {market for case in read_cases(OWN) for market in case["jurisdiction"]}
    assert {name for name in PACKS if load_packs()[name].worked} <= seen


def test_dated_twins_differ():
    by_id = {case["id"]: case["expected"]["verdict"] for case in read_cases(OWN)}
    for before, after in (("K-FR-02", "K-FR-03"), ("K-KR-03", "K-KR-02"), ("K-ES-02", "K-ES-03")):
        assert by_id[before] != by_id[after]
