"""Verbs that span several nouns: begin collaborations from picks, confirm terms."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from campaigns import coupons
from campaigns.compliance.review import disclosures_for, means_of
from campaigns.destinations import problem_with, utm_parameters
from campaigns.models import (
    Campaign,
    Collaboration,
    Contract,
    Coupon,
    Deliverable,
    ShortlistEntry,
    Stage,
    TrackingLink,
)
from campaigns.terms import DeliverableLine, Terms, TermsError
from kolhub.models import AuditEvent, Creator, Profile, User

__all__ = [
    "DeliverableLine",
    "Started",
    "Terms",
    "TermsError",
    "add_creators",
    "confirm",
    "copy_campaign",
    "plan_together",
    "start",
]

FIRST_DUE = timedelta(days=3)
_BEFORE_AGREEMENT = {Stage.TO_CONTACT, Stage.CONTACTED, Stage.NEGOTIATING, Stage.DROPPED}


@dataclass(frozen=True, slots=True)
class Started:
    """What came of beginning collaborations: the new ones, those already there, and creators no longer shared."""

    begun: tuple[Collaboration, ...]
    already: tuple[str, ...]
    unavailable: tuple[str, ...]


def start(campaign: Campaign, entries: Iterable[ShortlistEntry], actor: User, now: datetime) -> Started:
    """Begin a collaboration for every picked candidate."""
    picked = list(entries)
    wanted = [(entry.creator_id, entry.creator_name, entry.platform, entry.handle) for entry in picked]
    return _begin(campaign, wanted, actor, now)


def add_creators(campaign: Campaign, creators: Sequence[Creator], actor: User, now: datetime) -> Started:
    """Begin a collaboration for each creator, on the profile with most followers."""
    wanted = []
    for creator in creators:
        profile = Profile.objects.filter(creator=creator).order_by(F("followers").desc(nulls_last=True), "id").first()
        if profile is None:
            wanted.append((creator.pk, creator.name, "", ""))
        else:
            wanted.append((creator.pk, creator.name, profile.platform, profile.handle))
    return _begin(campaign, wanted, actor, now)


def _begin(campaign: Campaign, wanted: list[tuple[int, str, str, str]], actor: User, now: datetime) -> Started:
    # Row security leaves only creators that the brand brought or that a running grant shows it.
    shown = Creator.objects.in_bulk([creator_id for creator_id, *_rest in wanted])
    taken = set(campaign.collaborations.values_list("creator_id", flat=True))
    begun: list[Collaboration] = []
    already: list[str] = []
    unavailable: list[str] = []
    for creator_id, name, platform, handle in wanted:
        creator = shown.get(creator_id)
        if creator is None or not platform:
            unavailable.append(name)
        elif creator_id in taken:
            already.append(name)
        else:
            taken.add(creator_id)
            begun.append(_new_collaboration(campaign, creator, platform, handle, actor, now))
    for collaboration in begun:
        AuditEvent.record(
            campaign.organization_id, actor, "collaboration.begin", collaboration, creator=collaboration.creator_name
        )
    return Started(tuple(begun), tuple(already), tuple(unavailable))


def _new_collaboration(
    campaign: Campaign, creator: Creator, platform: str, handle: str, actor: User, now: datetime
) -> Collaboration:
    theirs = creator.organization_id != campaign.organization_id
    return Collaboration.objects.create(
        organization_id=campaign.organization_id,
        campaign=campaign,
        creator=creator,
        creator_organization_id=creator.organization_id,
        agency_organization_id=creator.organization_id if theirs else None,
        creator_name=creator.name,
        platform=platform,
        handle=handle,
        owner=actor,
        due_on=now.date() + FIRST_DUE,
        **_copies(campaign),
    )


def _copies(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign_name": campaign.name,
        "brand_name": campaign.brand.name,
        "brand_handles": campaign.brand.handles,
        "markets": campaign.markets,
    }


def copy_campaign(campaign: Campaign) -> None:
    """Carry the campaign's name, brand and markets to its collaborations, where the agency reads them."""
    campaign.collaborations.update(**_copies(campaign))


def plan_together(chosen: QuerySet[Collaboration], changes: dict[str, Any], actor: User) -> int:
    """Give several collaborations the same owner or due date; return how many.

    All rows are locked, in one order, before the audit trail's lock is taken: whoever changes one of them meanwhile
    holds its row and waits for that lock.
    """
    planned = list(chosen.order_by("pk").select_for_update(of=("self",)))
    Collaboration.objects.filter(pk__in=[each.pk for each in planned]).update(**changes)
    for collaboration in planned:
        AuditEvent.record(collaboration.organization_id, actor, "collaboration.plan", collaboration, **changes)
    return len(planned)


# ---- terms ----


@transaction.atomic
def confirm(collaboration: Collaboration, terms: Terms, actor: User, now: datetime) -> Contract:
    """Write down agreed terms: a contract version, and with the first one link, coupon and planned deliverables.

    A later version keeps the link and the coupon that are already out in the world. Raises TermsError, with nothing
    written.
    """
    collaboration = Collaboration.objects.select_for_update().select_related("campaign__brand").get(pk=collaboration.pk)
    _check(collaboration.campaign, terms)
    coupon = collaboration.coupons.first() or (coupons.make(collaboration, terms) if terms.with_coupon else None)
    link = collaboration.links.first() or (_new_link(collaboration) if terms.with_link else None)
    contract = _new_contract(collaboration, terms, coupon, link, actor, now)
    _plan_deliverables(collaboration, terms)
    collaboration.agreed_at = collaboration.agreed_at or now
    if collaboration.stage in _BEFORE_AGREEMENT:
        collaboration.stage = Stage.AGREED
    collaboration.save(update_fields=["agreed_at", "stage"])
    AuditEvent.record(
        collaboration.organization_id,
        actor,
        "collaboration.agree",
        collaboration,
        version=contract.version,
        fee_minor=terms.fee_minor,
        currency=terms.currency,
        commission_bps=terms.commission_bps,
    )
    return contract


def _check(campaign: Campaign, terms: Terms) -> None:
    if not terms.deliverables:
        raise TermsError("deliverables", "no_deliverables")
    if any(line.quantity < 1 or line.quantity > 100 for line in terms.deliverables):
        raise TermsError("deliverables", "quantity")
    if terms.fee_minor < 0:
        raise TermsError("fee", "negative")
    if not 0 <= terms.commission_bps <= 10_000:
        raise TermsError("commission", "share")
    if not 0 <= terms.discount_bps <= 10_000:
        raise TermsError("discount", "share")
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise TermsError("ends_on", "before_start")
    if campaign.ends_on is not None and terms.starts_on > campaign.ends_on:
        raise TermsError("starts_on", "after_campaign", ends_on=campaign.ends_on)
    if problem := problem_with(campaign.landing_url, campaign.brand.domains):
        raise TermsError("landing_url", problem, url=campaign.landing_url)


def _new_contract(
    collaboration: Collaboration,
    terms: Terms,
    coupon: Coupon | None,
    link: TrackingLink | None,
    actor: User,
    now: datetime,
) -> Contract:
    newest = collaboration.contract
    # Row security may hide the creator by now: what was begun goes on after the sharing has ended.
    creator = Creator.objects.filter(pk=collaboration.creator_id).first()
    kind = means_of(
        fee=terms.fee_minor > 0,
        commission=terms.commission_bps > 0,
        coupon=coupon is not None,
        link=link is not None,
        shipment=collaboration.shipments.exists(),
    )
    return Contract.objects.create(
        organization_id=collaboration.organization_id,
        agency_organization_id=collaboration.agency_organization_id,
        collaboration=collaboration,
        version=newest.version + 1 if newest else 1,
        deliverables=[
            {**asdict(line), "due_on": line.due_on.isoformat() if line.due_on else None} for line in terms.deliverables
        ],
        disclosures=disclosures_for(
            collaboration.campaign.markets,
            kind,
            collaboration.platform,
            next(iter(creator.languages), None) if creator else None,
            collaboration.campaign.brand.name,
        ),
        fee_minor=terms.fee_minor,
        currency=terms.currency,
        commission_bps=terms.commission_bps,
        usage_rights=terms.usage_rights,
        exclusivity=terms.exclusivity,
        ad_code=terms.ad_code,
        ad_code_expires_on=terms.ad_code_expires_on,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        agreed_at=now,
        agreed_by=actor,
    )


def _plan_deliverables(collaboration: Collaboration, terms: Terms) -> None:
    """Add the deliverables that the terms name and that do not exist yet; none is ever taken away here."""
    wanted: dict[tuple[str, str], list[date | None]] = {}
    for line in terms.deliverables:
        wanted.setdefault((line.platform, line.kind), []).extend([line.due_on] * line.quantity)
    for (platform, kind), due in wanted.items():
        existing = collaboration.deliverables.filter(platform=platform, kind=kind).count()
        for due_on in due[existing:]:
            Deliverable.objects.create(
                organization_id=collaboration.organization_id,
                agency_organization_id=collaboration.agency_organization_id,
                collaboration=collaboration,
                platform=platform,
                kind=kind,
                media=media_of(platform, kind),
                due_on=due_on,
            )


def media_of(platform: str, kind: str) -> str:
    """Return the form a piece of content most likely has, which decides where a label must stand."""
    if kind == Deliverable.Kind.LIVE:
        return "live"
    if kind == Deliverable.Kind.STORY:
        return "story"
    return "video" if platform in _VIDEO_PLATFORMS else "image"


_VIDEO_PLATFORMS = {"youtube", "tiktok", "douyin", "bilibili", "kuaishou", "kwai", "likee", "twitch"}


def _new_link(collaboration: Collaboration) -> TrackingLink:
    link = TrackingLink.objects.create(
        organization_id=collaboration.organization_id,
        agency_organization_id=collaboration.agency_organization_id,
        collaboration=collaboration,
    )
    link.lead_to(
        collaboration.campaign.landing_url,
        utm_parameters(collaboration.platform, collaboration.campaign_name, collaboration.handle),
    )
    return link
