"""The figures that other tools and brute force gave for a public path file."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from attribution.attributors.markov import Markov
from attribution.attributors.paths import PathLayout, read_paths

DATA = Path(__file__).parents[4] / "shared" / "data" / "attribution"
PATHS = DATA / "pathdata.csv"

pytestmark = pytest.mark.skipif(not PATHS.exists(), reason="../shared/data/attribution is not here")


@pytest.fixture(scope="module")
def found():
    out = io.StringIO()
    keys = "first,last,linear,position,markov,shapley,ordered_shapley"
    call_command("attribute_paths", str(PATHS), "--attributors", keys, "--json", stdout=out)
    return json.loads(out.getvalue())


def reference(name, key):
    with open(DATA / f"pathdata__{name}.csv", newline="") as lines:
        return {row[key]: row for row in csv.DictReader(lines)}


def test_totals(found):
    assert found["totals"]["conversions"] == 19785
    assert found["totals"]["nulls"] == 68602


@pytest.mark.parametrize("rule", ["first", "last", "linear"])
def test_rules_to_the_last_digit(found, rule):
    expected = reference("ChannelAttribution_2.2.5__heuristic", "channel_name")
    assert found["attributors"][rule] == {
        channel: {unit: float(row[f"{rule}_touch_{unit}"]) for unit in ("conversions", "value")}
        for channel, row in expected.items()
    }


def test_exact_markov(found):
    expected = reference("exact_absorbing_markov_order1__scout_computed", "channel")
    assert set(expected) == set(found["attributors"]["markov"])
    for channel, row in expected.items():
        effect = found["removal_effects"]["markov"][channel]["conversions"]
        assert effect == pytest.approx(float(row["removal_effect"]), rel=1e-9)
        conversions = found["attributors"]["markov"][channel]["conversions"]
        assert conversions == pytest.approx(float(row["attributed_conversions"]), rel=1e-9)


@pytest.mark.parametrize("key", ["shapley", "ordered_shapley"])
def test_exact_shapley(found, key):
    expected = reference("exact_shapley_subset_conversions__scout_computed", "channel")
    assert set(expected) == set(found["attributors"][key])
    for channel, row in expected.items():
        conversions = found["attributors"][key][channel]["conversions"]
        assert conversions == pytest.approx(float(row["shapley_bruteforce"]), rel=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_simulated_markov_is_near_the_exact_one(order):
    with open(PATHS, newline="") as lines:
        file = read_paths(lines, PathLayout())
    effects = Markov(order).fit(file.journeys).removal_effects_
    expected = reference(f"ChannelAttribution_2.2.5__markov_order{order}", "channel_name")
    for number, channel in enumerate(file.channels):
        for unit in ("conversion", "conversion_value"):
            simulated = float(expected[channel][f"removal_effects_{unit}"])
            exact = effects.conversions[number] if unit == "conversion" else effects.value[number]
            # Its own figures scatter: 2 % where many paths pass, by absolute noise where few do.
            assert exact == pytest.approx(simulated, rel=0.02, abs=1.5e-3)
