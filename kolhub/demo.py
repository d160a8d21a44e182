"""The people of the demo world: a brand, an agency that shares its creators with it, and who logs in."""

from dataclasses import dataclass

from django.db import transaction

from kolhub.models import ApiToken, Membership, Organization, Role, SharingGrant, User
from kolhub.tenancy import act_for

# Of a demo on the reader's own machine; `simulate` refuses to run where people already are.
PASSWORD = "kolhub demo 2026"  # noqa: S105

_PEOPLE = (
    (
        "brand",
        "lumen",
        "Lumen 光萃",
        (("manager", Role.OWNER, "Mei Lin"), ("compliance", Role.COMPLIANCE, "Jonas Weber")),
    ),
    ("agency", "starlight", "Starlight 星光 MCN", (("agency", Role.OWNER, "Rui Chen"),)),
)
LABELS = {
    "manager": "Brand manager      ",
    "agency": "MCN agency         ",
    "compliance": "Compliance reviewer",
}


@dataclass(frozen=True)
class People:
    """Who was made: e-mail addresses by their part, and one API token per organization."""

    emails: dict[str, str]
    brand_token: str
    agency_token: str
    brand: str = "lumen"
    agency: str = "starlight"

    def written(self) -> str:
        """Return the log-ins as lines for a terminal."""
        lines = [f"  {LABELS[part]}  {self.emails[part]}" for part in ("manager", "agency", "compliance")]
        return "\n".join(["Demo log-ins (password for all: " + PASSWORD + ")", *lines])


def is_empty() -> bool:
    """Say whether nobody uses this database yet."""
    return not Organization.objects.exists() and not User.objects.exists()


def make_people() -> People:
    """Store users, organizations, memberships, tokens and the grant from agency to brand."""
    emails: dict[str, str] = {}
    tokens: dict[str, str] = {}
    made: dict[str, Organization] = {}
    with transaction.atomic():
        for kind, slug, name, members in _PEOPLE:
            organization = Organization.objects.create(name=name, slug=slug, kind=kind, currency="USD")
            made[kind] = organization
            for part, role, person in members:
                emails[part] = f"{part}@{slug}.example"
                user = User.objects.create_user(emails[part], PASSWORD, name=person)
                membership = Membership.objects.create(organization=organization, user=user, role=role)
                if role == Role.OWNER:
                    tokens[kind] = ApiToken.issue(membership, "Simulator")[1]
        act_for(made["agency"].pk)
        SharingGrant.objects.create(grantor=made["agency"], grantee=made["brand"])
    return People(emails, brand_token=tokens["brand"], agency_token=tokens["agency"])
