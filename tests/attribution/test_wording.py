"""Every code that a page can meet has its words."""

from attribution.attributors import ATTRIBUTORS
from attribution.models import Credit
from attribution.reports.credit import Reason
from attribution.wording import ATTRIBUTOR_LABELS, ATTRIBUTOR_SENTENCES, KINDS, REASONS, UP_FRONT


def test_every_attributor_has_a_label_and_a_sentence() -> None:
    keys = {each.key for each in ATTRIBUTORS}
    assert set(ATTRIBUTOR_LABELS) == set(ATTRIBUTOR_SENTENCES) == keys
    assert len(UP_FRONT) == 3


def test_reasons_and_kinds_are_the_same_in_engine_records_and_words() -> None:
    assert {reason.value for reason in Reason} == set(Credit.Reason.values) == set(REASONS) - {""}
    assert set(Credit.Kind.values) < set(KINDS)
