"""Small builders of the work's records for tests."""

from datetime import UTC, date, datetime
from typing import Any

from campaigns import collaborate
from campaigns.models import Brand, Brief, Campaign, Collaboration, Contract, Product, Shortlist, ShortlistEntry
from kolhub.models import Creator, Membership, Organization
from kolhub.tenancy import act_for
from tests.factories import make_creator, make_grant, make_membership, make_profile

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_brand(organization: Organization, **fields: Any) -> Brand:
    """A brand whose links may lead to shop.example only."""
    act_for(organization.pk)
    fields.setdefault("name", "Luma")
    fields.setdefault("domains", ["shop.example"])
    fields.setdefault("handles", ["luma"])
    return Brand.objects.create(organization=organization, **fields)


def make_campaign(organization: Organization, brand: Brand | None = None, **fields: Any) -> Campaign:
    """A campaign in the US and Germany, June to August 2026."""
    brand = brand or make_brand(organization)
    fields.setdefault("name", "Summer launch")
    fields.setdefault("markets", ["US", "DE"])
    fields.setdefault("landing_url", "https://www.shop.example/serum")
    fields.setdefault("starts_on", date(2026, 6, 1))
    fields.setdefault("ends_on", date(2026, 8, 31))
    return Campaign.objects.create(organization=organization, brand=brand, **fields)


def begin(campaign: Campaign, creator: Creator, member: Membership) -> Collaboration:
    """A collaboration of the campaign with the creator, who gets a profile where there is none."""
    if not creator.profiles.exists():
        make_profile(creator, handle=f"{creator.name.split()[0].lower()}_official")
    act_for(campaign.organization_id)
    started = collaborate.add_creators(campaign, [creator], member.user, NOW)
    return started.begun[0]


def terms(**fields: Any) -> collaborate.Terms:
    """A fee of 500.00 and 10 % commission for one review on Instagram."""
    values: dict[str, Any] = {
        "deliverables": (collaborate.DeliverableLine("instagram", "review", 1),),
        "currency": "USD",
        "starts_on": date(2026, 6, 1),
        "ends_on": date(2026, 8, 31),
        "fee_minor": 50_000,
        "commission_bps": 1000,
        "discount_bps": 1000,
    }
    return collaborate.Terms(**{**values, **fields})


def agree(collaboration: Collaboration, member: Membership, **fields: Any) -> Contract:
    """Confirmed terms."""
    return collaborate.confirm(collaboration, terms(**fields), member.user, NOW)


class Scene:
    """A brand's owner with a campaign and one creator of its own, and one that an agency shares with it."""

    def __init__(self) -> None:
        self.agency = make_membership(kind="agency")
        self.member = make_membership(kind="brand")
        self.brand_org = self.member.organization
        self.slug = self.brand_org.slug
        self.agency_org = self.agency.organization
        make_grant(self.agency_org, self.brand_org)
        self.shared = make_creator(self.agency_org, name="李佳琦")
        make_profile(self.shared, "douyin", handle="lijiaqi")
        self.own = make_creator(self.brand_org, name="Anna Schmidt")
        make_profile(self.own, handle="anna.schmidt")
        self.campaign = make_campaign(self.brand_org)
        self.product = Product.objects.create(
            organization=self.brand_org, brand=self.campaign.brand, name="Serum", sku="SER-1"
        )
        act_for(self.brand_org.pk)

    def as_brand(self) -> None:
        act_for(self.brand_org.pk)

    def as_agency(self) -> None:
        act_for(self.agency_org.pk)

    def collaboration(self, creator: Creator | None = None) -> Collaboration:
        return begin(self.campaign, creator or self.own, self.member)

    def shortlist(self, *picked: Creator) -> Shortlist:
        brief = Brief.objects.create(
            organization=self.brand_org,
            brand=self.campaign.brand,
            product=self.product,
            title="Find us reviewers",
            markets=["US"],
            budget_minor=1_000_000,
            starts_on=date(2026, 7, 1),
        )
        shortlist = Shortlist.objects.create(organization=self.brand_org, brief=brief, ranker="baseline")
        for rank, creator in enumerate(picked, 1):
            profile = creator.profiles.first()
            ShortlistEntry.objects.create(
                organization=self.brand_org,
                shortlist=shortlist,
                creator=creator,
                creator_organization_id=creator.organization_id,
                creator_name=creator.name,
                platform=profile.platform,
                handle=profile.handle,
                rank=rank,
                score=1.0,
                choice=ShortlistEntry.Choice.PICKED,
            )
        return shortlist
