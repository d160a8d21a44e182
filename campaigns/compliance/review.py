"""Judge what a deliverable shows against its markets, and write down snapshot, reviews, findings and decisions.

The compliance room's only file that touches the database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When

from campaigns.compliance.judge import judge
from campaigns.compliance.post import Connection, Post, parse_post
from campaigns.compliance.required import NoPackError, required_label
from campaigns.compliance.verdict import MarketVerdict
from campaigns.models import (
    Collaboration,
    Decision,
    Deliverable,
    Finding,
    Outcome,
    PaymentHold,
    PostSnapshot,
    Review,
)
from kolhub.models import AuditEvent, Creator, Credential, Membership

ENGINE_VERSION = "1"
BREACHES = ("missing", "inadequate_label", "wrong_language", "poor_placement")
_SETTLED = (Decision.Kind.DISMISS, Decision.Kind.WAIVE)
# Which credential a market's licence rule asks for.
_LICENCES = {"AE": "uae_permit", "SA": "ksa_permit"}


@dataclass(frozen=True, slots=True)
class Capture:
    """What was seen of a post, or of its draft."""

    source: str
    surfaces: Mapping[str, Any]
    platform_label: bool | None = None
    links: tuple[str, ...] = ()


# ---- the connection, from the work's own records ----


def means_of(*, fee: bool, commission: bool, coupon: bool, link: bool, shipment: bool) -> str:
    """Return the connection that the work proves: the strongest one, as campaigns.compliance names it."""
    if fee:
        return "paid"
    if commission:
        return "affiliate"
    if coupon:
        return "code"
    if link:
        return "affiliate"
    return "gifted" if shipment else "unknown"


def connection_of(collaboration: Collaboration, market: str = "", on: date | None = None) -> Connection:
    """Return what ties the creator to the brand: contract, coupons, links, samples, and the market's licence."""
    contract = collaboration.contract
    codes = tuple(collaboration.coupons.values_list("code", flat=True))
    kind = means_of(
        fee=contract is not None and contract.fee_minor > 0,
        commission=contract is not None and contract.commission_bps > 0,
        coupon=bool(codes),
        link=collaboration.links.exists(),
        shipment=collaboration.shipments.exists(),
    )
    creator = Creator.objects.filter(pk=collaboration.creator_id).first()
    licence, is_checked = _licence(creator, market, on)
    host = urlsplit(settings.COLLECTOR_URL).hostname
    return Connection(
        known=kind != "unknown",
        type=kind,
        brand=collaboration.brand_name or None,
        handles=tuple(collaboration.brand_handles),
        coupon_codes=codes,
        our_hosts=(host,) if host else (),
        posting_obligation=True if contract is not None and contract.deliverables else None,
        synthetic_performer=creator is not None and creator.kind == Creator.Kind.VIRTUAL,
        licence=licence,
        licence_checked=is_checked,
    )


def _licence(creator: Creator | None, market: str, on: date | None) -> tuple[str | None, bool]:
    """Return the number of the market's licence and whether it could be looked up (the creator is still shared)."""
    kind = _LICENCES.get(market)
    if kind is None or creator is None:
        return None, False
    found = Credential.objects.filter(creator=creator, kind=kind)
    if on is not None:
        found = found.exclude(valid_until__lt=on)
    credential = found.first()
    return (credential.number if credential else None), True


def disclosures_for(
    markets: Iterable[str], kind: str, platform: str, language: str | None = None, brand: str = ""
) -> list[dict[str, str]]:
    """Return the label that each market with worked rules requires for this connection: [{market, text, where}]."""
    found = []
    for market in markets:
        try:
            label = required_label(market, "paid" if kind == "unknown" else kind, platform, language, brand=brand)
        except NoPackError:
            continue
        found.append({"market": market, "text": label.text, "where": label.where, "rule": label.rule})
    return found


# ---- judging ----


@transaction.atomic
def capture(deliverable: Deliverable, seen: Capture, membership: Membership, now: datetime) -> list[Review]:
    """Keep what was seen, judge it for every market of the campaign, and write the reviews down.

    Raises PostError for surfaces that cannot be read, with nothing stored.
    """
    post = _post(deliverable, seen)
    surfaces = dict(seen.surfaces)
    snapshot = PostSnapshot.objects.create(
        organization_id=deliverable.organization_id,
        agency_organization_id=deliverable.agency_organization_id,
        deliverable=deliverable,
        captured_at=now,
        source=seen.source,
        surfaces=surfaces,
        platform_label=seen.platform_label,
        links=list(seen.links),
        sha256=_digest(surfaces, seen),
        captured_by=membership.user,
    )
    reviews = [_write(snapshot, verdict, now) for verdict in _judge(deliverable.collaboration, post, now)]
    AuditEvent.record(
        membership.organization_id,
        membership.user,
        "post.judge",
        deliverable.collaboration,
        deliverable=deliverable.pk,
        sha256=snapshot.sha256,
        verdicts={review.market: review.verdict for review in reviews},
    )
    return reviews


def _post(deliverable: Deliverable, seen: Capture) -> Post:
    published = deliverable.published_at if seen.source != PostSnapshot.Source.DRAFT else None
    return parse_post(
        {
            **seen.surfaces,
            "platform": deliverable.platform,
            "media": deliverable.media,
            "published_at": published,
            "platform_label": seen.platform_label,
            "links": list(seen.links),
        }
    )


def _digest(surfaces: dict[str, Any], seen: Capture) -> str:
    content = [surfaces, seen.platform_label, list(seen.links)]
    return hashlib.sha256(
        json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def _judge(collaboration: Collaboration, post: Post, now: datetime) -> list[MarketVerdict]:
    """Judge market by market: the licence that counts is another one in each."""
    found: list[MarketVerdict] = []
    for market in collaboration.markets:
        connection = connection_of(collaboration, market, post.day or now.date())
        found.extend(judge(post, connection, [market], now=now).markets.values())
    return found


def _write(snapshot: PostSnapshot, verdict: MarketVerdict, now: datetime) -> Review:
    review = Review.objects.create(
        organization_id=snapshot.organization_id,
        agency_organization_id=snapshot.agency_organization_id,
        snapshot=snapshot,
        market=verdict.market[:2],
        pack_version=verdict.pack or "",
        engine_version=ENGINE_VERSION,
        verdict=verdict.verdict,
        reason=verdict.reason,
        severity=verdict.severity,
        rules=list(verdict.rules),
        reviewed_at=now,
    )
    Finding.objects.bulk_create(
        Finding(
            organization_id=review.organization_id,
            agency_organization_id=review.agency_organization_id,
            review=review,
            code=finding.code,
            rule=finding.rule,
            source=asdict(finding.source),
            surface=finding.surface,
            start=finding.start,
            end=finding.end,
            quote=finding.quote,
            severity=finding.severity,
            certainty=finding.certainty,
            explanation=finding.explanation,
            params=dict(finding.params),
            fix=finding.fix,
        )
        for finding in verdict.findings
    )
    return review


# ---- the queue and its decisions ----


def queue(membership: Membership) -> QuerySet[Review]:
    """Return the newest review of each deliverable and market, open breaches first, then what waits for a person.

    Among equals those whose collaborations already brought in the most money come first (the brand's own queue; an
    agency cannot read outcomes). `is_open`, `rank` and `decided` come along.
    """
    newer = PostSnapshot.objects.filter(deliverable=OuterRef("snapshot__deliverable"), pk__gt=OuterRef("snapshot_id"))
    decisions = Decision.objects.filter(review=OuterRef("pk")).order_by("-id")
    credited = Outcome.objects.filter(collaboration=OuterRef("snapshot__deliverable__collaboration"))
    rows: QuerySet[Review] = (
        Review.objects.visible_to(membership)
        .filter(~Exists(newer))
        .select_related("snapshot__deliverable__collaboration")
        .annotate(
            decided=Subquery(decisions.values("kind")[:1]),
            credited=Subquery(credited.values("credited_minor")[:1]),
        )
        .annotate(
            rank=Case(
                When(decided__in=_SETTLED, then=Value(9)),
                When(verdict__in=BREACHES, severity="high", then=Value(0)),
                When(verdict__in=BREACHES, then=Value(1)),
                When(verdict="needs_review", then=Value(2)),
                default=Value(5),
                output_field=IntegerField(),
            )
        )
        .order_by("rank", F("credited").desc(nulls_last=True), "-id")
    )
    return rows


@transaction.atomic
def decide(review: Review, kind: str, reason: str, membership: Membership, *, hold: bool = False) -> Decision:
    """Write a decision down; a confirmed breach may hold the payment, settling the matter lets it go.

    Only a member of the brand can: row security refuses the agency.
    """
    decision = Decision.objects.create(
        organization_id=review.organization_id,
        agency_organization_id=review.agency_organization_id,
        review=review,
        kind=kind,
        reason=reason,
        decided_by=membership.user,
    )
    collaboration = review.snapshot.deliverable.collaboration
    if kind == Decision.Kind.CONFIRM and hold:
        PaymentHold.objects.create(
            organization_id=review.organization_id,
            collaboration=collaboration,
            reason=f"{HOLD} {review.pk}: {review.market} {review.verdict}",
            placed_by=membership.user,
        )
    AuditEvent.record(
        review.organization_id,
        membership.user,
        f"review.{kind}",
        collaboration,
        review=review.pk,
        market=review.market,
        reason=reason,
        hold=hold,
    )
    return decision


HOLD = "review"


def release_holds(review: Review, membership: Membership, now: datetime) -> int:
    """Let payments go that were held for this review; return how many holds there were."""
    held = PaymentHold.objects.filter(
        collaboration=review.snapshot.deliverable.collaboration_id,
        reason__startswith=f"{HOLD} {review.pk}:",
        released_at=None,
    )
    count = held.update(released_at=now, released_by=membership.user)
    if count:
        AuditEvent.record(
            review.organization_id,
            membership.user,
            "hold.release",
            review.snapshot.deliverable.collaboration,
            review=review.pk,
        )
    return count
