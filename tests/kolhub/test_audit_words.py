"""Every verb that the code writes into the audit trail has words, and numbers are grouped as readers expect."""

import re
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.formats import number_format

from kolhub.audit_words import subject_in_words, verb_in_words
from kolhub.money import written_finely
from kolhub.templatetags.kolhub import compact, fine_money, money

ROOT = Path(__file__).resolve().parents[2]
CALL = re.compile(r'AuditEvent\.record\((?:[^"()]|\([^()]*\))*?"([a-z_]+\.[a-z_]+)"')


def test_every_verb_of_the_code_has_words() -> None:
    verbs = set()
    for wing in ("kolhub", "campaigns", "attribution"):
        for path in (ROOT / wing).rglob("*.py"):
            verbs |= set(CALL.findall(path.read_text()))
    assert len(verbs) > 30
    assert not {verb for verb in verbs if verb_in_words(verb) == verb}


def test_subjects_are_named_with_their_number() -> None:
    assert subject_in_words("collaboration:13") == "Collaboration 13"
    assert subject_in_words("unheard_of:1") == "unheard_of 1"


@pytest.mark.parametrize(("language", "shown"), [("en", "1,884,827"), ("zh-hans", "1,884,827")])
def test_thousands_are_set_apart(language: str, shown: str) -> None:
    with translation.override(language):
        assert number_format(1_884_827, use_l10n=True, force_grouping=True) == shown


def test_small_numbers_are_written_in_full_in_chinese() -> None:
    with translation.override("zh-hans"):
        assert compact(2320) == "2,320"
        assert compact(45_300) == "4.5万"


def test_amounts_below_a_cent_are_not_lost() -> None:
    assert fine_money(0.87, "USD") == "$0.0087"
    assert fine_money(None, "USD") == "–"
    assert written_finely(12.5, "JPY", "en") == "¥12.50"
    assert money(1439.6, "USD") == "$14.40"


def test_no_template_reads_a_variable_called_block() -> None:
    """Django sets `block` to the block that is rendered: a view's own variable of that name is never seen."""
    reads = re.compile(r"\{%\s*(?:el)?if[^%]*\bblock\b[^%]*%\}|\{\{\s*block\.(?!super)")
    wrong = [str(path) for path in (ROOT / "templates").rglob("*.html") if reads.search(path.read_text())]
    assert not wrong
