"""Who may see and do what.

Roles are few and verbs are few; a view names its verb with `@allows("…")` and is refused by default when it names none.
Outsiders get 404, members without the verb 403.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser

from kolhub.models import PERMISSIONS, Membership, Organization, User

View = TypeVar("View", bound=Callable[..., Any])


def allows(verb: str, *, kind: str | None = None, writes: str | None = None) -> Callable[[View], View]:
    """Declare which verb a view needs, and which kind of organization it exists for.

    `kind` is "brand" or "agency"; members of the other kind get 404. `writes` is the verb needed for any method but
    GET and HEAD, where reading takes less.
    """
    for name in (verb, writes or verb):
        if name not in PERMISSIONS:
            raise KeyError(f"unknown verb {name!r}")

    def mark(view: View) -> View:
        view.verb, view.writes, view.kind = verb, writes or verb, kind  # type: ignore[attr-defined]
        return view

    return mark


def refusal(view: Any, membership: Membership, method: str = "GET") -> str | None:
    """Say why this membership may not call the view: "kind", "role", or None where it may."""
    verb = getattr(view, "verb", None)
    if verb is None:
        return "role"
    if view.kind is not None and view.kind != membership.organization.kind:
        return "kind"
    needed = verb if method in {"GET", "HEAD", "OPTIONS"} else view.writes
    return None if membership.may(needed) and membership.may(verb) else "role"


def membership_for(user: User | AnonymousUser, slug: str) -> Membership | None:
    """Return the user's active membership of the organization with this slug, or None."""
    if not isinstance(user, User):
        return None
    return (
        Membership.objects.filter(user=user, organization__slug=slug, ended_at=None)
        .select_related("organization", "user")
        .first()
    )


def organizations_of(user: User) -> list[Organization]:
    """Return the organizations the user is an active member of, by name."""
    return list(Organization.objects.filter(memberships__user=user, memberships__ended_at=None).order_by("name"))
