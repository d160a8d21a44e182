"""Small builders of records for tests. Each fills in what a test does not care about.

Rows of an organization are only visible while the transaction acts for it: `act_for(organization.pk)`, which every
builder that needs it does by itself (and leaves so).
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from kolhub.models import (
    Contact,
    Creator,
    Credential,
    Membership,
    Organization,
    Profile,
    ProfileSnapshot,
    RateCard,
    RosterImport,
    SharingGrant,
    User,
)
from kolhub.tenancy import act_for

_numbers = count(1)
PASSWORD = "correct-horse-battery"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def make_user(email: str = "", *, password: str | None = None, **fields: Any) -> User:
    """A user; without a password (use client.force_login), hashing takes time."""
    return User.objects.create_user(email or f"user{next(_numbers)}@example.com", password, **fields)


def make_organization(kind: str = "brand", *, name: str = "", **fields: Any) -> Organization:
    """An organization without members; the transaction acts for it from here on."""
    n = next(_numbers)
    fields.setdefault("slug", f"{kind}-{n}")
    organization = Organization.objects.create(kind=kind, name=name or f"{kind.capitalize()} {n}", **fields)
    act_for(organization.pk)
    return organization


def make_membership(
    organization: Organization | None = None, role: str = "owner", *, user: User | None = None, kind: str = "brand"
) -> Membership:
    """A member, with an organization and a user of its own where none is given."""
    return Membership.objects.create(
        organization=organization or make_organization(kind), user=user or make_user(), role=role
    )


def make_creator(organization: Organization, *, name: str = "", **fields: Any) -> Creator:
    """A creator without profiles."""
    act_for(organization.pk)
    name = name or f"Creator {next(_numbers)}"
    fields.setdefault("search_text", name.lower())
    return Creator.objects.create(organization=organization, name=name, **fields)


def make_profile(creator: Creator, platform: str = "instagram", *, handle: str = "", **fields: Any) -> Profile:
    """A profile of the creator with claimed metrics."""
    act_for(creator.organization_id)
    fields.setdefault("followers", 50_000)
    fields.setdefault("avg_views", 12_000)
    fields.setdefault("engagement_rate", 0.031)
    fields.setdefault("metrics_on", date(2026, 5, 1))
    fields.setdefault("metrics_source", "roster.csv")
    return Profile.objects.create(
        organization_id=creator.organization_id,
        creator=creator,
        platform=platform,
        handle=handle or f"handle{next(_numbers)}",
        **fields,
    )


def make_snapshot(profile: Profile, **fields: Any) -> ProfileSnapshot:
    """One day's metrics of a profile."""
    act_for(profile.organization_id)
    fields.setdefault("taken_on", date(2026, 5, 1))
    fields.setdefault("source", "roster.csv")
    fields.setdefault("provenance", "claimed")
    fields.setdefault("followers", profile.followers)
    return ProfileSnapshot.objects.create(organization_id=profile.organization_id, profile=profile, **fields)


def make_rate(profile: Profile, amount_minor: int = 120_000, currency: str = "USD", **fields: Any) -> RateCard:
    """A price of a profile."""
    act_for(profile.organization_id)
    fields.setdefault("format", "post")
    fields.setdefault("quoted_on", date(2026, 5, 1))
    return RateCard.objects.create(
        organization_id=profile.organization_id, profile=profile, amount_minor=amount_minor, currency=currency, **fields
    )


def make_contact(creator: Creator, **fields: Any) -> Contact:
    """An address of a creator, written down by its own organization."""
    act_for(creator.organization_id)
    fields.setdefault("kind", "email")
    fields.setdefault("value", f"creator{next(_numbers)}@example.com")
    return Contact.objects.create(
        organization_id=creator.organization_id,
        creator=creator,
        creator_organization_id=creator.organization_id,
        **fields,
    )


def make_credential(organization: Organization, creator: Creator | None = None, **fields: Any) -> Credential:
    """A business licence of a creator of the organization."""
    act_for(organization.pk)
    fields.setdefault("kind", "business_licence")
    fields.setdefault("number", f"L-{next(_numbers)}")
    owner = creator or make_creator(organization)
    return Credential.objects.create(organization=organization, creator=owner, **fields)


def make_grant(grantor: Organization, grantee: Organization, **fields: Any) -> SharingGrant:
    """A grant that began an hour ago."""
    act_for(grantor.pk)
    fields.setdefault("starts_at", timezone.now() - timedelta(hours=1))
    return SharingGrant.objects.create(grantor=grantor, grantee=grantee, **fields)


def make_roster(organization: Organization, **fields: Any) -> RosterImport:
    """An uploaded roster, without its file."""
    act_for(organization.pk)
    fields.setdefault("filename", "roster.csv")
    fields.setdefault("sha256", "0" * 64)
    fields.setdefault("size", 1)
    fields.setdefault("metrics_on", date(2026, 5, 1))
    return RosterImport.objects.create(organization=organization, **fields)
