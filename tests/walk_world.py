"""One record of everything that an address can name, for a brand and for the agency it works with."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.utils import timezone

from attribution.models import Conversion, PendingHit, Pixel, Shop, SourceKey, seal
from campaigns.models import Finding, OutreachMessage, OutreachTemplate, PaymentHold, PostSnapshot, Review, Shipment
from kolhub import people
from kolhub.models import Contact, Membership, Organization, Role, Segment
from kolhub.tenancy import act_for
from tests.campaigns.work import NOW, Scene, agree
from tests.factories import (
    make_contact,
    make_creator,
    make_credential,
    make_grant,
    make_membership,
    make_organization,
    make_profile,
    make_rate,
    make_roster,
)


class Things:
    """An organization, one member per role, one member who is acted upon, and its records by name."""

    def __init__(self, organization: Organization, **records: Any) -> None:
        self.organization = organization
        act_for(organization.pk)
        self.members = [make_membership(organization, role) for role in Role.values]
        self.spare_member = make_membership(organization, "manager")
        self.owner: Membership = self.members[0]
        self.invitation, _secret = people.invite(self.owner, f"guest@{organization.slug}.example", "viewer")
        self.token, _secret = people.issue_token(self.owner, "warehouse", 30)
        self.roster = make_roster(organization)
        self.segment = Segment.objects.create(organization=organization, name="Big in Brazil")
        self.credential = make_credential(organization)
        self.price = make_rate(make_profile(self.credential.creator))
        self.template = OutreachTemplate.objects.create(
            organization=organization, name="Hello", language="en", subject="Hello", body="Hello {{ creator }}"
        )
        self.__dict__.update(records)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"tests/walk_world.py makes no {name!r}: add it to make_things()")


def make_things() -> dict[str, Things]:
    """Return both kinds of organization, joined by a grant and an agreed collaboration with all that hangs on it."""
    scene = Scene()
    scene.as_brand()
    collaboration = scene.collaboration(scene.shared)
    agree(collaboration, scene.member)
    own = scene.collaboration(scene.own)
    agree(own, scene.member)
    shortlist = scene.shortlist(scene.own)
    work = {
        "collaboration": collaboration,
        "campaign": scene.campaign,
        "brand": scene.campaign.brand,
        "product": scene.product,
        "brief": shortlist.brief,
        "shortlist": shortlist,
        "entry": shortlist.entries.get(),
        "link": collaboration.links.get(),
        "coupon": collaboration.coupons.get(),
        "deliverable": collaboration.deliverables.first(),
        **_made_by_the_brand(scene, collaboration),
        **_evidence(scene),
    }
    given = make_grant(scene.agency_org, make_organization("brand"))
    act_for(scene.agency_org.pk)
    agencys = Contact.objects.create(
        organization=scene.agency_org,
        creator=scene.shared,
        creator_organization=scene.agency_org,
        kind="email",
        value="li@agency.example",
    )
    profile = scene.shared.profiles.get()
    agency = Things(
        scene.agency_org, **{**work, "creator": scene.shared, "profile": profile, "grant": given, "contact": agencys}
    )
    # A creator of its own that nothing refers to, so that deleting it is not refused for that reason.
    lone = make_creator(scene.brand_org)
    brand = Things(
        scene.brand_org,
        **{**work, "creator": lone, "profile": scene.own.profiles.get(), "grant": given, "contact": make_contact(lone)},
    )
    return {"brand": brand, "agency": agency}


def _made_by_the_brand(scene: Scene, collaboration: Any) -> dict[str, Any]:
    both = {"organization": scene.brand_org, "agency_organization": collaboration.agency_organization}
    snapshot = PostSnapshot.objects.create(
        **both,
        deliverable=collaboration.deliverables.first(),
        captured_at=NOW,
        source="draft",
        surfaces={"caption": "Love it"},
        sha256=hashlib.sha256(b"Love it").hexdigest(),
    )
    review = Review.objects.create(
        **both,
        snapshot=snapshot,
        market="DE",
        pack_version="1",
        engine_version="1",
        verdict="missing",
        reason="no_label",
        reviewed_at=NOW,
    )
    Finding.objects.create(**both, review=review, code="LABEL_MISSING", rule="de-1", explanation="missing_our_code")
    message = OutreachMessage.objects.create(
        organization=scene.brand_org,
        collaboration=collaboration,
        recipient="li@agency.example",
        body="Hello",
        state=OutreachMessage.State.FAILED,
        written_by=scene.member.user,
    )
    return {
        "snapshot": snapshot,
        "review": review,
        "message": message,
        "shipment": Shipment.objects.create(**both, collaboration=collaboration, sku="SER-1", currency="USD"),
        "hold": PaymentHold.objects.create(
            organization=scene.brand_org, collaboration=collaboration, reason="no label", placed_by=scene.member.user
        ),
    }


def _evidence(scene: Scene) -> dict[str, Any]:
    organization, brand = scene.brand_org, scene.campaign.brand
    shop = Shop.objects.create(organization=organization, brand=brand, name="shop.example")
    order = Conversion.objects.create(
        organization=organization,
        brand=brand,
        shop=shop,
        order_ref="#1001",
        at=timezone.now() - timedelta(days=1),
        currency="USD",
        gross_minor=5000,
        net_minor=5000,
    )
    now = timezone.now()
    return {
        # Only the collector's login writes hits: this one is nobody's.
        "hit": SimpleNamespace(pk=uuid4()),
        "dead_letter": PendingHit.objects.create(
            hit_id=uuid4(), organization=organization, received_at=now, next_at=now, is_dead=True
        ),
        "shop": shop,
        "order": order,
        "pixel": Pixel.objects.create(organization=organization, shop=shop),
        "source": SourceKey.objects.create(organization=organization, shop=shop, kind="s2s", secret=seal("secret")),
    }
