"""Write findings down: every one with its rule, pack version, source, exact place and fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from .claims import CODES
from .document import Span
from .facts import Facts
from .grade import Graded
from .labels import Denial
from .lexicon import DATA, read_yaml
from .packs.load import Pack, Version
from .required import required_text
from .verdict import Finding

MAX_FINDINGS = 200  # per market: enough for any reviewer, and a wall of claims stays a page
_STANDING = {
    "ok": ("LABEL_CLEAR", "info"),
    "poor": ("LABEL_PLACEMENT", "medium"),
    "review": ("LABEL_REVIEW", "low"),
    "unobserved": ("LABEL_REVIEW", "low"),
    "foreign": ("LABEL_LANGUAGE", "medium"),
    "inadequate": ("LABEL_INADEQUATE", "medium"),
}
_CLAIM_SEVERITY = {"banned": "high", "licence": "high", "synthetic": "medium"}


class Findings:
    """The findings of one market about one post, in the order in which they were made."""

    def __init__(self, pack: Pack, version: Version, facts: Facts) -> None:
        self.pack, self.version, self.facts = pack, version, facts
        self.items: list[Finding] = []
        self.exempt_rules: list[str] = []

    def add_missing(self, rule: str) -> None:
        """Write that a required label is not there: nothing to quote."""
        surface = next((item.kind for item in self.facts.document.surfaces), "caption")
        params = {"connection": self.facts.case_type, "label": self._label()}
        self._add(
            "LABEL_MISSING", rule, None, "high", f"missing_{self.facts.proof}", params, self._fix("front"), surface
        )

    def add_note(self, reason: str, rule: str) -> None:
        """Write why a human must look although there is no label to point at."""
        if reason in ("not_observable", "suspected", "platform_tool", "judgement", "contradicted") and rule:
            tool = [item for item in self.facts.document.surfaces if item.kind == "platform_label_text"]
            params = {"label": self._label()}
            span = None
            if reason == "platform_tool" and tool and tool[0].folded.text:
                span = Span(tool[0], 0, len(tool[0].folded.text), 0, len(tool[0].raw))
            clear = reason == "platform_tool" and self.pack.tool_grade == "clear"
            code = {"not_observable": "NOT_OBSERVABLE", "suspected": "SUSPECTED", "platform_tool": "PLATFORM_TOOL"}
            severity, key = ("info", "platform_tool_enough") if clear else ("low", reason)
            self._add(code.get(reason, "REVIEW"), rule, span, severity, key, params)

    def add_label(self, item: Graded, status: str, detail: str, rule: str) -> None:
        """Write one label down, good or bad."""
        code, severity = _STANDING[status]
        placing = code == "LABEL_PLACEMENT" or (item.grade == "clear" and status in ("review", "unobserved"))
        if placing:
            rule = self._placement_rule() or rule
        key = {"foreign": "label_language", "inadequate": "label_wording"}.get(status, "label_clear")
        if placing:
            key = f"placement_{detail}"
        elif status == "review":
            key = "label_mention" if item.hit.mention else "label_review"
        if status == "foreign":
            severity = self.pack.language_severity
        kind = "replace" if status in ("foreign", "inadequate") else self._place_kind()
        fix = "" if status in ("ok", "review", "unobserved") else self._fix(kind, item.hit.span.quote)
        self._add(code, rule, item.hit.span, severity, key, {"label": self._label(), "quote": item.hit.span.quote}, fix)

    def add_disguise(self, item: Graded, rule: str) -> None:
        """Write that a label was hidden behind invisible, look-alike or pushed-apart letters."""
        params = {"quote": item.hit.span.quote}
        self._add("OBFUSCATION", rule, item.hit.span, "medium", "obfuscation", params, self._fix("front"))

    def add_denials(self, denials: Iterable[Denial], code: str, rule: str, severity: str) -> None:
        """Write denials of payment or labels taken back."""
        key = "contradiction" if code == "CONTRADICTION" else "false_negation"
        for denial in denials:
            params = {"quote": denial.span.quote, "label": self._label()}
            self._add(code, rule, denial.span, severity, key, params, self._fix("denial", denial.span.quote))

    def add_signs(self) -> None:
        """Write the signs of a connection that can be pointed at: codes, links, hooks."""
        rule = next(iter(self.version.basis.get("missing", ())), "")
        for sign in self.facts.signs[:32]:
            if sign.span is not None and rule and sign.sort not in ("brand_tag", "weak_link"):
                self._add("CONNECTION_SIGN", rule, sign.span, "info", f"sign_{sign.sort}", {"quote": sign.span.quote})

    def add_claims(self, packs: Mapping[str, Pack], day: date) -> None:
        """Write forbidden claims by the market's checks, and by those of the union it belongs to."""
        self._claims_of(self.pack, self.version, day, set())
        union = packs.get(self.pack.member_of or "")
        version = union.version_on(day) if union and union.worked else None
        if union and version:
            self._claims_of(union, version, day, {check.check for check in self.pack.checks if check.check != "banned"})

    def _claims_of(self, pack: Pack, version: Version, day: date, covered: set[str]) -> None:
        for check in pack.checks:
            if check.check in covered or day < check.start:
                continue
            if check.check == "licence":
                if self.facts.connection.licence_checked and self.facts.connection.licence is None:
                    self._claim(pack, version, check.check, check.rule, None)
            elif check.check == "synthetic":
                if self.facts.connection.synthetic_performer and not self.facts.named_synthetic:
                    self._claim(pack, version, check.check, check.rule, None)
            else:
                for claim in self.facts.claims:
                    if claim.check != check.check or claim.category != check.category:
                        continue
                    if claim.category == "medical" and not self.facts.selling:
                        continue  # health knowledge becomes disguised advertising by the link to buy beside it
                    if claim.exempt:
                        self.exempt_rules.append(check.rule)
                    else:
                        self._claim(pack, version, check.check, check.rule, claim.span, claim.category)

    def _claim(
        self, pack: Pack, version: Version, check: str, rule: str, span: Span | None, category: str = ""
    ) -> None:
        severity = _CLAIM_SEVERITY.get(check, "medium")
        if pack.rules[rule].certainty == "review" and severity == "high":
            severity = "medium"
        key = f"banned_{category}" if category else f"claim_{check}"
        params = {"quote": span.quote if span else ""}
        self._add(CODES[check], rule, span, severity, key, params, pack=pack, version=version)

    def _add(
        self,
        code: str,
        rule: str,
        span: Span | None,
        severity: str,
        explanation: str,
        params: Mapping[str, str],
        fix: str = "",
        surface: str = "",
        *,
        pack: Pack | None = None,
        version: Version | None = None,
    ) -> None:
        if len(self.items) >= MAX_FINDINGS:
            return
        pack, version = pack or self.pack, version or self.version
        cited = pack.rules[rule]
        place = (span.surface.name, span.raw_start, span.raw_end, span.quote) if span else (surface, 0, 0, "")
        self.items.append(
            Finding(
                code,
                self.pack.id,
                rule,
                version.id,
                cited.source,
                *place,
                severity,
                cited.certainty,
                explanation,
                params,
                fix,
            )
        )

    # the fix ----------------------------------------------------------------------------------------------

    def _placement_rule(self) -> str:
        basis = self.version.basis
        media = {"video": "placement_video", "live": "live"}.get(self.facts.post.media, "")
        return next(iter((*basis.get(media, ()), *basis.get("placement", ()))), "")

    def _place_kind(self) -> str:
        return {"story": "frames", "video": "video", "live": "video"}.get(self.facts.post.media, "front")

    def _label(self) -> str:
        return required_text(self.pack, self.facts.case_type, self.facts.language, self.facts.connection)

    def _fix(self, kind: str, old: str = "") -> str:
        texts = fixes()
        language = self.facts.language if self.facts.language in texts else None
        if language is None:
            language = next((name for name in self.pack.languages if name in texts), "en")
        kind = self._place_kind() if kind == "front" else kind
        return texts[language][kind].replace("{label}", self._label()).replace("{old}", old[:80])


@lru_cache(maxsize=1)
def fixes() -> dict[str, dict[str, str]]:
    """Load the fix sentences by language and kind."""
    loaded: dict[str, dict[str, str]] = read_yaml(DATA / "fixes.yaml")
    return loaded
