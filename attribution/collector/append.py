"""Append hits to PostgreSQL: one transaction per batch, exactly once per batch, every request counted in it.

The login is `kolhub_hits`, which may insert hits and read the few tables that the doors need.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, LiteralString

import psycopg

from attribution.collector.incoming import IncomingHit, Refusal, Result
from attribution.collector.outcomes import Outcome
from attribution.collector.tables import Link, Pixel, Source, Tables

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

# JSON, because one text parameter costs a tenth of twenty arrays to send; the spool keeps the same text.
_COLUMNS: Final[LiteralString] = """
    id uuid, organization_id bigint, event_id text, kind text, outcome text, key text, shop_id bigint, link_id bigint,
    link_version smallint, received_at float8, claimed_at float8, visitor text, click_id uuid, consent text,
    network text, country text, user_agent text, referrer text, content_hash text, payload jsonb, settles boolean,
    is_money boolean
"""
# Sorted, so that two processes that store the same ids wait for each other instead of deadlocking.
_STORE: Final[LiteralString] = (
    "WITH incoming AS MATERIALIZED (SELECT * FROM json_to_recordset(%s::json) AS row("  # noqa: S608 - constants only
    + _COLUMNS
    + ")),"
    """
    stored AS (
        INSERT INTO attribution_hit (id, organization_id, event_id, kind, outcome, key, shop_id, link_id, link_version,
            received_at, claimed_at, visitor, click_id, consent, network, country, user_agent, referrer, content_hash,
            payload)
        SELECT id, organization_id, event_id, kind, outcome, key, shop_id, link_id, link_version,
            to_timestamp(received_at), to_timestamp(claimed_at), visitor, click_id, consent, network, country,
            user_agent, referrer, decode(content_hash, 'hex'), payload
        FROM incoming ORDER BY id
        ON CONFLICT DO NOTHING RETURNING id),
    pending AS (
        INSERT INTO attribution_pendinghit (hit_id, organization_id, is_money, received_at, attempts, next_at, error,
            is_dead)
        SELECT id, organization_id, is_money, to_timestamp(received_at), 0, now(), '', false
        FROM incoming JOIN stored USING (id) WHERE settles)
    SELECT id::text FROM stored
    """
)
# Rows with an id or a key that is taken: by whom, and with the same content?
_CLASH: Final[LiteralString] = """
    WITH refused AS (SELECT * FROM json_to_recordset(%s::json)
        AS row(place int, id uuid, organization_id bigint, kind text, event_id text)),
    known AS (
        SELECT place, 0 AS distance, hit.id, content_hash FROM refused JOIN attribution_hit hit ON hit.id = refused.id
        UNION ALL
        SELECT place, 1, hit.id, content_hash
        FROM refused JOIN attribution_hit hit USING (organization_id, kind, event_id)
        UNION ALL
        SELECT place, 1, hit.id, content_hash FROM refused JOIN attribution_hit hit USING (kind, event_id)
        WHERE refused.organization_id IS NULL AND hit.organization_id IS NULL)
    SELECT DISTINCT ON (place) place, id::text, encode(content_hash, 'hex') FROM known ORDER BY place, distance
"""
_EVIDENCE: Final[LiteralString] = """
    INSERT INTO attribution_hitconflict (organization_id, kind, event_id, received_at, content_hash, payload)
    SELECT organization_id, kind, event_id, to_timestamp(received_at), decode(content_hash, 'hex'), payload
    FROM json_to_recordset(%s::json) AS row(organization_id bigint, kind text, event_id text, received_at float8,
        content_hash text, payload jsonb)
"""
_COUNT: Final[LiteralString] = """
    INSERT INTO attribution_hitcount (day, organization_id, kind, key, outcome, count)
    SELECT * FROM json_to_recordset(%s::json)
        AS row(day date, organization_id bigint, kind text, key text, outcome text, count bigint)
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (day, organization_id, kind, key, outcome)
    DO UPDATE SET count = attribution_hitcount.count + excluded.count
"""
_STREAM: Final[LiteralString] = """
    INSERT INTO attribution_collectorprocess (id, started_at, seen_at, received, batches)
    VALUES (%s, now(), now(), %s, %s)
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), batches = excluded.batches,
        received = attribution_collectorprocess.received + excluded.received
    WHERE attribution_collectorprocess.batches < excluded.batches
    RETURNING 1
"""


class AlreadyApplied(Exception):
    """The stream has this batch already: the commit that was in doubt had gone through."""


class CommitInDoubt(Exception):
    """The commit was sent and nothing came back: the batch may be stored or not."""


async def append(
    connection: Connection,
    hits: Sequence[IncomingHit],
    refusals: Mapping[Refusal, int],
    stream: str,
    number: int,
    doubted: tuple[str, int] | None = None,
) -> list[Result]:
    """Store one batch and commit; give what became of each hit, in order.

    `stream` and `number` name the batch: applied twice it raises AlreadyApplied the second time and changes nothing.
    `doubted` names an earlier attempt whose commit is in doubt. Raises psycopg errors after rolling back, and
    CommitInDoubt where that could not be known.
    """
    try:
        received = len(hits) + sum(refusals.values())
        if doubted is not None:
            await _enter(connection, doubted[0], doubted[1], 0)
        results = await _store(connection, hits) if hits else []
        counts = Counter(refusals)
        for hit, result in zip(hits, results, strict=True):
            counts[hit.day, hit.organization_id, hit.kind.value, hit.counted_key, result.outcome.value] += 1
        names = ("day", "organization_id", "kind", "key", "outcome", "count")
        told = [dict(zip(names, (*counted, number_), strict=True)) for counted, number_ in counts.items()]
        if told:
            await connection.execute(_COUNT, [json.dumps(told)])
        await _enter(connection, stream, number, received)
        try:
            await connection.commit()
        except BaseException as trouble:
            raise CommitInDoubt from trouble
    except BaseException:
        if not connection.closed:
            with contextlib.suppress(psycopg.Error):
                await connection.rollback()
        raise
    return results


async def _enter(connection: Connection, stream: str, number: int, received: int) -> None:
    cursor = await connection.execute(_STREAM, [stream, received, number])
    if await cursor.fetchone() is None:
        raise AlreadyApplied


async def _store(connection: Connection, hits: Sequence[IncomingHit]) -> list[Result]:
    """Insert what is new; find out what the rest is."""
    first: dict[str, IncomingHit] = {}
    for hit in hits:
        first.setdefault(hit.id, hit)
    rows = ",".join(hit.as_json() for hit in first.values())
    cursor = await connection.execute(_STORE, [f"[{rows}]"])
    stored = {row[0] for row in await cursor.fetchall()}
    results = [Result(hit.outcome, hit.id) for hit in hits]
    refused = [place for place, hit in enumerate(hits) if not (hit.id in stored and first[hit.id] is hit)]
    if refused:
        await _explain(connection, hits, refused, results)
    return results


async def _explain(
    connection: Connection, hits: Sequence[IncomingHit], refused: list[int], results: list[Result]
) -> None:
    """Tell duplicates from conflicts, and keep the evidence of the latter."""
    asked = [
        {"place": place, **{name: getattr(hits[place], name) for name in ("id", "organization_id", "kind", "event_id")}}
        for place in refused
    ]
    cursor = await connection.execute(_CLASH, [json.dumps(asked)])
    known = {place: (stored_id, content) for place, stored_id, content in await cursor.fetchall()}
    evidence = []
    for place in refused:
        hit = hits[place]
        stored_id, content = known.get(place, (hit.id, hit.content_hash))
        # The same event under another delivery id is a redelivery too, whatever else the delivery says.
        is_repeat = content == hit.content_hash or stored_id != hit.id
        results[place] = Result(Outcome.DUPLICATE if is_repeat else Outcome.ID_CONFLICT, stored_id)
        if not is_repeat:
            evidence.append(
                {
                    name: getattr(hit, name)
                    for name in ("organization_id", "kind", "event_id", "received_at", "content_hash", "payload")
                }
            )
    if evidence:
        await connection.execute(_EVIDENCE, [json.dumps(evidence)])


# ---- what the doors must know ----

_PIXELS: Final[LiteralString] = """
    SELECT key, organization_id, shop_id, consent_policy, own_networks, archived_at IS NOT NULL FROM attribution_pixel
"""
_SOURCES: Final[LiteralString] = """
    SELECT key, kind, organization_id, shop_id, secret, previous_secret, shop_domain, archived_at IS NOT NULL
    FROM attribution_sourcekey
"""
# The campaign's last day is a day where the organization is; an unknown time zone counts as UTC.
_LINKS: Final[LiteralString] = """
    SELECT link.slug, link.id, link.organization_id, newest.version, newest.destination, newest.parameters,
        extract(epoch FROM link.disabled_at)::float8,
        extract(epoch FROM least(link.ends_at, (campaign.ends_on + 1)::timestamp AT TIME ZONE
            coalesce(zone.name, 'UTC')))::float8,
        campaign.state = 'ended'
    FROM campaigns_trackinglink link
    JOIN campaigns_collaboration collaboration ON collaboration.id = link.collaboration_id
    JOIN campaigns_campaign campaign ON campaign.id = collaboration.campaign_id
    JOIN kolhub_organization organization ON organization.id = link.organization_id
    LEFT JOIN (SELECT name FROM pg_timezone_names WHERE name IN (SELECT timezone FROM kolhub_organization)) zone
        ON zone.name = organization.timezone
    JOIN LATERAL (SELECT version, destination, parameters FROM campaigns_trackinglinkversion version
        WHERE version.link_id = link.id ORDER BY version.version DESC LIMIT 1) newest ON true
"""


async def load_tables(connection: Connection) -> Tables:
    """Read all pixels, sources and links.

    Raises OperationalError for another login, to which every table would seem empty and every key unknown.
    """
    if await _rows(connection, "SELECT pg_has_role('kolhub_hits', 'MEMBER')") != [(True,)]:
        raise psycopg.OperationalError("DATABASE_HITS_URL must name the login kolhub_hits (docs/deploy.md)")
    tables = Tables()
    for row in await _rows(connection, _PIXELS):
        tables.pixels[row[0]] = _pixel(row)
    for row in await _rows(connection, _SOURCES):
        tables.sources[row[0]] = Source(*row)
    for row in await _rows(connection, _LINKS):
        tables.links[row[0]] = Link(*row)
    tables.index_networks()
    return tables


async def load_missing(connection: Connection, keys: Iterable[str]) -> Tables:
    """Read the pixels, sources and links among these keys."""
    wanted = list(keys)
    tables = Tables()
    for row in await _rows(connection, _PIXELS + " WHERE key = ANY(%s)", wanted):
        tables.pixels[row[0]] = _pixel(row)
    for row in await _rows(connection, _SOURCES + " WHERE key = ANY(%s)", wanted):
        tables.sources[row[0]] = Source(*row)
    for row in await _rows(connection, _LINKS + " WHERE link.slug = ANY(%s)", wanted):
        tables.links[row[0]] = Link(*row)
    return tables


def _pixel(row: tuple[Any, ...]) -> Pixel:
    key, organization_id, shop_id, policy, own, is_archived = row
    return Pixel(key, organization_id, shop_id, policy, tuple(own), is_archived)


async def _rows(
    connection: Connection, statement: LiteralString, keys: list[str] | None = None
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(statement, [keys] if keys is not None else None)
    return await cursor.fetchall()
