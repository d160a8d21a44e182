"""Creators with one profile each, about which nothing is known that a test does not say."""

from itertools import count
from typing import Any

from kolhub.models import Creator, Organization, Profile
from kolhub.tenancy import act_for

_numbers = count(1)


def make_candidate(organization: Organization, *, profile: dict[str, Any] | None = None, **fields: Any) -> Creator:
    """A creator with a profile on Instagram with 50,000 followers, unless said otherwise."""
    act_for(organization.pk)
    number = next(_numbers)
    details = {"platform": "instagram", "handle": f"candidate{number}", "followers": 50_000, **(profile or {})}
    fields.setdefault("name", f"Candidate {number}")
    words = [fields["name"], details["handle"], *fields.get("categories", []), *fields.get("tags", [])]
    fields.setdefault("search_text", " ".join(words).lower())
    fields.setdefault("top_followers", details["followers"])
    creator = Creator.objects.create(organization=organization, **fields)
    Profile.objects.create(organization=organization, creator=creator, **details)
    return creator
