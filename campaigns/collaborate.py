"""Verbs that span several nouns: begin collaborations from picks, confirm terms, hand a coupon over."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from campaigns.compliance.review import disclosures_for, means_of
from campaigns.destinations import coupon_candidates, problem_with, utm_parameters
from campaigns.models import (
    Campaign,
    Collaboration,
    Contract,
    Coupon,
    Deliverable,
    ShortlistEntry,
    Stage,
    TrackingLink,
    canonical_code,
)
from kolhub.models import AuditEvent, Creator, Profile, User

FIRST_DUE = timedelta(days=3)
_BEFORE_AGREEMENT = {Stage.TO_CONTACT, Stage.CONTACTED, Stage.NEGOTIATING, Stage.DROPPED}


class TermsError(ValueError):
    """Terms that cannot be confirmed: `field` is where, `code` why, `params` what the sentence needs."""

    def __init__(self, field: str, code: str, /, **params: object) -> None:
        self.field, self.code, self.params = field, code, params
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class DeliverableLine:
    """So many pieces of one kind on one platform."""

    platform: str
    kind: str
    quantity: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides agree to. Amounts in minor units, shares in hundredths of a percent."""

    deliverables: tuple[DeliverableLine, ...]
    currency: str
    starts_on: date
    ends_on: date | None = None
    fee_minor: int = 0
    commission_bps: int = 0
    usage_rights: str = ""
    exclusivity: str = ""
    ad_code: str = ""
    ad_code_expires_on: date | None = None
    # Of the first confirmation: what it makes; `coupon_code` is the brand's own wish for the code.
    with_link: bool = True
    with_coupon: bool = True
    discount_bps: int = 0
    coupon_code: str = ""


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
    """Give several collaborations the same owner or due date; return how many."""
    count = 0
    for collaboration in chosen:
        for name, value in changes.items():
            setattr(collaboration, name, value)
        collaboration.save(update_fields=list(changes))
        AuditEvent.record(collaboration.organization_id, actor, "collaboration.plan", collaboration, **changes)
        count += 1
    return count


# ---- terms ----


@transaction.atomic
def confirm(collaboration: Collaboration, terms: Terms, actor: User, now: datetime) -> Contract:
    """Write down agreed terms: a contract version, and with the first one link, coupon and planned deliverables.

    A later version keeps the link and the coupon that are already out in the world. Raises TermsError, with nothing
    written.
    """
    collaboration = Collaboration.objects.select_for_update().select_related("campaign__brand").get(pk=collaboration.pk)
    _check(collaboration.campaign, terms)
    coupon = collaboration.coupons.first() or (_new_coupon(collaboration, terms) if terms.with_coupon else None)
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
            next(iter(collaboration.creator.languages), None),
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


# ---- coupons ----


def _new_coupon(collaboration: Collaboration, terms: Terms) -> Coupon:
    """Make the creator's code, valid from the first day of the terms until the campaign's last day (UTC)."""
    starts = datetime.combine(terms.starts_on, time(), UTC)
    ends_on = collaboration.campaign.ends_on
    ends = datetime.combine(ends_on + timedelta(days=1), time(), UTC) if ends_on else None
    if terms.coupon_code:
        coupon = _try_code(collaboration, terms.coupon_code, terms.discount_bps, starts, ends)
        if coupon is None:
            raise TermsError("coupon_code", "code_taken", code=terms.coupon_code)
        return coupon
    for code in coupon_candidates(collaboration.creator_name, collaboration.handle, terms.discount_bps):
        coupon = _try_code(collaboration, code, terms.discount_bps, starts, ends)
        if coupon is not None:
            return coupon
    raise TermsError("coupon_code", "no_code_left")


def _try_code(
    collaboration: Collaboration, code: str, discount_bps: int, starts: datetime, ends: datetime | None
) -> Coupon | None:
    """Store the coupon, or return None where the code belongs to somebody else in that time."""
    brand = collaboration.campaign.brand
    key = canonical_code(code)
    overlapping = Coupon.objects.filter(Q(valid_until=None) | Q(valid_until__gt=starts), brand=brand, code_key=key)
    if ends is not None:
        overlapping = overlapping.filter(valid_from__lt=ends)
    if overlapping.exists():
        return None
    try:
        with transaction.atomic():  # somebody else may take the code between the look and the insert
            return Coupon.objects.create(
                organization_id=collaboration.organization_id,
                agency_organization_id=collaboration.agency_organization_id,
                brand=brand,
                collaboration=collaboration,
                code=code,
                code_key=key,
                discount_bps=discount_bps,
                valid_from=starts,
                valid_until=ends,
            )
    except IntegrityError:
        return None


@transaction.atomic
def end_coupon(coupon: Coupon, at: datetime, actor: User) -> None:
    """Let the code end at a moment. Raises TermsError where that is before its start or somebody has it by then."""
    try:
        with transaction.atomic():
            coupon.end(at)
    except ValueError as trouble:
        raise TermsError("at", str(trouble)) from None
    except IntegrityError:
        raise TermsError("at", "code_taken", code=coupon.code) from None
    AuditEvent.record(coupon.organization_id, actor, "coupon.end", coupon, code=coupon.code, at=at)


@transaction.atomic
def reassign_coupon(coupon: Coupon, to: Collaboration, at: datetime, actor: User) -> Coupon:
    """End the code at a moment and give it to another creator from that moment on.

    Orders before `at` stay with the first creator. Raises TermsError.
    """
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if to.pk == coupon.collaboration_id:
        raise TermsError("to", "same_creator")
    until = coupon.valid_until
    if until is not None and until <= at:
        raise TermsError("at", "already_ended")
    try:
        coupon.end(at)
    except ValueError as trouble:
        raise TermsError("at", str(trouble)) from None
    new = _try_code(to, coupon.code, coupon.discount_bps, at, until)
    if new is None:
        raise TermsError("to", "code_taken", code=coupon.code)
    AuditEvent.record(
        coupon.organization_id, actor, "coupon.reassign", coupon, code=coupon.code, to=to.creator_name, at=at
    )
    return new
