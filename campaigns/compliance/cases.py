"""The line format of `cases.jsonl`: read a case, write a judgement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .judge import judge
from .packs.load import Pack
from .post import Connection, Post, PostError, parse_connection, parse_post
from .verdict import Finding, Judgement, MarketVerdict


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """One line to judge: its id, the markets, post and connection."""

    id: str
    markets: tuple[str, ...]
    post: Post
    connection: Connection


def read_case(line: str) -> JudgedCase:
    """Read one JSON line. Raises PostError saying what is wrong with it."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise PostError(f"not JSON: {str(problem)[:120]}") from None
    return parse_case(data)


def parse_case(data: object) -> JudgedCase:
    """Read a case from decoded JSON: `jurisdiction` (or `markets`), `lang`, `post`, `connection`. Raises PostError."""
    if not isinstance(data, Mapping):
        raise PostError("expected an object")
    markets = data.get("jurisdiction", data.get("markets"))
    if isinstance(markets, str):
        markets = [markets]
    if not isinstance(markets, list | tuple) or not markets or not all(isinstance(item, str) for item in markets):
        raise PostError('jurisdiction: expected a list of market codes such as ["DE"]')
    if len(markets) > 64:
        raise PostError("jurisdiction: more than 64 markets")
    post = parse_post(data.get("post"), language=data.get("lang"))
    return JudgedCase(str(data.get("id", ""))[:200], tuple(markets), post, parse_connection(data.get("connection")))


def judge_line(line: str, *, now: datetime, packs: Mapping[str, Pack] | None = None) -> dict[str, Any]:
    """Judge one JSON line; a line that cannot be read comes back as needs_review, reason `refused`, with an error."""
    try:
        case = read_case(line)
    except PostError as problem:
        return refusal(_id_of(line), str(problem))
    return {"id": case.id, **as_json(judge(case.post, case.connection, case.markets, now=now, packs=packs))}


def judge_lines(lines: Iterable[str], *, now: datetime) -> Iterator[dict[str, Any]]:
    """Judge every line that is not blank; errors name the line by its number."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            answer = judge_line(line, now=now)
            if "error" in answer:
                answer["error"] = f"line {number}: {answer['error']}"
            yield answer


def refusal(case_id: str, error: str) -> dict[str, Any]:
    """The answer to a line that was not judged."""
    empty: dict[str, Any] = {"id": case_id, "verdict": "needs_review", "reason": "refused", "markets": {}, "rules": []}
    return {**empty, "findings": [], "severity": "low", "error": error}


def as_json(judgement: Judgement) -> dict[str, Any]:
    """Write a judgement as plain JSON values."""
    return {
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "markets": {market: _market(verdict) for market, verdict in judgement.markets.items()},
        "rules": list(judgement.rules),
        "findings": [_finding(finding) for finding in judgement.findings],
        "severity": judgement.severity,
        "connection": judgement.connection,
        "proof": judgement.proof,
        "language": judgement.language,
    }


def _market(verdict: MarketVerdict) -> dict[str, Any]:
    found: dict[str, Any] = {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "rules": list(verdict.rules),
        "pack": verdict.pack,
        "certainty": verdict.certainty,
        "severity": verdict.severity,
    }
    if verdict.today is not None:
        found["today"] = {key: getattr(verdict.today, key) for key in ("verdict", "reason", "pack")}
    return found


def _finding(finding: Finding) -> dict[str, Any]:
    source = finding.source
    return {
        "code": finding.code,
        "market": finding.market,
        "rule": finding.rule,
        "pack": finding.pack,
        "source": {"title": source.title, "ref": source.ref, "url": source.url, "in_force": source.in_force},
        "surface": finding.surface,
        "start": finding.start,
        "end": finding.end,
        "quote": finding.quote,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "explanation": finding.explanation,
        "params": dict(finding.params),
        "fix": finding.fix,
    }


def _id_of(line: str) -> str:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return str(data.get("id", ""))[:200] if isinstance(data, dict) else ""
