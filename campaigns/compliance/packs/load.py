"""Read the packs into frozen values, one per version: the engine never sees the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..lexicon import read_yaml
from . import PACKS

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from. `seen`: primary (text read), secondary (quoted by others), recall (from memory)."""

    title: str
    ref: str
    kind: str
    seen: str
    in_force: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One citable rule."""

    id: str
    text: str
    source: Source

    @property
    def certainty(self) -> str:
        """How surely it can be asserted: `firm`, `guidance`, or `review` for a recalled source."""
        if self.source.seen == "recall":
            return "review"
        return "firm" if self.source.kind in ("statute", "regulation", "ruling") else "guidance"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pack's label table; the first row that fits a label decides its grade."""

    grade: str
    labels: frozenset[str]
    rule: str
    types: frozenset[str] = frozenset()
    branded: bool = False
    any_language: bool = False
    obligation: bool | None = None
    selling: bool | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One claim check of a pack: the rule, the day from which it applies, for `banned` the category."""

    check: str
    rule: str
    category: str = ""
    start: date = date.min


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a label must stand. See docs/compliance.md for the words."""

    zone: str = "fold"
    late: str = "poor"
    lines: int = 2
    tags: int = 0
    tag_block: int = 5
    strict_tags: bool = False
    first_tag: bool = False
    blog_last: bool = False
    video: tuple[tuple[str, ...], ...] = (("visual",), ("audio",), ("title",), ("caption",))
    capture: str = "any"
    min_seconds: float = 0.0
    story: str = "any_frame"
    live_repeat: float = 3600.0
    live_start_end: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A pack as it is in force between two days."""

    id: str
    start: date
    end: date | None
    rows: tuple[Row, ...]
    placement: Placement
    basis: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one jurisdiction over time."""

    id: str
    name: str
    worked: bool
    member_of: str | None
    languages: tuple[str, ...]
    label_language: str
    extra_languages: tuple[str, ...]
    language_severity: str
    certainty: str
    triggers: Mapping[str, str]
    selling_requires: frozenset[str]
    both_for: Row | None
    contradiction: str
    tool_grade: str
    tool_rule: str
    required: Mapping[str, Mapping[str, str]]
    checks: tuple[Check, ...]
    applies_to_older: bool
    versions: tuple[Version, ...]
    rules: Mapping[str, Rule]
    data: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def version_on(self, day: date) -> Version | None:
        """Return the version in force on `day`; the first one for older posts where the pack says so."""
        for version in self.versions:
            if version.start <= day and (version.end is None or day <= version.end):
                return version
        if self.applies_to_older and self.versions and day < self.versions[0].start:
            return self.versions[0]
        return None


class PackError(ValueError):
    """A pack file that cannot be read as rules; the message names the pack and the entry."""


@lru_cache(maxsize=1)
def load_packs() -> Mapping[str, Pack]:
    """Load every pack of PACKS. Raises PackError."""
    return {name: read_pack(FOLDER / f"{name.lower()}.yaml") for name in PACKS}


def read_pack(path: Path) -> Pack:
    """Read one pack file. Raises PackError naming file and entry."""
    data = read_yaml(path)
    try:
        return build_pack(data)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise PackError(f"{path.name}: {type(problem).__name__}: {problem}") from problem


def build_pack(data: Mapping[str, Any]) -> Pack:
    """Build a pack from the structure of its YAML file."""
    sources = {
        key: Source(*(str(row.get(part) or "") for part in ("title", "ref", "kind", "seen", "in_force", "url")))
        for key, row in data.get("sources", {}).items()
    }
    rules = {key: Rule(key, row["text"], sources[row["source"]]) for key, row in data.get("rules", {}).items()}
    rows = tuple(_row(row) for row in data.get("labels", ()))
    tool = data.get("platform_tool", {})
    contradiction = data.get("contradiction", {})
    both = data.get("both_for")
    return Pack(
        id=data["id"],
        name=data["name"],
        worked=data["status"] == "worked",
        member_of=data.get("member_of"),
        languages=tuple(data["languages"]),
        label_language=data.get("label_language", "post"),
        extra_languages=tuple(data.get("extra_languages", ())),
        language_severity=data.get("language_severity", "medium"),
        certainty=data.get("certainty", "firm"),
        triggers=data.get("triggers", {}),
        selling_requires=frozenset(data.get("selling_requires", ())),
        both_for=Row("both", frozenset(both["labels"]), both["rule"], frozenset(both["types"])) if both else None,
        contradiction=contradiction.get("rule", ""),
        tool_grade=tool.get("grade", "review"),
        tool_rule=tool.get("rule", ""),
        required=data.get("required", {}),
        checks=tuple(_checks(data.get("claims", {}))),
        applies_to_older=bool(data.get("applies_to_older")),
        versions=tuple(_version(row, rows, data) for row in data.get("versions", ())),
        rules=rules,
        data=data,
    )


def _row(row: Mapping[str, Any]) -> Row:
    return Row(
        grade=row["grade"],
        labels=frozenset(row["labels"]),
        rule=row["rule"],
        types=frozenset(row.get("for", ())),
        branded=bool(row.get("branded")),
        any_language=bool(row.get("any_language")),
        obligation=row.get("obligation"),
        selling=row.get("selling"),
    )


def _checks(claims: Mapping[str, Any]) -> list[Check]:
    found = []
    for check, row in claims.items():
        for entry in row if isinstance(row, list) else [row]:
            start = date.fromisoformat(entry["from"]) if "from" in entry else date.min
            found.append(Check(check, entry["rule"], entry.get("category", ""), start))
    return found


def _version(row: Mapping[str, Any], rows: tuple[Row, ...], data: Mapping[str, Any]) -> Version:
    basis = {**data.get("basis", {}), **row.get("basis", {})}
    until = row.get("effective_to")
    return Version(
        id=row["id"],
        start=date.fromisoformat(row["effective_from"]),
        end=date.fromisoformat(until) if until else None,
        rows=(*(_row(extra) for extra in row.get("labels", ())), *rows),
        placement=_placement({**data.get("placement", {}), **row.get("placement", {})}),
        basis={key: tuple(value) for key, value in basis.items()},
    )


def _placement(data: Mapping[str, Any]) -> Placement:
    text, video, live = data.get("text", {}), data.get("video", {}), data.get("live", {})
    return Placement(
        zone=text.get("zone", "fold"),
        late=text.get("late", "poor"),
        lines=text.get("lines", 2),
        tags=text.get("tags", 0),
        tag_block=text.get("tag_block", 5),
        strict_tags=bool(text.get("strict_tags")),
        first_tag=bool(text.get("first_tag")),
        blog_last=bool(data.get("blog", {}).get("last")),
        video=tuple(tuple(way) for way in video.get("accept", ())),
        capture=video.get("capture", "any"),
        min_seconds=float(video.get("min_seconds", 0)),
        story=data.get("story", "any_frame"),
        live_repeat=float(live.get("repeat", 3600)),
        live_start_end=bool(live.get("start_end")),
    )
