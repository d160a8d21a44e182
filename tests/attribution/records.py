"""A brand with collaborations, and short ways to give its shoppers touches, orders and refunds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attribution.models import Conversion, Person, Refund, Shop, Touch
from campaigns.models import Brand, Campaign, Collaboration
from kolhub.models import Creator, Organization
from kolhub.tenancy import act_for

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class BrandWorld:
    """One brand, one campaign (click window 30 days, view window 1 day), three collaborations, one shop."""

    organization: Organization
    brand: Brand
    campaign: Campaign
    shop: Shop
    collaborations: list[Collaboration]
    orders: int = 0

    def person(self) -> Person:
        return Person.objects.create(organization=self.organization)

    def touch(self, person: Person, which: int | None, *, days: float, kind: str = "click", refusal: str = "") -> Touch:
        """Let the person meet collaboration number `which` so many days before NOW; None is a direct visit."""
        return Touch.objects.create(
            organization=self.organization,
            brand=self.brand,
            person=person,
            hit_id=uuid4(),
            kind="direct" if which is None else kind,
            refusal=refusal,
            at=NOW - timedelta(days=days),
            collaboration=None if which is None else self.collaborations[which],
        )

    def order(self, person: Person | None, net: int, *, days: float = 0, **fields: object) -> Conversion:
        self.orders += 1
        return Conversion.objects.create(
            organization=self.organization,
            brand=self.brand,
            shop=self.shop,
            person=person,
            order_ref=f"#{self.orders}",
            at=NOW - timedelta(days=days),
            currency="USD",
            gross_minor=net,
            net_minor=net,
            **fields,
        )

    def refund(self, order: Conversion, amount: int) -> Refund:
        order.is_stale = True
        order.save()
        return Refund.objects.create(
            organization=self.organization,
            shop=self.shop,
            conversion=order,
            order_ref=order.order_ref,
            refund_ref=str(uuid4()),
            amount_minor=amount,
            currency="USD",
            at=NOW,
            hit_id=uuid4(),
        )


def make_brand_world(slug: str = "lumen") -> BrandWorld:
    """Store the world and act for its organization."""
    organization = Organization.objects.create(name=slug.title(), slug=slug, kind="brand")
    act_for(organization.pk)
    brand = Brand.objects.create(organization=organization, name="Lumen")
    campaign = Campaign.objects.create(
        organization=organization,
        brand=brand,
        name="Autumn",
        landing_url="https://lumen.example/",
        starts_on=NOW.date() - timedelta(days=90),
    )
    collaborations = []
    for name in ("Ada", "Bao", "Cem"):
        creator = Creator.objects.create(organization=organization, name=name)
        collaborations.append(
            Collaboration.objects.create(
                organization=organization,
                campaign=campaign,
                campaign_name=campaign.name,
                creator=creator,
                creator_organization=organization,
                creator_name=name,
                platform="instagram",
                handle=name.lower(),
                agreed_at=NOW,
            )
        )
    shop = Shop.objects.create(organization=organization, brand=brand, name="lumen.example")
    return BrandWorld(organization, brand, campaign, shop, collaborations)
