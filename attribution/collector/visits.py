"""The doors of browsers: the pixel, the beacon and the click."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from uuid import UUID

from attribution.collector import reading
from attribution.collector.addresses import Address, truncate
from attribution.collector.consent import said
from attribution.collector.incoming import Entry, IncomingHit, Result, fingerprint, uuid7
from attribution.collector.outcomes import Kind, Outcome, told
from attribution.collector.protocol import Request
from attribution.collector.screen import Seen, screen
from attribution.collector.signing import Click
from attribution.collector.sources import reading as strict
from attribution.collector.tables import Link, Pixel, is_safe_target, with_parameters

if TYPE_CHECKING:
    from attribution.collector.server import Collector

GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
PRIVATE: Final = b"Cache-Control: no-store, private\r\n"
OPEN: Final = b"Access-Control-Allow-Origin: *\r\nCross-Origin-Resource-Policy: cross-origin\r\n"
GIF_HEADERS: Final = b"Content-Type: image/gif\r\n" + PRIVATE + OPEN
JSON_HEADERS: Final = b"Content-Type: application/json\r\n" + PRIVATE
RETRY: Final = b"Retry-After: 5\r\n"
MAX_BEACON: Final = 64 * 1024
MAX_EVENTS: Final = 50
# A click waits this long for its commit; the shopper is never kept longer.
CLICK_SECONDS: Final = 0.12


@dataclass(frozen=True, slots=True)
class Visit:
    """One event as a page reports it, whichever way it came."""

    event_id: str
    name: str
    visitor: str
    url: str
    referrer: str
    khc: str
    consent: str
    claimed: Any
    order_ref: str
    customer: str
    time_zone: str

    @property
    def content(self) -> str:
        """What a second event with this id must repeat; the client's clock may have moved."""
        return fingerprint(
            self.name, self.visitor, self.url, self.referrer, self.khc, self.consent, self.order_ref, self.customer
        )


def outcome_header(outcome: Outcome) -> bytes:
    """Say in a header why a hit does not count; nothing where it does."""
    return b"" if outcome is Outcome.ACCEPTED else b"X-KolHub-Outcome: %b\r\n" % told(outcome).encode()


# ---- the pixel ----


def pixel(collector: Collector, request: Request, key: str) -> None:
    """GET /t/<pixel key>.gif: 200 once the hit is durable, otherwise 503, and a picture either way."""
    fields = reading.parameters(request.query)
    name = fields.get("n") or "page_view" if fields is not None else ""
    if fields is None or name not in reading.NAMES:
        collector.refuse(request, Kind.PIXEL, Outcome.MALFORMED)
        request.answer(422, GIF_HEADERS + outcome_header(Outcome.MALFORMED), GIF)
        return

    visit = Visit(
        event_id=strict.clean(fields.get("eid", ""), 120),
        name=name,
        visitor=strict.clean(fields.get("v", ""), 64),
        url=reading.web_address(fields.get("u", "")),
        referrer=reading.web_address(fields.get("r", "") or request.header(b"referer")),
        khc=fields.get("khc", "")[:200],
        consent=fields.get("consent", "")[:10],
        claimed=fields.get("t"),
        order_ref=strict.clean(fields.get("o", ""), 120).strip() if name == "purchase" else "",
        customer="",
        time_zone=fields.get("tz", "")[:60],
    )

    def known(found: Pixel | None, is_certain: bool) -> None:
        if found is None and not is_certain:
            unavailable()
            return
        if not collector.may_pass(request, Kind.PIXEL, found.organization_id if found else None, key):
            request.answer(429, GIF_HEADERS + RETRY + outcome_header(Outcome.RATE_LIMITED), GIF)
            return
        hit = visit_hit(collector, request, Kind.PIXEL, key, found, visit)
        if not collector.visits.put(Entry([hit], stored)):
            collector.refuse(request, Kind.PIXEL, Outcome.UNAVAILABLE, found.organization_id if found else None, key)
            unavailable()

    def stored(results: list[Result]) -> None:
        (result,) = results
        if result.outcome is Outcome.UNAVAILABLE:
            unavailable()
            return
        status = 422 if result.outcome is Outcome.MALFORMED else 200
        event_id = b"X-Event-Id: %b\r\n" % result.stored_id.encode()
        request.answer(status, GIF_HEADERS + event_id + outcome_header(result.outcome), GIF)

    def unavailable() -> None:
        request.answer(503, GIF_HEADERS + RETRY + outcome_header(Outcome.UNAVAILABLE), GIF)

    collector.with_pixel(key, known)


def visit_hit(
    collector: Collector, request: Request, kind: Kind, key: str, pixel: Pixel | None, visit: Visit
) -> IncomingHit:
    """Screen one event and decide what of it may be kept."""
    now = collector.now(request)
    event_id = visit.event_id or str(uuid7(now))
    organization_id = pixel.organization_id if pixel else None
    own_id = reading.as_uuid(event_id)
    hit_id = str(own_id or collector.keys.derive_id(organization_id, "visit", event_id))
    base: dict[str, Any] = {
        "id": hit_id,
        "organization_id": organization_id,
        "event_id": str(own_id) if own_id else event_id,
        "kind": kind,
        "key": strict.clean(key, 80),
        "received_at": now,
        "content_hash": visit.content,
        "claimed_at": reading.claimed_at(visit.claimed),
    }
    if pixel is None:
        return IncomingHit(**base, outcome=Outcome.UNKNOWN_KEY)
    base["shop_id"] = pixel.shop_id
    if pixel.is_archived:
        return IncomingHit(**base, outcome=Outcome.ARCHIVED_KEY)
    address = collector.address(request)
    seen = seen_by(collector, request, address, visit.consent, visit.time_zone, pixel)
    outcome = screen(seen)
    base |= {"outcome": outcome, "consent": seen.consent.value, "payload": {"name": visit.name}}
    if outcome is not Outcome.ACCEPTED:
        return IncomingHit(**base, user_agent=kept_agent(outcome, seen.agent))
    return IncomingHit(
        **{
            **base,
            **_person(collector, visit, pixel.organization_id, address, seen, now, base["payload"]),
            "is_money": bool(visit.order_ref),
            "settles": True,
        }
    )


def _person(
    collector: Collector,
    visit: Visit,
    organization_id: int,
    address: Address | None,
    seen: Seen,
    now: float,
    payload: dict[str, Any],
) -> dict[str, Any]:
    """Gather what names the visitor and the page; a click id that is not ours is noted and not used."""
    kept = {"url": visit.url, "order_ref": visit.order_ref}
    if visit.customer:
        kept["customer"] = collector.keys.customer(organization_id, visit.customer)
    click_id = None
    if visit.khc:
        click = collector.keys.read_click(organization_id, visit.khc, now)
        if isinstance(click, Click):
            click_id = str(click.id)
        else:
            kept["khc"] = click.value
    payload |= {name: value for name, value in kept.items() if value}
    visitor = visit.visitor or collector.visitor_of_the_day(organization_id, str(address), seen.agent, now)
    return {
        "payload": payload,
        "visitor": visitor,
        "click_id": click_id,
        "network": truncate(address),
        "country": seen.country,
        "user_agent": strict.clean(seen.agent, 512),
        "referrer": visit.referrer,
    }


def kept_agent(outcome: Outcome, agent: str) -> str:
    """Keep the name of a program; of a person who is not counted nothing is kept."""
    return strict.clean(agent, 512) if outcome in (Outcome.BOT, Outcome.PREVIEW) else ""


def seen_by(
    collector: Collector,
    request: Request,
    address: Address | None,
    consent: str,
    time_zone: str,
    pixel: Pixel | None,
    own: Any = (),
) -> Seen:
    """Gather what the screening looks at."""
    header = request.header
    purpose = ""
    for name in (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"):
        if name in request.headers:
            purpose += header(name) + " "
    return Seen(
        method=request.method,
        agent=header(b"user-agent"),
        purpose=purpose,
        address=address,
        own_networks=pixel.networks if pixel else own,
        consent=said(consent, header(b"sec-gpc"), header(b"dnt")),
        policy=pixel.consent_policy if pixel else "",
        country=collector.country(request),
        time_zone=time_zone,
    )


# ---- the beacon ----


def events(collector: Collector, request: Request) -> None:
    """POST /e: 202 with what became of each event."""
    cors = JSON_HEADERS + OPEN
    if len(request.body) > MAX_BEACON:
        collector.refuse(request, Kind.EVENT, Outcome.TOO_LARGE)
        request.answer(413, cors + outcome_header(Outcome.TOO_LARGE))
        return
    try:
        body = strict.load(request.body)
        items = body["events"] if isinstance(body, dict) and isinstance(body.get("key"), str) else None
        problem = "" if isinstance(items, list) and 0 < len(items) <= MAX_EVENTS else "events_1_to_50_with_key"
    except (strict.BadJson, KeyError) as trouble:
        problem, items, body = str(trouble), None, {}
    if problem or items is None:
        collector.refuse(request, Kind.EVENT, Outcome.MALFORMED)
        answer = json.dumps({"error": problem}).encode()
        request.answer(400, cors + outcome_header(Outcome.MALFORMED), answer)
        return
    key = strict.clean(body["key"], 80)
    time_zone = reading.field(body, "tz", 60)

    def known(found: Pixel | None, is_certain: bool) -> None:
        organization_id = found.organization_id if found else None
        if not is_certain and found is None:
            request.answer(503, cors + RETRY)
            return
        if not collector.may_pass(request, Kind.EVENT, organization_id, key, len(items)):
            request.answer(429, cors + RETRY + outcome_header(Outcome.RATE_LIMITED))
            return
        visits = [_visit(item, time_zone) for item in items]
        hits = [visit_hit(collector, request, Kind.EVENT, key, found, visit) for visit in visits if visit]
        bad = len(visits) - len(hits)
        if bad:
            collector.refuse(request, Kind.EVENT, Outcome.MALFORMED, organization_id, key, bad)

        def stored(results: list[Result]) -> None:
            following = iter(results)
            shown = [_shown(next(following)) if visit else {"outcome": "malformed"} for visit in visits]
            lost = any(result.outcome is Outcome.UNAVAILABLE for result in results)
            status = 503 if lost else 202 if hits else 422
            request.answer(status, cors + (RETRY if lost else b""), json.dumps({"results": shown}).encode())

        if not hits:
            stored([])
        elif not collector.visits.put(Entry(hits, stored)):
            collector.refuse(request, Kind.EVENT, Outcome.UNAVAILABLE, organization_id, key, len(hits))
            request.answer(503, cors + RETRY + outcome_header(Outcome.UNAVAILABLE))

    collector.with_pixel(key, known)


def _shown(result: Result) -> dict[str, str]:
    return {"id": result.stored_id, "outcome": told(result.outcome)}


def _visit(item: Any, time_zone: str) -> Visit | None:
    """Read one event of a beacon; None where it cannot be used."""
    if not isinstance(item, dict):
        return None
    name = item.get("name", "page_view")
    consent = item.get("consent")
    if name not in reading.NAMES or (consent is not None and not isinstance(consent, bool)):
        return None
    return Visit(
        event_id=reading.field(item, "id", 120),
        name=name,
        visitor=reading.field(item, "visitor", 64),
        url=reading.web_address(reading.field(item, "url", 2000)),
        referrer=reading.web_address(reading.field(item, "referrer", 2000)),
        khc=reading.field(item, "khc", 200),
        consent="" if consent is None else "1" if consent else "0",
        claimed=item.get("at"),
        order_ref=reading.field(item, "order_ref", 120) if name == "purchase" else "",
        customer=reading.field(item, "customer", 254),
        time_zone=time_zone,
    )


# ---- the click ----


def click(collector: Collector, request: Request, raw_slug: str) -> None:
    """GET /go/<slug>: always on to the shop, and with a click id only once the click is durable."""
    slug = strict.clean(unquote(raw_slug), 80)

    def known(link: Link | None, is_certain: bool) -> None:
        if link is None and not is_certain:
            request.answer(503, PRIVATE + RETRY + outcome_header(Outcome.UNAVAILABLE))
            return
        organization_id = link.organization_id if link else None
        if link is None or not is_safe_target(link.target):
            if collector.may_pass(request, Kind.CLICK, organization_id, slug):
                collector.visits.put(Entry([_click_hit(collector, request, slug, None, None)], _ignore))
            request.answer(404, PRIVATE + outcome_header(Outcome.UNKNOWN_KEY))
            return
        if not collector.may_pass(request, Kind.CLICK, organization_id, slug):
            _redirect(request, link.target, Outcome.RATE_LIMITED)
            return
        _follow(collector, request, link)

    collector.with_link(slug, known)


def _follow(collector: Collector, request: Request, link: Link) -> None:
    now = collector.now(request)
    own = collector.lookups.tables.own_networks.get(link.organization_id, ())
    seen = seen_by(collector, request, collector.address(request), "", "", None, own)
    outcome = screen(seen)
    if outcome is Outcome.ACCEPTED:
        outcome = link.outcome(now, collector.is_simulated(request))
    hit = _click_hit(collector, request, link.slug, link, seen, outcome)

    def stored(results: list[Result]) -> None:
        (result,) = results
        if result.outcome is not Outcome.ACCEPTED:
            _redirect(request, link.target, result.outcome)
            return
        signed = collector.keys.sign_click(link.organization_id, UUID(hit.id), link.version, now)
        event_id = b"X-Event-Id: %b\r\n" % result.stored_id.encode()
        _redirect(request, with_parameters(link.target, {"khc": signed}), Outcome.ACCEPTED, event_id)

    if not collector.visits.put(Entry([hit], stored if outcome is Outcome.ACCEPTED else _ignore)):
        collector.refuse(request, Kind.CLICK, Outcome.UNAVAILABLE, link.organization_id, link.slug)
        _redirect(request, link.target, Outcome.UNAVAILABLE)
    elif outcome is not Outcome.ACCEPTED:
        _redirect(request, link.target, outcome)
    else:
        collector.loop.call_later(CLICK_SECONDS, _redirect, request, link.target, Outcome.UNAVAILABLE)


def _click_hit(
    collector: Collector,
    request: Request,
    slug: str,
    link: Link | None,
    seen: Seen | None,
    outcome: Outcome = Outcome.UNKNOWN_KEY,
) -> IncomingHit:
    now = collector.now(request)
    hit_id = str(uuid7(now))
    base: dict[str, Any] = {
        "id": hit_id,
        "organization_id": link.organization_id if link else None,
        "event_id": hit_id,
        "kind": Kind.CLICK,
        "outcome": outcome,
        "key": slug,
        "received_at": now,
        "content_hash": fingerprint(hit_id),
    }
    if link is None or seen is None:
        return IncomingHit(**base)
    base |= {"link_id": link.id, "link_version": link.version, "consent": seen.consent.value}
    if outcome is not Outcome.ACCEPTED:
        return IncomingHit(**base, user_agent=kept_agent(outcome, seen.agent))
    return IncomingHit(
        **base,
        network=truncate(seen.address),
        country=seen.country,
        user_agent=strict.clean(seen.agent, 512),
        referrer=reading.web_address(request.header(b"referer")),
        settles=True,
    )


def _redirect(request: Request, target: str, outcome: Outcome, more: bytes = b"") -> None:
    location = b"Location: %b\r\n" % target.encode("utf-8")
    request.answer(302, location + PRIVATE + more + outcome_header(outcome))


def _ignore(results: list[Result]) -> None:
    """Nobody waits for this one: the answer is already given."""


def preflight(request: Request) -> None:
    """OPTIONS: never counted; lets pages of any origin post beacons."""
    allowed = b"Access-Control-Allow-Methods: GET, POST\r\nAccess-Control-Allow-Headers: content-type\r\n"
    request.answer(204, OPEN + allowed + b"Access-Control-Max-Age: 86400\r\n")
