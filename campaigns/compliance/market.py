"""Judge one post for one market."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .facts import Facts
from .findings import Findings
from .grade import Case, Graded, grade_labels
from .links import PROOFS
from .packs.load import Pack, Version
from .placement import Placed, place_labels
from .verdict import ORDER, SEVERITIES, MarketVerdict, gravest

_SEVERITY = {
    "missing": "high",
    "inadequate_label": "medium",
    "wrong_language": "medium",
    "poor_placement": "medium",
    "needs_review": "low",
}
# Connections with money in them: denying those is a false statement, whatever else the post says.
_MONEY = ("paid", "affiliate", "code")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reason and the rules it rests on."""

    verdict: str
    reason: str
    rules: tuple[str, ...]


def judge_market(market: str, packs: Mapping[str, Pack], facts: Facts, day: date) -> MarketVerdict:
    """Judge the post of `facts` for `market` under the pack version in force on `day`."""
    pack = packs.get(market)
    if pack is None:
        return _unjudged(market, "unknown_market")
    if not pack.worked:
        return _unjudged(market, "no_pack")
    version = pack.version_on(day)
    if version is None:
        return _unjudged(market, "no_version")
    return _Market(pack, version, packs, facts, day).verdict()


def _unjudged(market: str, reason: str) -> MarketVerdict:
    return MarketVerdict(market, "needs_review", reason, (), None, "review", "low", ())


def _named(graded: Iterable[Graded]) -> tuple[str, ...]:
    """Return the rules that graded the labels, each once."""
    return tuple(dict.fromkeys(item.rule for item in graded if item.rule))


class _Market:
    """One market's look at a post."""

    def __init__(self, pack: Pack, version: Version, packs: Mapping[str, Pack], facts: Facts, day: date) -> None:
        self.pack, self.version, self.packs, self.facts, self.day = pack, version, packs, facts, day
        self.findings = Findings(pack, version, facts)
        case = Case(facts.case_type, facts.language, facts.connection.posting_obligation, facts.selling)
        self.graded = grade_labels(facts.sayings.hits, pack, version, case) if facts.case_type != "none" else []
        self.placed: Placed | None = None

    def verdict(self) -> MarketVerdict:
        if self.facts.case_type == "none":
            return self._unpaid()
        ruling = self._label_ruling()
        if self.facts.case_type == "unknown":
            ruling = self._suspect(ruling)
        else:
            ruling = self._denied(ruling)
            ruling = self._capped(ruling)
        self._write_labels(ruling)
        if self.facts.proven or ruling.verdict == "compliant":
            self.findings.add_claims(self.packs, self.day)
        return self._finish(ruling)

    def _unpaid(self) -> MarketVerdict:
        """An unpaid post has nothing to disclose, unless a link in it earns all the same."""
        if any(sign.sort in PROOFS for sign in self.facts.signs):
            self.findings.add_signs()
            return self._finish(Ruling("needs_review", "record_contradicted", self._basis("missing")[:1]))
        return self._finish(Ruling("not_sponsored", "no_connection", self._basis("none")))

    # the label --------------------------------------------------------------------------------------------

    def _label_ruling(self) -> Ruling:
        """Let the best label win."""
        rulings = [self._missing()]
        for grade, verdict, reason, key in (
            ("inadequate", "inadequate_label", "label_wording", "inadequate"),
            ("foreign", "wrong_language", "label_language", "language"),
        ):
            chosen = [item for item in self.graded if item.grade == grade]
            if chosen:
                rulings.append(Ruling(verdict, reason, (*_named(chosen), *self._basis(key))))
        rulings.extend(self._doubtful_ruling())
        rulings.extend(self._clear_ruling())
        if self.facts.post.platform_label:
            tool = (
                ("compliant", "platform_tool") if self.pack.tool_grade == "clear" else ("needs_review", "platform_tool")
            )
            rulings.append(Ruling(*tool, (self.pack.tool_rule, *self._basis("tool"))))
        best = max(rulings, key=lambda item: ORDER.index(item.verdict))
        if not self.facts.observed and ORDER.index(best.verdict) < ORDER.index("needs_review"):
            rules = self._basis("unobserved") or self._placement_basis()
            return Ruling("needs_review", "not_observable", rules)
        return best

    def _missing(self) -> Ruling:
        kind = self.facts.case_type
        key = {"affiliate": "missing_affiliate", "code": "missing_affiliate", "gifted": "missing_gift"}.get(kind, "")
        if any(sign.sort == "affiliate_link" for sign in self.facts.signs):
            key = "missing_affiliate"
        return Ruling("missing", "no_label", self._basis(key) or self._basis("missing"))

    def _doubtful_ruling(self) -> list[Ruling]:
        """A label of doubtful wording is for a human, unless its place is bad whatever the wording is worth."""
        chosen = [item for item in self.graded if item.grade == "review"]
        if not chosen:
            return []
        facts = self.facts
        placed = place_labels([item.hit for item in chosen], facts.document, facts.post, self.version.placement)
        if placed.status == "poor":
            return [Ruling("poor_placement", "label_placement", self._placement_basis())]
        return [Ruling("needs_review", "judgement", (*_named(chosen), *self._basis("review")))]

    def _clear_ruling(self) -> list[Ruling]:
        clear = [item for item in self.graded if item.grade == "clear"]
        if not clear:
            return []
        facts, pack = self.facts, self.pack
        hits = [item.hit for item in clear]
        self.placed = place_labels(hits, facts.document, facts.post, self.version.placement)
        named = _named(clear)
        if self.placed.status == "ok":
            both = pack.both_for
            if both is not None and facts.case_type in both.types and not self._has(both.labels):
                return [Ruling("needs_review", "judgement", (both.rule,))]
            where = self._placement_basis() if facts.post.media in ("video", "live", "story") else ()
            return [Ruling("compliant", "labelled", (*self._basis("compliant"), *named, *where))]
        basis = self._placement_basis()
        if self.placed.status == "unobserved":
            return [Ruling("needs_review", "not_observable", self._basis("unobserved") or basis)]
        if self.placed.status == "review":
            return [Ruling("needs_review", "judgement", basis)]
        return [Ruling("poor_placement", "label_placement", basis)]

    def _has(self, labels: frozenset[str]) -> bool:
        return any(label.id in labels for hit in self.facts.sayings.hits for label in hit.labels)

    def _placement_basis(self) -> tuple[str, ...]:
        post = self.facts.post
        sort = {"video": "placement_video", "live": "live"}.get(post.media, "")
        if post.platform in ("blog", "naver_blog", "note"):
            sort = "placement_blog"
        return (*self._basis(sort), *self._basis("placement"))

    def _basis(self, key: str) -> tuple[str, ...]:
        return self.version.basis.get(key, ())

    # what bends the ruling ----------------------------------------------------------------------------------

    def _denied(self, ruling: Ruling) -> Ruling:
        """A paid post that denies it, or takes its label back, is worse than a label can make it."""
        denials = self.facts.sayings.denials
        if self.pack.contradiction and any(denial.sort == "contradiction" for denial in denials):
            taken = [denial for denial in denials if denial.sort == "contradiction"]
            self.findings.add_denials(taken, "CONTRADICTION", self.pack.contradiction, "medium")
            if ruling.verdict in ("compliant", "poor_placement", "needs_review"):
                return Ruling("inadequate_label", "contradicted", (self.pack.contradiction,))
        false = [denial for denial in denials if denial.sort in ("strong", "weak", "over")]
        if not false or not self.facts.proven:
            return ruling
        basis = self._basis("denial")
        strong = any(denial.sort in ("strong", "over") for denial in false)
        money = self.facts.case_type in _MONEY
        labelled = ruling.verdict in ("compliant", "poor_placement", "needs_review", "wrong_language")
        if not money and (labelled or not strong):
            return ruling  # "not sponsored, PR gift": no money is true, and the gift is named
        if not strong and labelled and ruling.verdict != "wrong_language":
            return Ruling("needs_review", "contradicted", basis) if ruling.verdict == "compliant" else ruling
        rule = (self._basis("over") or basis)[0] if all(denial.sort == "over" for denial in false) else basis[0]
        self.findings.add_denials(false, "FALSE_NEGATION", rule, "high" if strong and money else "medium")
        return Ruling("inadequate_label", "denied", (*basis, rule))

    def _capped(self, ruling: Ruling) -> Ruling:
        """Where the law does not clearly ask for a label, a failing one goes to a human."""
        if self._required() or ORDER.index(ruling.verdict) >= ORDER.index("needs_review"):
            return ruling
        return Ruling("needs_review", "judgement", self._basis("review") or ruling.rules)

    def _required(self) -> bool:
        pack, facts = self.pack, self.facts
        kind = facts.case_type
        if kind in pack.selling_requires and facts.selling:
            return True
        obligation = facts.connection.posting_obligation
        exact = (
            {True: f"{kind}_obliged", False: f"{kind}_free"}.get(obligation, kind) if obligation is not None else kind
        )
        return pack.triggers.get(exact, pack.triggers.get(kind, "review")) == "required"

    def _suspect(self, ruling: Ruling) -> Ruling:
        """Without a proven connection nobody is accused: a good label passes, any other sign is a suspicion."""
        if ruling.verdict == "compliant":
            return ruling
        facts = self.facts
        denied = any(denial.sort in ("strong", "weak") for denial in facts.sayings.denials)
        signs = [sign for sign in facts.signs if not (denied and sign.sort == "brand_tag")]
        if not signs and not self.graded and not facts.post.platform_label:
            return Ruling("not_sponsored", "no_sign", ())
        if ruling.reason == "not_observable" and (self.graded or facts.post.platform_label):
            return ruling
        return Ruling("needs_review", "suspected", self._basis("missing"))

    # writing it down ------------------------------------------------------------------------------------------

    def _write_labels(self, ruling: Ruling) -> None:
        if ruling.verdict == "not_sponsored":
            return
        if ruling.verdict == "missing":
            self.findings.add_missing(ruling.rules[0])
        elif ruling.reason in ("not_observable", "suspected", "platform_tool") or not self.graded:
            self.findings.add_note(ruling.reason, (ruling.rules or ("",))[0])
        clear = [item for item in self.graded if item.grade == "clear"]
        for item in self.graded:
            if ruling.verdict == "compliant" and item.grade != "clear":
                continue
            self.findings.add_label(item, *self._standing(item, clear, ruling), self._fallback(item, ruling))
        self.findings.add_signs()
        for item in self.graded:
            if item.hit.disguised:
                self.findings.add_disguise(item, (self._basis("inadequate") or ruling.rules)[0])

    def _standing(self, item: Graded, clear: list[Graded], ruling: Ruling) -> tuple[str, str]:
        """Return (status, detail) of a label: its grade, or for an accepted one how it stands."""
        if item.grade != "clear" or self.placed is None:
            return item.grade, item.grade
        status, detail = self.placed.each[clear.index(item)]
        if status == "ok" and self.placed.status != "ok":
            return self.placed.status, self.placed.detail
        return status, detail

    def _fallback(self, item: Graded, ruling: Ruling) -> str:
        if item.rule:
            return item.rule
        key = {"foreign": "language", "inadequate": "inadequate"}.get(item.grade, "")
        return (self._basis(key) or ruling.rules or self._basis("compliant"))[0]

    def _finish(self, ruling: Ruling) -> MarketVerdict:
        pack, findings = self.pack, tuple(self.findings.items)
        severity = _SEVERITY.get(ruling.verdict, "none")
        if ruling.verdict == "wrong_language":
            severity = pack.language_severity
        own = [finding.severity for finding in findings if SEVERITIES.index(finding.severity) > 1]
        rules = dict.fromkeys(rule for rule in ruling.rules if rule)
        rules.update(dict.fromkeys(finding.rule for finding in findings if finding.code not in ("LABEL_CLEAR",)))
        rules.update(dict.fromkeys(self.findings.exempt_rules))
        named = [pack.rules[rule].certainty for rule in ruling.rules if rule in pack.rules]
        certainty = "review" if ruling.verdict == "needs_review" else (named[0] if named else "review")
        if certainty == "firm" and pack.certainty != "firm":
            certainty = pack.certainty
        return MarketVerdict(
            pack.id,
            ruling.verdict,
            ruling.reason,
            tuple(rules),
            self.version.id,
            certainty,
            gravest([severity, *own]),
            findings,
        )
