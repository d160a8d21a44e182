"""Creators and segments over REST. Amounts are minor units of the currency beside them; rates are shares of one."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import exceptions, mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kolhub import creators as catalog_work
from kolhub.catalog import PARAMETERS, SORTS, CreatorFilter
from kolhub.forms.creators import WRONG, ProfileForm
from kolhub.forms.fields import platform_choices
from kolhub.models import Contact, Creator, Profile, RateCard, Segment
from kolhub.rest.errors import refused_by
from kolhub.rest.views import OrganizationViewSet, Strict, membership_of
from kolhub.roster import CATEGORIES
from kolhub.views.creators import with_details

_PAGING = {"page", "page_size", "segment"}
_COUNTS = ("followers", "avg_views", "avg_likes", "avg_comments", "avg_shares")
_MEANINGS = {
    "q": "Words that must all stand in name, handles, categories, tags or biography; or a profile’s link.",
    "platform": "A profile on this platform.",
    "country": "ISO 3166-1 alpha-2, or “unknown”.",
    "audience": "The audience’s main country, or “unknown”.",
    "category": "One of the categories.",
    "followers_min": "At least so many followers: 10000, 10k, 1.2万.",
    "followers_max": "At most so many followers.",
    "engagement_min": "At least this engagement rate, in percent.",
    "has_price": "1: with a price.",
    "has_email": "1: with an e-mail address that the caller may see.",
    "tag": "With exactly this tag.",
    "kind": "Human, virtual or in-house.",
    "shared_by": "“own”, or the short name of the organization that shares.",
    "sort": f"One of {', '.join(SORTS)}.",
}
_FILTERS = [OpenApiParameter(name, str, description=_MEANINGS[name]) for name in PARAMETERS]
_FILTERS.append(OpenApiParameter("segment", int, description="A saved filter; other parameters go before its own."))


class PriceSerializer(serializers.ModelSerializer[RateCard]):
    """What a profile charges for one format, as told on a date."""

    class Meta:
        model = RateCard
        fields = ("format", "amount_minor", "currency", "quoted_on", "source")
        read_only_fields = fields


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """A creator on one platform, with its newest metrics and where they come from."""

    # A profile known by a name only has no address.
    url = serializers.CharField(read_only=True)
    prices = PriceSerializer(many=True, read_only=True, source="rate_cards")

    class Meta:
        model = Profile
        fields = (
            "id", "platform", "handle", "display_name", "url", *_COUNTS, "engagement_rate", "audience_country",
            "metrics_on", "metrics_source", "provenance", "prices",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Any) -> Any:
        shown = super().to_representation(instance)
        membership = membership_of(self)
        if membership is None or not membership.may("money"):
            shown["prices"] = []
        return shown


class CreatorContactSerializer(serializers.ModelSerializer[Contact]):
    """A way to reach the creator, as far as the caller may know it."""

    class Meta:
        model = Contact
        fields = ("id", "kind", "value", "person", "language")
        read_only_fields = fields


class CreatorSerializer(serializers.ModelSerializer[Creator]):
    """A creator that the organization brought, or that is shared with it (`is_own` false: read only)."""

    brought_by = serializers.SlugField(source="organization.slug", read_only=True)
    is_own = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    profiles = ProfileSerializer(many=True, read_only=True)
    contacts = CreatorContactSerializer(many=True, read_only=True)

    class Meta:
        model = Creator
        fields = (
            "id", "name", "kind", "country", "languages", "categories", "tags", "bio", "notes", "external_ref",
            "brought_by", "is_own", "top_followers", "profiles", "contacts", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField())
    def get_is_own(self, creator: Creator) -> bool:
        membership = membership_of(self)
        return membership is not None and creator.organization_id == membership.organization_id

    @extend_schema_field(serializers.CharField())
    def get_notes(self, creator: Creator) -> str:
        return creator.notes if self.get_is_own(creator) else ""


def _count() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)


class ProfileWriteSerializer(Strict):
    """A profile with the metrics of one day; its handle may be a link."""

    platform = serializers.ChoiceField(choices=platform_choices())
    handle = serializers.CharField(max_length=500)
    display_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    followers = _count()
    avg_views = _count()
    avg_likes = _count()
    avg_comments = _count()
    avg_shares = _count()
    engagement_rate = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    audience_country = serializers.RegexField(r"^[A-Z]{2}$", required=False, allow_blank=True)
    metrics_on = serializers.DateField(required=False)
    source = serializers.CharField(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Judge handle, country and day like the page's form, and return fields of Profile."""
        told = {name: attrs[name] for name in (*_COUNTS, "engagement_rate") if attrs.get(name) is not None}
        if told and "metrics_on" not in attrs:
            raise serializers.ValidationError({"metrics_on": ["Say of which day the metrics are."]})
        words = {name: attrs.get(name, "") for name in ("platform", "handle", "display_name", "audience_country")}
        form = ProfileForm({**words, "source": attrs.get("source", ""), "taken_on": attrs.get("metrics_on")})
        if not form.is_valid():
            raise refused_by(form)
        given = set(words) & set(attrs) | {"handle", "url", "source", "taken_on"}
        return {name: form.cleaned_data[name] for name in given} | told


def _words(longest: int, most: int) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=longest), required=False, max_length=most)


class CreatorWriteSerializer(Strict):
    """A creator to add, or what to change of an own one."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Creator.Kind.choices, required=False)
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False, allow_blank=True)
    languages = _words(10, 20)
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORIES), required=False, max_length=20)
    tags = _words(40, catalog_work.MOST_TAGS)
    bio = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    notes = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    external_ref = serializers.CharField(max_length=80, required=False, allow_blank=True)


class CreatorAddSerializer(CreatorWriteSerializer):
    """A creator to add, with its profiles."""

    profiles = ProfileWriteSerializer(many=True, required=False, max_length=30)  # type: ignore[call-arg]


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """A saved filter of the catalog; `filters` are parameters of the creators' list."""

    filters = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Segment
        fields = ("id", "name", "filters", "created_at")
        read_only_fields = fields


class CreatorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """The creators that the organization may see: its own, and those shared with it."""

    writes = "catalog"
    serializer_class = CreatorSerializer
    queryset = Creator.objects.all()
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the visible creators with all that is shown of them."""
        found: QuerySet[Creator] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        if self.action == "list":
            found = self._asked().creators(self.membership)
        contacts = Contact.objects.visible_to(self.membership)
        return with_details(found, self.membership).prefetch_related(Prefetch("contacts", contacts))

    def _asked(self) -> CreatorFilter:
        """Return the filter that the query string asks for; 400 for what cannot be read, and for unknown names."""
        given = self.request.query_params.dict()
        if unknown := sorted(set(given) - set(PARAMETERS) - _PAGING):
            raise exceptions.ValidationError({name: ["Unknown parameter."] for name in unknown})
        saved: dict[str, Any] = {}
        if segment := given.get("segment"):
            segments = Segment.objects.visible_to(self.membership)
            found = segments.filter(pk=segment).first() if segment.isdecimal() and len(segment) < 19 else None
            if found is None:
                raise exceptions.ValidationError({"segment": ["There is no such segment."]})
            saved = found.filters
        asked, wrong = CreatorFilter.read({**saved, **given})
        if wrong:
            raise exceptions.ValidationError({name: [str(WRONG[code])] for name, code in wrong.items()})
        return asked

    def _own(self) -> Creator:
        creators = Creator.objects.visible_to(self.membership).owned_by(self.membership)
        found: Creator = get_object_or_404(creators, pk=self.kwargs["pk"])
        return found

    def _shown(self, creator: Creator, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=creator.pk)).data, status=status)

    @extend_schema(parameters=_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Search and filter like the page does; an unknown parameter is refused."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=CreatorAddSerializer, responses={201: CreatorSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Add an own creator with its profiles, all of it or nothing."""
        given = CreatorAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        person = dict(given.validated_data)
        profiles = person.pop("profiles", [])
        return self._shown(_tried(lambda: catalog_work.add(self.membership, person, profiles)), 201)

    @extend_schema(request=CreatorWriteSerializer, responses=CreatorSerializer)
    def partial_update(self, request: Request, **_kwargs: Any) -> Response:
        """Change an own creator."""
        creator = self._own()
        given = CreatorWriteSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        _tried(lambda: catalog_work.change(self.membership, creator, given.validated_data))
        return self._shown(creator)

    @extend_schema(request=ProfileWriteSerializer, responses=CreatorSerializer)
    @action(detail=True, methods=["post"])
    def profiles(self, request: Request, **_kwargs: Any) -> Response:
        """Add a profile to an own creator, or new metrics to the one it has on this platform under this handle."""
        creator = self._own()
        given = ProfileWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        known = creator.profiles.filter(platform=values["platform"], handle=values["handle"]).first()
        profile = known or Profile(organization_id=creator.organization_id, creator=creator)
        _tried(lambda: catalog_work.put_profile(self.membership, profile, values))
        return self._shown(creator)


def _tried(work: Any) -> Any:
    try:
        return work()
    except catalog_work.Refused as reason:
        raise exceptions.ValidationError({"non_field_errors": [str(reason)]}) from None


class SegmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """The organization's saved filters."""

    serializer_class = SegmentSerializer
    queryset = Segment.objects.all()
