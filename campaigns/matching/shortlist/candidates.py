"""Read candidates, their peers and their history out of the database."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, NullIf

from campaigns.matching.candidate import SIZES, Candidate, Past, Wanted
from campaigns.matching.peers import FRACTIONS, Curve, Peers
from campaigns.models import Brief, Outcome
from kolhub.models import Creator, DoNotContact, Membership, Profile, RateCard


def filtered(brief: Brief, membership: Membership, *, require_category: bool) -> tuple[Counter[str], list[int]]:
    """Return how many creators each reason leaves out, and the ids of the others: those of the brief's categories
    first, then by followers.

    What is not known leaves nobody out, except followers where the brief sets a range.
    """
    profiles = Profile.objects.visible_to(membership).filter(creator=OuterRef("pk"))
    on_platform = profiles.filter(platform__in=brief.platforms) if brief.platforms else profiles
    dnc = DoNotContact.objects.visible_to(membership).filter(creator=OuterRef("pk"))
    whens = [When(Exists(dnc), then=Value("do_not_contact"))]
    if (forbidden := _forbidden(brief.must_not)) is not None:
        whens.append(When(forbidden, then=Value("must_not")))
    whens.append(When(~Exists(profiles), then=Value("no_profile")))
    if brief.platforms:
        whens.append(When(~Exists(on_platform), then=Value("platform")))
    if (size := _size(brief)) is not None:
        unsized = Exists(on_platform.filter(followers=None)) & ~Exists(on_platform.filter(followers__isnull=False))
        whens.append(When(unsized, then=Value("followers_unknown")))
        whens.append(When(~Exists(on_platform.filter(size)), then=Value("followers")))
    if brief.markets:
        there = Q(country__in=brief.markets) | Q(Exists(profiles.filter(audience_country__in=brief.markets)))
        unknown = Q(country="") & ~Q(Exists(profiles.exclude(audience_country="")))
        whens.append(When(~(there | unknown), then=Value("market")))
    if require_category and brief.categories:
        whens.append(
            When(~Q(categories__overlap=brief.categories) & ~Q(categories=[]), then=Value("category")),
        )
    reason = Case(*whens, default=Value("kept"), output_field=models.CharField())
    fits = Q(categories__overlap=brief.categories) if brief.categories else Q(pk=None)
    rows = (
        Creator.objects.visible_to(membership)
        .annotate(reason=reason, fits=Case(When(fits, then=Value(0)), default=Value(1)))
        .order_by("fits", F("top_followers").desc(nulls_last=True), "pk")
        .values_list("pk", "reason")
    )
    out: Counter[str] = Counter()
    kept: list[int] = []
    for pk, why in rows.iterator(chunk_size=20_000):
        if why == "kept":
            kept.append(pk)
        else:
            out[why] += 1
    return out, kept


def _size(brief: Brief) -> Q | None:
    """Return the brief's range of followers, or None where it has none."""
    bounds = {"followers__gte": brief.min_followers, "followers__lte": brief.max_followers}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return Q(**given) if given else None


def _forbidden(must_not: str) -> Q | None:
    """Return the condition that one of the lines stands in a creator's words; whole words only, in alphabets."""
    found = Q()
    for line in filter(None, (line.strip() for line in must_not.splitlines())):
        # PostgreSQL's \m and \M: the start and the end of a word. Scripts without spaces have neither.
        pattern = re.sub(r"([^\w\s])", r"\\\1", line)
        pattern = (r"\m" if re.match(r"[a-z0-9_]", line, re.I) else "") + pattern
        pattern += r"\M" if re.search(r"[a-z0-9_]$", line, re.I) else ""
        found |= Q(search_text__iregex=pattern) | Q(bio__iregex=pattern) | Q(name__iregex=pattern)
    return found or None


def _any_of(ids: Sequence[int]) -> RawSQL:
    """Return the ids as one parameter: `__in` of a list would make tens of thousands."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def _measured(profiles: QuerySet[Any]) -> QuerySet[Any]:
    """Add engagement (0..1) and average views per follower, as the room understands them everywhere."""
    followers = Cast(NullIf(F("followers"), 0), models.FloatField())
    engaged = F("avg_likes") + Coalesce(F("avg_comments"), 0) + Coalesce(F("avg_shares"), 0)
    annotated: QuerySet[Any] = profiles.annotate(
        engagement=Coalesce(F("engagement_rate"), engaged / followers, output_field=models.FloatField()),
        views_ratio=F("avg_views") / followers,
    )
    return annotated


_COLUMNS: Final = (
    "creator_id", "organization_id", "creator__name", "platform", "handle", "creator__country", "creator__languages",
    "creator__categories", "creator__tags", "creator__bio", "followers", "avg_views", "engagement", "views_ratio",
    "audience_country", "metrics_on", "metrics_source", "provenance", "pk",
)  # fmt: skip


def candidates(creator_ids: Sequence[int], brief: Brief, membership: Membership) -> list[Candidate]:
    """Return each creator through the profile that fits the brief best: in its range, the most followed.

    Ordered by followers, the most followed first, then by creator.
    """
    profiles = Profile.objects.visible_to(membership).filter(creator_id__in=_any_of(creator_ids))
    if brief.platforms:
        profiles = profiles.filter(platform__in=brief.platforms)
    if (size := _size(brief)) is not None:
        profiles = profiles.filter(size)
    best = profiles.order_by("creator_id", F("followers").desc(nulls_last=True), "pk").distinct("creator_id")
    prices = _prices(creator_ids, brief.currency, membership)
    past = past_of_all(membership)
    # Row by row: lists of rows and of candidates at once cost the garbage collector a third of a draw.
    rows = _measured(best).values_list(*_COLUMNS).iterator(chunk_size=2_000)
    found = [_candidate(row, prices.get(row[-1], _NO_PRICE), past.get(row[0])) for row in rows]
    return sorted(found, key=lambda one: (-(one.followers or 0), one.creator_id))


_NO_PRICE: Final = (None, "", "", None)


def _candidate(row: tuple[Any, ...], price: tuple[Any, ...], past: Past | None) -> Candidate:
    """Put a row of _COLUMNS together with what other tables know; in the order of Candidate's fields."""
    known = (*row[:6], tuple(row[6]), tuple(row[7]), tuple(row[8]), *row[9:-1], *price, past)
    return Candidate(*known)


def _prices(creator_ids: Sequence[int], currency: str, membership: Membership) -> dict[int, tuple[Any, ...]]:
    """Return each profile's lowest price of the last quoted ones, in the brief's currency where there is one."""
    cards = (
        RateCard.objects.visible_to(membership)
        .filter(profile__creator_id__in=_any_of(creator_ids))
        .order_by("profile_id", "format", "-quoted_on", "-pk")
        .distinct("profile_id", "format")
        .values_list("profile_id", "amount_minor", "currency", "format", "quoted_on")
    )
    found: dict[int, tuple[Any, ...]] = {}
    for profile_id, *card in cards:
        other = found.get(profile_id)
        if other is None or (card[1] != currency, card[0]) < (other[1] != currency, other[0]):
            found[profile_id] = tuple(card)
    return found


def past_of_all(membership: Membership) -> dict[int, Past]:
    """Return what came of each creator's collaborations that cost something."""
    rows = (
        Outcome.objects.visible_to(membership)
        .filter(cost_minor__gt=0)
        .values_list("collaboration__creator_id", "credited_minor", "cost_minor")
    )
    returns: dict[int, list[float]] = defaultdict(list)
    for creator_id, credited, cost in rows:
        returns[creator_id].append(credited / cost)
    means = [sum(values) / len(values) for values in returns.values()]
    mean = sum(means) / len(means) if means else 0.0
    return {creator_id: Past(len(values), sum(values), mean) for creator_id, values in returns.items()}


class _Quantiles(models.Aggregate):
    """The values at FRACTIONS, as an array."""

    function = "percentile_cont"
    template = f"%(function)s(ARRAY[{','.join(map(str, FRACTIONS))}]::float8[]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(models.FloatField())


def peers(wanted: Wanted, membership: Membership) -> Peers:
    """Return the curves of everybody the membership can see on the platforms asked for."""
    profiles = Profile.objects.visible_to(membership).filter(followers__isnull=False)
    if wanted.platforms:
        profiles = profiles.filter(platform__in=wanted.platforms)
    sizes = Value(list(SIZES), output_field=ArrayField(models.BigIntegerField()))
    size = Func(
        F("followers"),
        Cast(sizes, ArrayField(models.BigIntegerField())),
        function="width_bucket",
        output_field=models.IntegerField(),
    )
    by_size = _measured(profiles).annotate(size=size).order_by().values("platform", "size")
    found: dict[str, dict[tuple[str, int], Curve]] = {"engagement": {}, "views_ratio": {}}
    for metric, curves in found.items():
        groups = by_size.filter(**{f"{metric}__isnull": False}).annotate(
            peers=models.Count("pk"), quantiles=_Quantiles(metric)
        )
        for group in groups:
            curves[group["platform"], group["size"]] = Curve(group["peers"], tuple(group["quantiles"]))
    reach = profiles.order_by().values("platform").annotate(peers=models.Count("pk"), quantiles=_Quantiles("followers"))
    followers = {group["platform"]: Curve(group["peers"], tuple(group["quantiles"])) for group in reach}
    return Peers(found["engagement"], found["views_ratio"], followers)
