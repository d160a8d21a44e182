"""The catalog's filter: what the list, segments, exports and the API ask for, defined once.

    asked, wrong = CreatorFilter.read(request.GET)      # wrong: {parameter: code of a sentence in WRONG}
    creators = asked.creators(membership)               # a queryset that starts at visible_to(membership)

Search is `LIKE '%word%'` on search_text below the organizations' own index: docs/rosters.md says why, and how fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from django.db.models import CharField, Exists, F, Func, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from kolhub.models import Contact, Creator, Membership, Organization, Profile, RateCard
from kolhub.platforms import PLATFORMS, platform_of_url
from kolhub.roster import CATEGORIES
from kolhub.roster.categories import read_categories
from kolhub.roster.numbers import read_number

UNKNOWN: Final = "unknown"
OWN: Final = "own"
SORTS: Final = ("followers", "engagement", "name", "newest")
MOST_WORDS: Final = 8
MOST: Final = 10**15

# What can be wrong with a parameter; the sentences are in kolhub/forms/creators.py.
WRONG: Final = ("unknown_choice", "not_a_number", "not_a_share", "out_of_order", "too_long")

_CHOICES: Final[dict[str, frozenset[str]]] = {
    "platform": frozenset(platform.key for platform in PLATFORMS),
    "category": frozenset(CATEGORIES),
    "kind": frozenset(Creator.Kind.values),
    "sort": frozenset(SORTS),
}
_TICKED: Final = {"1", "on", "true", "yes"}


@dataclass(frozen=True, slots=True)
class CreatorFilter:
    """What a person looks for. '' and None and False: not asked.

    country, audience  ISO 3166-1 alpha-2, or "unknown"
    engagement_min     share of one; the parameter is in percent
    shared_by          "own", or the slug of the organization that shares
    platform, audience, followers and engagement speak of one and the same profile
    """

    q: str = ""
    platform: str = ""
    country: str = ""
    audience: str = ""
    category: str = ""
    followers_min: int | None = None
    followers_max: int | None = None
    engagement_min: float | None = None
    has_price: bool = False
    has_email: bool = False
    tag: str = ""
    kind: str = ""
    shared_by: str = ""
    sort: str = "followers"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> tuple["CreatorFilter", dict[str, str]]:
        """Read parameters as strings; what is wrong is left out and told as {parameter: code}."""
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name in PARAMETERS:
            text = " ".join(str(given.get(name) or "").replace("\x00", "").split())
            if not text:
                continue
            try:
                values[name] = _read_one(name, text)
            except _Wrong as why:
                wrong[name] = str(why)
        low, high = values.get("followers_min"), values.get("followers_max")
        if low is not None and high is not None and high < low:
            wrong["followers_max"] = "out_of_order"
            del values["followers_max"]
        return cls(**values), wrong

    def params(self) -> dict[str, str]:
        """Return the filter as the parameters that `read` understands, without those that ask nothing."""
        given: dict[str, str] = {}
        for name in PARAMETERS:
            value = getattr(self, name)
            if value in ("", None, False) or (name, value) == ("sort", SORTS[0]):
                continue
            if name == "engagement_min":
                given[name] = f"{Decimal(str(value)) * 100:f}".rstrip("0").rstrip(".")
            else:
                given[name] = "1" if value is True else str(value)
        return given

    @property
    def asked(self) -> dict[str, str]:
        """Return the parameters without the order: what a segment is about."""
        return {name: value for name, value in self.params().items() if name != "sort"}

    def creators(self, membership: Membership) -> QuerySet[Creator]:
        """Return the creators that fit, in order, of those the membership may see."""
        found = Creator.objects.visible_to(membership)
        # The same rows once more, as constants: the planner can walk the organizations' indexes.
        found = found.filter(organization_id__in=[one.pk for one in visible_organizations(membership)])
        found = found.filter(self._words(), self._of_creator(membership))
        profiles = Profile.objects.visible_to(membership).filter(creator=OuterRef("pk"))
        if (of_profile := self._of_profile()) is not None:
            found = found.filter(Exists(profiles.filter(of_profile)))
        if self.has_price:
            found = found.filter(
                Exists(RateCard.objects.visible_to(membership).filter(profile__creator=OuterRef("pk")))
            )
        if self.has_email:
            contacts = Contact.objects.visible_to(membership).filter(creator=OuterRef("pk"), kind=Contact.Kind.EMAIL)
            found = found.filter(Exists(contacts))
        return self._sorted(found, profiles)

    def _words(self) -> Q:
        """Return the condition that every word stands in the creator's text, or names its category."""
        asked = Q()
        for word in self.q.split()[:MOST_WORDS]:
            platform = platform_of_url(word)
            text = (platform.compact(word) if platform else word.lstrip("@")).casefold()
            one = Q(search_text__contains=text)
            keys, _unknown = read_categories(word)
            for key in keys:
                one |= Q(categories__contains=[key])
            asked &= one
        return asked

    def _of_creator(self, membership: Membership) -> Q:
        asked = Q()
        if self.country:
            asked &= Q(country="" if self.country == UNKNOWN else self.country)
        if self.category:
            asked &= Q(categories__contains=[self.category])
        if self.tag:
            asked &= Q(tags__contains=[self.tag])
        if self.kind:
            asked &= Q(kind=self.kind)
        if self.shared_by == OWN:
            asked &= Q(organization_id=membership.organization_id)
        elif self.shared_by:
            asked &= Q(organization__slug=self.shared_by)
        return asked

    def _of_profile(self) -> Q | None:
        bounds = {
            "platform": self.platform or None,
            "followers__gte": self.followers_min,
            "followers__lte": self.followers_max,
            "engagement_rate__gte": self.engagement_min,
        }
        given: dict[str, Any] = {name: value for name, value in bounds.items() if value is not None}
        if self.audience:
            given["audience_country"] = "" if self.audience == UNKNOWN else self.audience
        return Q(**given) if given else None

    def _sorted(self, found: QuerySet[Creator], profiles: QuerySet[Any]) -> QuerySet[Creator]:
        if self.sort == "name":
            return found.order_by("name", "pk")
        if self.sort == "followers" and not self.platform:
            return found.order_by(F("top_followers").desc(nulls_last=True), "pk")
        column = {"newest": "metrics_on", "engagement": "engagement_rate"}.get(self.sort, "followers")
        of_interest = profiles.filter(platform=self.platform) if self.platform else profiles
        best = of_interest.order_by().values("creator").annotate(best=Max(column)).values("best")
        return found.annotate(sorted_by=Subquery(best)).order_by(F("sorted_by").desc(nulls_last=True), "pk")


PARAMETERS: Final = tuple(field.name for field in fields(CreatorFilter))


class _Wrong(Exception):
    """A parameter cannot be read; the message is one of WRONG."""


def _read_one(name: str, text: str) -> Any:
    if name in _CHOICES:
        if text not in _CHOICES[name]:
            raise _Wrong("unknown_choice")
        return text
    if name in {"has_price", "has_email"}:
        return text.lower() in _TICKED
    if name in {"followers_min", "followers_max"}:
        return _whole(text)
    if name == "engagement_min":
        return _share(text)
    if name in {"country", "audience"}:
        if text.lower() == UNKNOWN:
            return UNKNOWN
        if len(text) != 2 or not (text.isascii() and text.isalpha()):
            raise _Wrong("unknown_choice")
        return text.upper()
    if len(text) > (200 if name == "q" else 60):
        raise _Wrong("too_long")
    return text


def _whole(text: str) -> int:
    """Read a count as people type it: 10000, 10k, 1.2万."""
    value = read_number(text, ".").value
    if value is None or value < 0 or value > MOST or value != int(value):
        raise _Wrong("not_a_number")
    return int(value)


def _share(text: str) -> float:
    value = read_number(text.rstrip("%％ "), ".").value
    if value is None or not 0 <= value <= 100:
        raise _Wrong("not_a_share")
    return float(value / 100)


def visible_organizations(membership: Membership) -> list[Organization]:
    """Return the member's own organization, then those whose grant to it runs now, by name."""
    now = timezone.now()
    sharing = (
        Organization.objects.filter(
            Q(grants_given__ends_at=None) | Q(grants_given__ends_at__gt=now),
            grants_given__grantee=membership.organization_id,
            grants_given__starts_at__lte=now,
        )
        .distinct()
        .order_by("name")
    )
    return [membership.organization, *sharing]


def facets(membership: Membership) -> dict[str, list[Any]]:
    """Return what there is to choose from: countries, audience countries, tags, organizations."""
    organizations = visible_organizations(membership)
    ids = [one.pk for one in organizations]
    creators = Creator.objects.visible_to(membership).filter(organization_id__in=ids).order_by()
    profiles = Profile.objects.visible_to(membership).filter(organization_id__in=ids).order_by()
    return {
        "countries": list(creators.exclude(country="").values_list("country", flat=True).distinct()),
        "audiences": list(profiles.exclude(audience_country="").values_list("audience_country", flat=True).distinct()),
        "tags": tags_of(creators),
        "organizations": organizations,
    }


def tags_of(creators: QuerySet[Creator]) -> list[str]:
    """Return the tags in use, by name; at most 500."""
    each = Func(F("tags"), function="unnest", output_field=CharField())
    tagged = creators.exclude(tags=[]).annotate(one=each).values_list("one", flat=True)
    return sorted(tagged.distinct()[:500])
