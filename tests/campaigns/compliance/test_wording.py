"""Every code the engine can answer with has an English sentence to translate."""

import re

from campaigns.compliance import findings as findings_module
from campaigns.compliance import placement as placement_module
from campaigns.compliance.claims import CODES as CLAIM_CODES
from campaigns.compliance.claims import claim_book
from campaigns.compliance.judge import judge
from campaigns.compliance.links import PROOFS, SELLING
from campaigns.compliance.packs import PACKS
from campaigns.compliance.verdict import ORDER, REASONS
from campaigns.compliance.wording import CODES, EXPLANATIONS, VERDICTS, explain
from campaigns.compliance.wording import REASONS as REASON_TEXTS

from .scoring import NOW
from .test_properties import CASES


def source(module):
    with open(module.__file__, encoding="utf-8") as stream:
        return stream.read()


def test_verdicts_and_reasons_have_texts():
    assert set(VERDICTS) == set(ORDER)
    assert set(REASON_TEXTS) == {*REASONS, "refused"}


def test_every_code_and_explanation_has_a_text():
    written = source(findings_module)
    assert set(re.findall(r'"([A-Z]+_[A-Z_]+|SUSPECTED|REVIEW|OBFUSCATION|CONTRADICTION)"', written)) <= set(CODES)
    assert set(CLAIM_CODES.values()) <= set(CODES)
    details = set(re.findall(r'"(?:ok|poor|review|unobserved)", "(\w+)"', source(placement_module)))
    details |= {"not_start", "after_fold", "half", "not_in_video", "not_at_start_of_video"}
    standing = {"on_every_frame", "repeated", "in_last_part", "review"}  # details of labels that stand well
    assert {f"placement_{detail}" for detail in details - standing} <= set(EXPLANATIONS)
    assert {f"missing_{proof}" for proof in ("record", *PROOFS)} <= set(EXPLANATIONS)
    assert {f"sign_{sign}" for sign in SELLING} <= set(EXPLANATIONS)
    assert {f"banned_{category}" for category in claim_book().categories} <= set(EXPLANATIONS)


def test_every_finding_of_every_case_reads_as_a_sentence():
    for case in CASES:
        for finding in judge(case.post, case.connection, PACKS, now=NOW).findings:
            sentence = explain(finding.explanation, finding.params)
            assert finding.code in CODES
            assert "%(" not in sentence
            assert sentence.endswith(".")
