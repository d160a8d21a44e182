"""The doors of machines: signed orders from a shop's server and from Shopify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from attribution.collector.incoming import Entry, IncomingHit, Result, fingerprint
from attribution.collector.outcomes import Kind, Outcome, told
from attribution.collector.protocol import Request
from attribution.collector.signing import Click
from attribution.collector.sources import BY_KEY, Delivery, Event, Problem
from attribution.collector.tables import Source
from attribution.collector.visits import JSON_HEADERS, RETRY, outcome_header

if TYPE_CHECKING:
    from attribution.collector.server import Collector

MAX_S2S: Final = 1024 * 1024
# Checked against when a key is unknown, so that it takes as long to refuse.
_NOBODY: Final = "nobody's secret"


def s2s(collector: Collector, request: Request) -> None:
    """POST /s2s/conversions."""
    if len(request.body) > MAX_S2S:
        collector.refuse(request, Kind.S2S, Outcome.TOO_LARGE)
        request.answer(413, JSON_HEADERS + outcome_header(Outcome.TOO_LARGE))
        return
    _receive(collector, request, Kind.S2S, request.header(b"kolhub-key")[:80])


def shopify(collector: Collector, request: Request, key: str) -> None:
    """POST /hooks/shopify/<source key>."""
    _receive(collector, request, Kind.SHOPIFY, key[:80])


def _receive(collector: Collector, request: Request, kind: Kind, key: str) -> None:
    def known(source: Source | None, is_certain: bool) -> None:
        if source is None and not is_certain:
            request.answer(503, JSON_HEADERS + RETRY + outcome_header(Outcome.UNAVAILABLE))
            return
        if source is not None and source.kind != kind.value:
            source = None
        _verified(collector, request, kind, source)

    collector.with_source(key, known)


def _verified(collector: Collector, request: Request, kind: Kind, source: Source | None) -> None:
    """Check the signature first; whoever fails learns nothing, not even whether the key exists."""
    now = collector.now(request)
    adapter = BY_KEY[kind.value]
    delivery = Delivery(
        request.body,
        {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()},
        frozenset(name.decode("latin-1") for name in request.repeated),
    )
    secrets = collector.secrets(source) if source else [_NOBODY]
    is_signed = adapter.verify(delivery, secrets, now)
    if source is None or not is_signed or not _is_shop(delivery, source):
        outcome = Outcome.BAD_SIGNATURE if source else Outcome.UNKNOWN_KEY
        collector.refuse(
            request, kind, outcome, source.organization_id if source else None, source.key if source else ""
        )
        request.answer(401, JSON_HEADERS + outcome_header(Outcome.BAD_SIGNATURE))
        return
    if not collector.may_post(request, kind, source):
        request.answer(429, JSON_HEADERS + RETRY + outcome_header(Outcome.RATE_LIMITED))
        return
    _store(collector, request, kind, source, adapter.parse(delivery, now), now)


def _is_shop(delivery: Delivery, source: Source) -> bool:
    """A secret that fits with another shop's domain is somebody else's delivery."""
    if not source.shop_domain:
        return True
    return delivery.headers.get("x-shopify-shop-domain", "").casefold() == source.shop_domain.casefold()


def _store(
    collector: Collector, request: Request, kind: Kind, source: Source, items: list[Event | Problem], now: float
) -> None:
    hits = [_hit(collector, kind, source, item, now) for item in items if isinstance(item, Event)]
    bad = len(items) - len(hits)
    if bad:
        collector.refuse(request, kind, Outcome.MALFORMED, source.organization_id, source.key, bad)

    def stored(results: list[Result]) -> None:
        _answer(request, kind, items, results)

    if not hits:
        stored([])
    elif not collector.money.put(Entry(hits, stored)):
        collector.refuse(request, kind, Outcome.UNAVAILABLE, source.organization_id, source.key, len(hits))
        request.answer(503, JSON_HEADERS + RETRY + outcome_header(Outcome.UNAVAILABLE))


def _hit(collector: Collector, kind: Kind, source: Source, event: Event, now: float) -> IncomingHit:
    keys = collector.keys
    payload: dict[str, Any] = dict(event.payload)
    if event.customers:
        payload["customers"] = [keys.customer(source.organization_id, name) for name in event.customers]
    click_id = None
    if event.khc:
        click = keys.read_click(source.organization_id, event.khc, now)
        if isinstance(click, Click):
            click_id = str(click.id)
        else:
            payload["khc"] = click.value
    # Not the source's own id: nobody else may foresee, and so block, the id of an order.
    hit_id = str(keys.derive_id(source.organization_id, kind.value, source.key, event.dedupe))
    return IncomingHit(
        id=hit_id,
        organization_id=source.organization_id,
        event_id=f"{source.key}:{event.event_id}"[:120] if kind is Kind.S2S else event.event_id,
        kind=kind,
        outcome=Outcome.ARCHIVED_KEY if source.is_archived else Outcome.ACCEPTED,
        key=source.key,
        received_at=now,
        content_hash=fingerprint(event.content.decode("utf-8", "replace")),
        shop_id=source.shop_id,
        visitor=event.visitor,
        click_id=click_id,
        payload=payload,
        settles=event.settles and not source.is_archived,
        is_money=True,
    )


def _answer(request: Request, kind: Kind, items: list[Event | Problem], results: list[Result]) -> None:
    """202 with each event's fate; a single event that fails gets the status that says so."""
    following = iter(results)
    shown: list[dict[str, Any]] = []
    for place, item in enumerate(items):
        if isinstance(item, Problem):
            shown.append({"index": place, "outcome": "malformed", "field": item.field, "error": item.code})
        else:
            result = next(following)
            shown.append({"index": place, "id": result.stored_id, "outcome": told(result.outcome)})
    outcomes = [Outcome(one["outcome"]) for one in shown]
    status = 202 if kind is Kind.S2S else 200
    headers = JSON_HEADERS
    if Outcome.UNAVAILABLE in outcomes:
        status, headers = 503, headers + RETRY
    elif all(outcome is Outcome.MALFORMED for outcome in outcomes):
        status = 422
    elif len(outcomes) == 1 and outcomes[0] is Outcome.ID_CONFLICT and kind is Kind.S2S:
        # Shopify would send it again for two days and then give up on us: it gets 200 and the reason in the header.
        status = 409
    if len(shown) == 1:
        headers += outcome_header(outcomes[0])
        if "id" in shown[0]:
            headers += b"X-Event-Id: %b\r\n" % shown[0]["id"].encode()
    request.answer(status, headers, json.dumps({"results": shown}).encode())
