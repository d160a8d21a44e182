"""The people of the demo world: a brand, an agency that shares its creators with it, and who logs in."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from kolhub import people
from kolhub.models import Membership, Organization, Role, User

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
    """Found the organizations as their owners would, invite the others, share the creators, and issue two tokens."""
    emails: dict[str, str] = {}
    tokens: dict[str, str] = {}
    owners: dict[str, Membership] = {}
    with transaction.atomic():
        for kind, slug, name, members in _PEOPLE:
            for part, role, person in members:
                emails[part] = f"{part}@{slug}.example"
                user = User.objects.create_user(emails[part], PASSWORD, name=person)
                EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
                if role == Role.OWNER:
                    owners[kind] = people.found(user, name=name, slug=slug, kind=kind)
                    tokens[kind] = people.issue_token(owners[kind], "Simulator", None)[1]
                else:
                    invitation, _secret = people.invite(owners[kind], user.email, role)
                    people.accept(invitation, user)
        people.share(owners["agency"], "lumen", starts_at=timezone.now(), ends_at=None, includes_contacts=True)
    return People(emails, brand_token=tokens["brand"], agency_token=tokens["agency"])
