"""Judge a post: connection x label x language x placement x contradiction, per market; the worst market counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from .claims import find_claims, names_synthetic
from .document import Document
from .facts import Facts, read_connection
from .labels import find_labels
from .language import read_language
from .links import find_signs
from .market import judge_market
from .packs.load import Pack, load_packs
from .post import Connection, Post
from .verdict import Judgement, MarketVerdict, gravest, worst

# A post planned for next month is judged by the rules written down for then; for later nobody knows the rules.
FORESIGHT = timedelta(days=366)


def judge(
    post: Post,
    connection: Connection,
    markets: Iterable[str],
    *,
    now: datetime,
    packs: Mapping[str, Pack] | None = None,
) -> Judgement:
    """Judge `post` for each of `markets` (pack ids such as "DE") as of its publication, a draft as of `now`.

    Never raises on content: an unknown market, a market without worked rules, a date before the first rules or more
    than a year ahead gives `needs_review` with the reason. "missing" needs a proven connection: a campaign record,
    our coupon or link, or a deterministic affiliate link.
    """
    packs = load_packs() if packs is None else packs
    facts = gather(post, connection)
    today = now.astimezone(UTC).date() if now.tzinfo else now.date()
    day = post.day or today
    found = {market: _judge_on(market, packs, facts, day, today) for market in _clean(markets)}
    if not found:
        found = {"": MarketVerdict("", "needs_review", "no_market", (), None, "review", "low", ())}
    overall = worst(found.values())
    findings = tuple(finding for verdict in found.values() for finding in verdict.findings)
    rules = tuple(dict.fromkeys(rule for verdict in found.values() for rule in verdict.rules))
    severity = gravest(verdict.severity for verdict in found.values())
    return Judgement(
        overall.verdict,
        overall.reason,
        severity,
        facts.language,
        facts.case_type,
        facts.proof,
        {market: verdict for market, verdict in found.items() if market},
        rules,
        findings,
    )


def gather(post: Post, connection: Connection) -> Facts:
    """Read everything the markets share from a post: once, however many markets follow."""
    document = Document(post, connection)
    sayings = find_labels(document)
    signs = find_signs(document, post, connection)
    case_type, proof = read_connection(connection, signs)
    return Facts(
        post=post,
        connection=connection,
        document=document,
        language=read_language(post.language, document),
        sayings=sayings,
        signs=signs,
        case_type=case_type,
        proof=proof,
        claims=find_claims(document, connection.certificates),
        named_synthetic=names_synthetic(document) if connection.synthetic_performer else True,
    )


def _judge_on(market: str, packs: Mapping[str, Pack], facts: Facts, day: date, today: date) -> MarketVerdict:
    """Judge one market as of `day`, and again by today's version when that is another one."""
    if day > today + FORESIGHT:
        return MarketVerdict(market, "needs_review", "future_date", (), None, "review", "low", ())
    verdict = judge_market(market, packs, facts, day)
    pack = packs.get(market)
    if pack is None or verdict.pack is None or day == today:
        return verdict
    current = pack.version_on(today)
    if current is None or current.id == verdict.pack or today < day:
        return verdict
    now = judge_market(market, packs, facts, today)
    return MarketVerdict(
        verdict.market,
        verdict.verdict,
        verdict.reason,
        verdict.rules,
        verdict.pack,
        verdict.certainty,
        verdict.severity,
        verdict.findings,
        now,
    )


def _clean(markets: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(market).strip().upper()[:40] for market in markets))
