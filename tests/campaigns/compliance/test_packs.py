"""The packs as data: complete, linted, and every rule shown by an example."""

from copy import deepcopy
from datetime import date

import pytest

from campaigns.compliance.claims import claim_book
from campaigns.compliance.document import Document
from campaigns.compliance.findings import fixes
from campaigns.compliance.lexicon import DATA, build_lexicon, lexicon, read_yaml
from campaigns.compliance.links import link_book
from campaigns.compliance.packs import PACKS
from campaigns.compliance.packs.lint import lint
from campaigns.compliance.packs.load import FOLDER, PackError, build_pack, load_packs, read_pack
from campaigns.compliance.patterns import Gate, PatternError, compile_phrase
from campaigns.compliance.post import parse_connection, parse_post

from .scoring import OWN, read_cases

WORKED = set("US GB EU DE FR IT ES NL PL CA AU JP KR BR IN SG ID TH VN AE SA CN TW".split())


def test_all_jurisdictions_are_here_and_registered():
    assert {path.stem.upper() for path in FOLDER.glob("*.yaml")} == set(PACKS)
    assert len(PACKS) == 35
    assert {name for name, pack in load_packs().items() if pack.worked} == WORKED


def test_packs_are_sound_and_every_rule_is_cited_by_an_example():
    cited = {rule for case in read_cases(OWN) for rule in case["expected"]["rules"]}
    assert lint(load_packs(), cited) == []


def broken(market, change):
    data = deepcopy(dict(load_packs()[market].data))
    change(data)
    return lint({**load_packs(), market: build_pack(data)})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data["versions"][0].update(effective_to="2024-12-24"), "overlap or leave a gap"),
        (lambda data: data["labels"][0].update(rule="FR-99"), "'FR-99' is not one of its rules"),
        (lambda data: data["labels"][0].update(labels=["fr.nonsense"]), "label 'fr.nonsense'"),
        (lambda data: data["triggers"].update(bribed="required"), "trigger 'bribed'"),
        (lambda data: data["sources"]["loi"].update(seen="recall"), "rests on recalled sources only"),
        (lambda data: data["basis"].pop("placement"), "no basis for placement"),
        (lambda data: data["placement"]["video"].update(accept=[["telepathy"]]), "channel 'telepathy'"),
    ],
)
def test_lint_notices(change, complaint):
    assert any(complaint in problem for problem in broken("FR", change))


def test_a_recalled_rule_is_never_certain():
    for pack in load_packs().values():
        for rule in pack.rules.values():
            assert (rule.source.seen == "recall") <= (rule.certainty == "review")


def test_version_in_force():
    packs = load_packs()
    assert packs["FR"].version_on(date(2024, 11, 7)).id == "FR-2023"
    assert packs["FR"].version_on(date(2024, 11, 8)).id == "FR-2024"
    assert packs["AE"].version_on(date(2026, 1, 31)) is None
    assert packs["JP"].version_on(date(2020, 1, 1)).id == "JP-2023", "older posts still displayed"


def test_a_file_that_is_no_pack_is_named(tmp_path):
    path = tmp_path / "zz.yaml"
    path.write_text("id: ZZ\nstatus: worked\nrules: {ZZ-1: {text: x, source: nowhere}}\n")
    with pytest.raises(PackError, match=r"zz\.yaml: KeyError: 'nowhere'"):
        read_pack(path)


def test_data_files_load():
    assert len(lexicon().phrases) > 500
    assert claim_book().categories
    assert link_book().rules
    kinds = {"front", "frames", "video", "replace", "denial"}
    assert all(set(texts) == kinds for texts in fixes().values())


@pytest.mark.parametrize("source", ["a.*b", "sponsor+ed", r"\Wad", "a{3,}", "(unclosed", "a~b~c", "x?"])
def test_phrases_that_could_run_away_are_refused(source):
    with pytest.raises(PatternError):
        compile_phrase(source)


def test_gates_never_hide_a_match():
    """The literal that gates a phrase must be in everything the phrase matches: run all phrases past their gates."""
    phrases = [phrase for phrase, _ in lexicon().phrases] + [phrase for phrase, _, _ in lexicon().guards]
    phrases += [phrase for _, _, phrase in claim_book().phrases]
    gate = Gate([phrase.needles for phrase in phrases])
    for case in read_cases(OWN)[::4]:
        document = Document(parse_post(case["post"]), parse_connection(case["connection"]))
        opened = set(gate.open(document.text))
        for number, phrase in enumerate(phrases):
            assert number in opened or not list(phrase.find(document)), phrase.source


def test_lexicon_refuses_an_unknown_sort_of_guard():
    with pytest.raises(ValueError, match="'maybe' is not one of"):
        build_lexicon({"en": {"not": {"maybe": ["x"]}}})


def test_lexicon_has_sixteen_languages_and_more():
    sixteen = set("en zh-Hans zh-Hant de fr it es pt nl pl ja ko id th vi ar".split())
    assert sixteen <= set(read_yaml(DATA / "lexicon.yaml"))
