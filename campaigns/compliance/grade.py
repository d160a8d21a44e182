"""Grade each label of a post under one pack: clear, inadequate, in a foreign language, or for a human."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .labels import LabelHit
from .lexicon import Label
from .packs.load import Pack, Row, Version

# Best first: the best label wins.
GRADES = ("clear", "review", "foreign", "inadequate")

_OUTRIGHT = frozenset(
    (
        "ad",
        "ad_short",
        "pub",
        "sponsored",
        "paid_partnership",
        "paid_sentence",
        "provided",
        "advertorial",
        "collab_commerciale",
        "commandite",
        "affiliate_ad",
        "ad_link",
    )
)
# Kinds that tell of one sort of connection only.
_RELATION = {
    "gift_sentence": ("gifted", "loan"),
    "gift_tag": ("gifted", "loan"),
    "free_gift": ("gifted",),
    "paid_link": ("affiliate", "code"),
    "commission": ("affiliate", "code"),
    "affiliate_tag": ("affiliate", "code"),
    "conditional": ("affiliate", "code"),
    "invited": ("invited",),
    "loan": ("loan",),
    "employee": ("employee",),
    "family": ("family",),
    "own_brand": ("own_brand", "employee"),
}
_CHATTER = frozenset(("employee", "family", "own_brand", "loan", "review_word", "invited"))


@dataclass(frozen=True, slots=True)
class Case:
    """What grading must know besides the words: connection type, duty to post, is something being sold."""

    type: str
    language: str | None
    obligation: bool | None
    selling: bool


@dataclass(frozen=True, slots=True)
class Graded:
    """A label with its grade and the rule that decided; rule "" when the pack names none."""

    hit: LabelHit
    label: Label
    grade: str
    rule: str


def grade_labels(hits: Iterable[LabelHit], pack: Pack, version: Version, case: Case) -> list[Graded]:
    """Grade every hit that says anything in this market; a word that several languages share counts by its best
    meaning in the post's or the market's language."""
    allowed = allowed_languages(pack, case.language)
    found = []
    for hit in hits:
        if hit.span.surface.kind == "platform_label_text":
            continue
        choices = [_grade(hit, label, pack, version, case, allowed) for label in _readings(hit, pack, case)]
        graded = [choice for choice in choices if choice is not None]
        if graded:
            found.append(min(graded, key=lambda item: GRADES.index(item.grade)))
    return found


def allowed_languages(pack: Pack, language: str | None) -> frozenset[str]:
    """Return the languages a label may be in; `*` allows any."""
    allowed = set(pack.extra_languages)
    if pack.label_language == "post" or "post" in allowed:
        allowed |= {language} if language else set(pack.languages)
        allowed |= {"*"} if not language and "*" in pack.languages else set()
    if pack.label_language != "post":
        allowed |= set(pack.languages)
    if allowed & {"zh-Hans", "zh-Hant"}:  # two scripts of one language
        allowed |= {"zh-Hans", "zh-Hant"}
    return frozenset(allowed - {"post"})


def _readings(hit: LabelHit, pack: Pack, case: Case) -> list[Label]:
    """Choose which languages' meanings of the words count: the post's and the market's, else English, else any."""
    near = {case.language, *pack.languages, *pack.extra_languages}
    for languages in (near, {"en"}):
        chosen = [label for label in hit.labels if label.language in languages]
        if chosen:
            return chosen
    return list(hit.labels)


def _grade(
    hit: LabelHit, label: Label, pack: Pack, version: Version, case: Case, allowed: frozenset[str]
) -> Graded | None:
    native = label.language in allowed or "*" in allowed
    row = next((row for row in version.rows if _fits(row, hit, label, case, native)), None)
    if row is None:
        grade = _unlisted(label, case, native, label.language in pack.languages)
        rule = ""
    else:
        grade, rule = row.grade, row.rule
        if grade in ("clear", "review") and not (row.any_language or native):
            grade, rule = "foreign", ""
    if hit.mention:  # "I saw an ad" is no label, yet in a paid post a human had better look
        usable = grade in ("clear", "review") and label.kind in _OUTRIGHT
        return Graded(hit, label, "review", rule) if usable else None
    return Graded(hit, label, grade, rule) if grade else None


def _fits(row: Row, hit: LabelHit, label: Label, case: Case, native: bool) -> bool:
    if not row.labels & {label.id, f"*.{label.kind}", f"{label.language}.*"}:
        return False
    if row.types and case.type not in row.types and case.type != "unknown":
        return False
    if (row.branded and not hit.branded) or (row.grade == "foreign" and native):
        return False
    if f"{label.language}.*" in row.labels and label.id not in row.labels and label.kind in _CHATTER:
        # A catch-all row must not turn "my own brand" or "invited by" into a failed label of something else.
        return label.kind == "review_word" or case.type in _RELATION.get(label.kind, ())
    return row.obligation in (None, case.obligation) and row.selling in (None, case.selling)


def _unlisted(label: Label, case: Case, native: bool, local: bool) -> str:
    """Grade a label no row names: outright and fitting ones go to review, vague ones fail, chatter says nothing."""
    if label.kind in _OUTRIGHT:
        return "review" if native else "foreign"
    types = _RELATION.get(label.kind)
    if types and (case.type in types or case.type == "unknown"):
        return "review" if native else "foreign"
    if label.kind in _CHATTER or not (native or local or label.language == "en"):
        return ""
    return "inadequate"
