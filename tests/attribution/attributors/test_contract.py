"""What holds for every attributor in the registry."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from attribution.attributors import ATTRIBUTORS, NotFittedError, attributor
from attribution.journeys import Journeys, TouchKind
from tests.attribution.attributors.examples import any_journeys, drawn

every = pytest.mark.parametrize("kind", ATTRIBUTORS, ids=lambda kind: kind.key)


def credit(kind, journeys):
    return kind().fit(journeys).credit(journeys)


def per_journey(journeys, credit):
    return np.bincount(journeys.owner, credit, minlength=len(journeys))


@every
@settings(max_examples=40, deadline=None)
@given(journeys=any_journeys())
def test_shares_of_a_converting_journey_sum_to_one_and_none_is_negative(kind, journeys):
    shares = credit(kind, journeys)
    assert shares.shape == (journeys.touches,)
    assert shares.dtype == np.float64
    assert (shares >= 0).all()
    expected = journeys.converted & (journeys.lengths > 0)
    assert per_journey(journeys, shares) == pytest.approx(expected.astype(float), abs=1e-12)


@every
@settings(max_examples=20, deadline=None)
@given(journeys=any_journeys())
def test_totals_give_out_every_conversion_that_has_touches_and_its_value(kind, journeys):
    totals = kind().fit(journeys).totals(journeys)
    creditable = journeys.lengths > 0
    assert totals.conversions.shape == totals.value.shape == (journeys.channels,)
    assert totals.conversions.sum() == pytest.approx(journeys.weight[creditable].sum(), abs=1e-9)
    assert totals.value.sum() == pytest.approx(journeys.worth[creditable].sum(), abs=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in ATTRIBUTORS if not kind.needs_fit], ids=lambda kind: kind.key)
def test_totals_add_up_the_credit_of_a_rule(kind):
    journeys = drawn(8, journeys=200)
    fitted = kind().fit(journeys)
    worth = fitted.credit(journeys) * np.repeat(journeys.worth, journeys.lengths)
    added = np.bincount(journeys.channel, worth, minlength=journeys.channels)
    assert fitted.totals(journeys).value == pytest.approx(added)


@every
def test_totals_do_not_depend_on_blocks(kind, monkeypatch):
    journeys = drawn(4, journeys=100)
    whole = kind().fit(journeys)
    totals, shares = whole.totals(journeys), whole.credit(journeys)
    monkeypatch.setattr(Journeys.blocks, "__defaults__", (7,))
    again = kind().fit(drawn(4, journeys=100))
    assert again.totals(journeys).value == pytest.approx(totals.value)
    assert again.credit(journeys).tolist() == shares.tolist()


@every
def test_a_lone_touch_gets_all(kind):
    journeys = Journeys.from_lists([[3], [0]], converted=[True, False])
    assert credit(kind, journeys).tolist() == [1, 0]


@every
def test_an_empty_journey_gets_nothing_and_disturbs_nobody(kind):
    journeys = Journeys.from_lists([[], [1], [], [0, 1], []])
    alone = Journeys.from_lists([[1], [0, 1]])
    assert credit(kind, journeys).tolist() == credit(kind, alone).tolist()


@every
def test_fitting_twice_changes_nothing(kind):
    journeys = drawn(1)
    once = kind().fit(journeys)
    first = once.credit(journeys)
    assert once.fit(journeys) is once
    assert once.credit(journeys).tolist() == first.tolist()
    assert credit(kind, drawn(1)).tolist() == first.tolist()


@every
def test_the_order_of_journeys_changes_nothing(kind):
    journeys = drawn(2)
    order = np.random.default_rng(0).permutation(len(journeys))
    mixed = journeys.subset(order)
    shares = np.split(credit(kind, journeys), journeys.offsets[1:-1])
    expected = np.concatenate([shares[number] for number in order])
    assert credit(kind, mixed) == pytest.approx(expected, abs=1e-13)


@every
def test_equal_times_are_taken_in_order(kind):
    at = [[5, 5, 5, 5]]
    together = Journeys.from_lists([[0, 1, 2, 0]], at=at)
    assert credit(kind, together).sum() == pytest.approx(1)
    if not kind.needs_times:
        apart = Journeys.from_lists([[0, 1, 2, 0]])
        assert credit(kind, together).tolist() == credit(kind, apart).tolist()


@every
def test_a_journey_of_a_hundred_thousand_touches(kind):
    length = 100_000
    journeys = Journeys.from_lists([np.arange(length) % 50, [0]], at=[np.arange(length) * 3600, [0]], channels=50)
    shares = credit(kind, journeys)
    assert shares[:-1].sum() == pytest.approx(1, abs=1e-9)
    assert np.isfinite(shares).all()
    assert shares[-1] == 1


@every
def test_one_channel(kind):
    journeys = Journeys.from_lists([[0, 0, 0], [0]], converted=[True, False], value=[500, 0])
    fitted = kind().fit(journeys)
    assert fitted.credit(journeys).sum() == pytest.approx(1)
    assert fitted.totals(journeys).conversions == pytest.approx([1])
    assert fitted.totals(journeys).value == pytest.approx([500])


@every
def test_no_conversions(kind):
    journeys = Journeys.from_lists([[0, 1], [1]], converted=[False, False])
    fitted = kind().fit(journeys)
    assert fitted.credit(journeys).tolist() == [0, 0, 0]
    assert fitted.totals(journeys).conversions.tolist() == [0, 0]


@every
def test_all_conversions(kind):
    journeys = Journeys.from_lists([[0, 1], [1], [2, 0, 1]])
    fitted = kind().fit(journeys)
    assert fitted.totals(journeys).conversions.sum() == pytest.approx(3)


@every
def test_no_journeys(kind):
    journeys = Journeys.from_lists([])
    fitted = kind().fit(journeys)
    assert fitted.credit(journeys).tolist() == []
    assert fitted.totals(journeys).value.tolist() == []


@every
def test_only_empty_journeys(kind):
    journeys = Journeys.from_lists([[], []], channels=3)
    assert kind().fit(journeys).totals(journeys).conversions.tolist() == [0, 0, 0]


@every
def test_unmet_channels_get_nothing(kind):
    journeys = Journeys.from_lists([[0, 2], [2]], channels=5)
    totals = kind().fit(journeys).totals(journeys)
    assert totals.conversions[[1, 3, 4]].tolist() == [0, 0, 0]


@every
def test_a_net_refund_takes_value_from_those_who_had_the_credit(kind):
    journeys = Journeys.from_lists([[0], [0]], value=[-300, -200])
    assert kind().fit(journeys).totals(journeys).value == pytest.approx([-500])


@every
def test_weights_are_as_good_as_repetition(kind):
    counted = Journeys.from_lists([[0, 1], [1, 2, 1], [0]], conversions=[3, 1, 0], nulls=[0, 2, 1], amount=[30, 4, 0])
    repeated = Journeys.from_lists(
        [[0, 1]] * 3 + [[1, 2, 1]] * 3 + [[0]],
        converted=[True] * 4 + [False] * 3,
        value=[10] * 3 + [4, 0, 0, 0],
    )
    expected = kind().fit(repeated).totals(repeated)
    found = kind().fit(counted).totals(counted)
    assert found.conversions == pytest.approx(expected.conversions)
    assert found.value == pytest.approx(expected.value)


@every
def test_constructors_only_store(kind):
    names = [name for name in inspect.signature(kind).parameters if name not in ("args", "kwargs")]
    made = kind(**{name: object() for name in names})
    assert set(vars(made)) == set(names)


@every
def test_everyone_introduces_itself(kind):
    assert kind.key.isidentifier()
    assert kind.label
    assert kind.sentence.endswith(".")
    assert "\n" not in kind.sentence
    assert len(kind.__doc__.splitlines()) > 2, "a paragraph with the formula and its source"


@every
def test_what_a_model_says_it_needs_is_what_it_looks_at(kind):
    journeys = drawn(9, journeys=80)
    moved = Journeys.from_lists(
        np.split(journeys.channel, journeys.offsets[1:-1]),
        converted=journeys.converted,
        channels=journeys.channels,
        kind=np.split(journeys.kind, journeys.offsets[1:-1]),
    )
    plain = Journeys.from_lists(
        np.split(journeys.channel, journeys.offsets[1:-1]),
        converted=journeys.converted,
        channels=journeys.channels,
        at=np.split(journeys.at, journeys.offsets[1:-1]),
    )
    before = credit(kind, journeys).tolist()
    assert (credit(kind, moved).tolist() != before) is kind.needs_times
    assert (credit(kind, plain).tolist() != before) is kind.needs_kinds


DOCS = (Path(__file__).parents[3] / "docs" / "attribution.md").read_text(encoding="utf-8")


@every
def test_the_docs_have_a_paragraph_about_everyone(kind):
    assert f"### {kind.label} (`{kind.key}`)\n" in DOCS


def test_what_needs_a_fit_says_so():
    journeys = drawn(3)
    for kind in ATTRIBUTORS:
        if kind.needs_fit:
            with pytest.raises(NotFittedError):
                kind().credit(journeys)
            with pytest.raises(NotFittedError):
                kind().totals(journeys)
        else:
            assert kind().credit(journeys).tolist() == kind().fit(journeys).credit(journeys).tolist()


def test_the_registry_finds_by_key_and_offers_three_up_front():
    assert len({kind.key for kind in ATTRIBUTORS}) == len(ATTRIBUTORS)
    assert [attributor(kind.key) for kind in ATTRIBUTORS] == list(ATTRIBUTORS)
    assert [kind.key for kind in ATTRIBUTORS if not kind.advanced] == ["last_non_direct", "linear", "markov"]
    with pytest.raises(KeyError, match="no attributor 'lats'; there are last_non_direct, linear"):
        attributor("lats")


def test_direct_visits_only():
    journeys = Journeys.from_lists([[0, 1]], kind=[[TouchKind.DIRECT, TouchKind.DIRECT]])
    assert credit(attributor("last_non_direct"), journeys).tolist() == [0, 1]
