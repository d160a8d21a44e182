"""Check the packs as a whole: what a rule pack may not get wrong before anybody is judged by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise

from ..claims import CHECKS, claim_book
from ..grade import GRADES
from ..lexicon import Lexicon, lexicon
from ..post import CONNECTION_TYPES
from .load import Pack

_ZONES = ("fold", "start", "first_line", "lines")
_CHANNELS = ("visual", "audio", "title", "caption", "short", "visual_whole", "visual_share", "start_end")
_TRIGGERS = {*CONNECTION_TYPES, "gifted_free", "gifted_obliged"}


def lint(packs: Mapping[str, Pack], cited: Iterable[str] | None = None) -> list[str]:
    """Return what is wrong with `packs`, one sentence each; `cited` are the rules that examples cite (all must be)."""
    problems = [problem for pack in packs.values() for problem in _lint_pack(pack, lexicon())]
    problems += [
        f"{pack.id}: is a member of {pack.member_of}, which is no pack"
        for pack in packs.values()
        if pack.member_of and pack.member_of not in packs
    ]
    if cited is not None:
        known = {rule for pack in packs.values() for rule in pack.rules}
        cited = set(cited)
        problems += [f"{rule}: no example cites it" for rule in sorted(known - cited)]
        problems += [f"{rule}: cited by an example, in no pack" for rule in sorted(cited - known)]
    return problems


def _lint_pack(pack: Pack, words: Lexicon) -> list[str]:
    if not pack.worked:
        return [f"{pack.id}: a stub has no versions"] if pack.versions else []
    problems = [f"{pack.id}: no versions"] if not pack.versions else []
    for before, after in pairwise(pack.versions):
        if before.end is None or before.end + timedelta(days=1) != after.start:
            problems.append(f"{pack.id}: {before.id} and {after.id} overlap or leave a gap")
    problems += [f"{pack.id}: {what}" for what in _unknown_rules(pack)]
    problems += [f"{pack.id}: {what}" for what in _unknown_words(pack, words)]
    for rule in pack.rules.values():
        if rule.source.seen not in ("primary", "secondary", "recall"):
            problems.append(f"{rule.id}: seen is {rule.source.seen!r}")
        if rule.source.seen == "recall" and rule.certainty != "review":
            problems.append(f"{rule.id}: recalled, yet more certain than review")
        if not rule.source.title or not rule.text:
            problems.append(f"{rule.id}: no title or text")
    for key in ("compliant", "missing", "inadequate", "language", "placement", "denial"):
        problems += [f"{version.id}: no basis for {key}" for version in pack.versions if not version.basis.get(key)]
    for version in pack.versions:  # a verdict must not rest on memory alone
        for key in ("missing", "inadequate", "language", "placement"):
            rules = [pack.rules[rule] for rule in version.basis.get(key, ()) if rule in pack.rules]
            if rules and all(rule.certainty == "review" for rule in rules):
                problems.append(f"{version.id}: {key} rests on recalled sources only")
    return problems


def _unknown_rules(pack: Pack) -> list[str]:
    used = {check.rule for check in pack.checks} | {pack.tool_rule}
    used |= {pack.contradiction} if pack.contradiction else set()
    used |= {pack.both_for.rule} if pack.both_for else set()
    for version in pack.versions:
        used |= {row.rule for row in version.rows}
        used |= {rule for rules in version.basis.values() for rule in rules}
    return [f"{rule!r} is not one of its rules" for rule in sorted(used - set(pack.rules))]


def _unknown_words(pack: Pack, words: Lexicon) -> list[str]:
    languages = {label.split(".")[0] for label in words.labels} | {"*"}
    kinds = {label.split(".")[1] for label in words.labels}
    found = []
    for version in pack.versions:
        for row in version.rows:
            if row.grade not in GRADES:
                found.append(f"grade {row.grade!r}")
            found += [f"connection type {name!r}" for name in row.types - set(CONNECTION_TYPES)]
            for label in row.labels:
                language, _, kind = label.partition(".")
                wild = (language == "*" and kind in kinds) or (kind == "*" and language in languages)
                if not wild and label not in words.labels:
                    found.append(f"label {label!r}")
        place = version.placement
        found += [f"channel {name!r}" for way in place.video for name in way if name not in _CHANNELS]
        found += [f"zone {place.zone!r}"] if place.zone not in _ZONES else []
    found += [f"trigger {name!r}" for name in set(pack.triggers) - _TRIGGERS]
    found += [f"trigger value {value!r}" for value in set(pack.triggers.values()) - {"required", "review"}]
    found += [f"check {check.check!r}" for check in pack.checks if check.check not in CHECKS]
    categories = claim_book().categories
    found += [
        f"category {check.category!r}" for check in pack.checks if check.category and check.category not in categories
    ]
    return found
