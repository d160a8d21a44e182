"""Brands, products, briefs and shortlists over REST. Amounts are minor units of the currency beside them."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.owned import Kept, Owned
from campaigns.forms.briefs import LANGUAGES, host_of_line
from campaigns.forms.fields import MARKETS
from campaigns.matching import shortlist as room
from campaigns.matching.rankers import RANKERS, WeightedScore
from campaigns.models import Brand, Brief, Product, Shortlist, ShortlistEntry
from campaigns.tasks.matching import draw_shortlist
from campaigns.wording import shortlists as wording
from kolhub.nudge import nudge
from kolhub.platforms import PLATFORMS
from kolhub.rest.views import OrganizationViewSet, Strict, membership_of
from kolhub.roster.categories import CATEGORIES


class BrandSerializer(Owned, serializers.ModelSerializer[Brand]):
    """A brand. Tracking links may lead to `domains` and nowhere else."""

    domains = serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=50)
    handles = serializers.ListField(child=serializers.CharField(max_length=120), required=False, max_length=50)

    class Meta:
        model = Brand
        fields = ("id", "name", "website", "domains", "handles", "created_at")
        read_only_fields = ("created_at",)

    def validate_domains(self, lines: list[str]) -> list[str]:
        return [host_of_line(line) for line in lines]

    def validate_name(self, name: str) -> str:
        membership = membership_of(self)
        same = Brand.objects.filter(organization_id=membership.organization_id if membership else 0, name=name)
        if same.exclude(pk=self.instance.pk if self.instance else None).exists():
            raise serializers.ValidationError("There is already a brand of this name.")
        return name


class ProductSerializer(Owned, serializers.ModelSerializer[Product]):
    """A product of a brand."""

    related = {"brand": Brand}
    money = ("price_minor", "unit_cost_minor")
    category = serializers.ChoiceField(choices=CATEGORIES, required=False, allow_blank=True)
    price_minor = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    unit_cost_minor = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)

    class Meta:
        model = Product
        fields = ("id", "brand", "name", "sku", "category", "price_minor", "unit_cost_minor", "currency", "url")


def _codes(choices: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=list(choices)), required=False, max_length=60)


class BriefSerializer(Owned, serializers.ModelSerializer[Brief]):
    """What a brand looks for. An empty list: any."""

    related = {"brand": Brand, "product": Product}
    money = ("budget_minor",)
    markets = _codes(MARKETS)
    languages = _codes(LANGUAGES)
    categories = _codes(CATEGORIES)
    platforms = _codes(platform.key for platform in PLATFORMS)
    text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    must_not = serializers.CharField(
        max_length=4_000, required=False, allow_blank=True, help_text="One word or phrase per line."
    )
    min_followers = serializers.IntegerField(min_value=0, max_value=10**12, required=False, allow_null=True)
    max_followers = serializers.IntegerField(min_value=0, max_value=10**12, required=False, allow_null=True)
    budget_minor = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    target_roas = serializers.FloatField(min_value=0, required=False, allow_null=True)

    class Meta:
        model = Brief
        fields = (
            "id", "brand", "product", "title", "text", "goal", "markets", "languages", "categories", "platforms",
            "min_followers", "max_followers", "budget_minor", "currency", "target_roas", "starts_on", "ends_on",
            "must_not", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        def value(name: str) -> Any:
            return attrs.get(name, getattr(self.instance, name, None))

        if value("product") and value("product").brand_id != value("brand").pk:
            raise serializers.ValidationError({"product": ["This product belongs to another brand."]})
        for low, high in (("min_followers", "max_followers"), ("starts_on", "ends_on")):
            if value(low) is not None and value(high) is not None and value(high) < value(low):
                raise serializers.ValidationError({high: [f"Must not be less than {low}."]})
        return attrs


class DrawSerializer(Strict):
    """How a shortlist is to be drawn."""

    ranker = serializers.ChoiceField(choices=[ranker.key for ranker in RANKERS], default=WeightedScore.key)
    categories = serializers.ChoiceField(choices=["prefer", "require"], default="prefer")


class CountSerializer(serializers.Serializer[Any]):
    """How many creators a reason left out; considered is the sum of all the others."""

    code = serializers.CharField()
    count = serializers.IntegerField()


class ShortlistSerializer(serializers.ModelSerializer[Shortlist]):
    """A draw: poll it until `state` is done or failed."""

    funnel = CountSerializer(many=True, read_only=True)
    notes = serializers.SerializerMethodField()

    class Meta:
        model = Shortlist
        fields = ("id", "brief", "state", "options", "ranker", "ranker_version", "funnel", "notes", "drawn_at")
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_notes(self, shortlist: Shortlist) -> list[str]:
        return [wording.say_note(note) for note in shortlist.notes]


class ReasonSerializer(serializers.Serializer[Any]):
    """What raised (+) or lowered (−) the score, by how many points; 0: something is not known."""

    code = serializers.CharField()
    params = serializers.DictField()
    effect = serializers.FloatField()
    text = serializers.CharField()


class EntrySerializer(Owned, serializers.ModelSerializer[ShortlistEntry]):
    """A candidate."""

    money = ("price_minor", "price_currency")
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = ShortlistEntry
        fields = (
            "id", "shortlist", "rank", "baseline_rank", "score", "is_sure", "creator", "creator_name", "platform",
            "handle", "followers", "price_minor", "price_currency", "reasons", "choice", "choice_reason",
        )  # fmt: skip
        read_only_fields = tuple(name for name in fields if name not in {"choice", "choice_reason"})

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, entry: ShortlistEntry) -> list[dict[str, Any]]:
        membership = membership_of(self)
        money = membership is not None and membership.may("money")
        return [
            {**reason, "text": wording.say_reason(reason)}
            for reason in entry.reasons
            if money or reason["code"] not in wording.ABOUT_MONEY
        ]


class _BrandsOwn(Kept):
    """Rows of a brand."""

    kind = "brand"

    def perform_create(self, serializer: Any) -> None:
        serializer.save(organization=self.membership.organization)


class BrandViewSet(_BrandsOwn):
    """Brands."""

    serializer_class = BrandSerializer
    queryset = Brand.objects.order_by("pk")
    filterset_fields = ("name",)


class ProductViewSet(_BrandsOwn):
    """Products."""

    serializer_class = ProductSerializer
    queryset = Product.objects.order_by("pk")
    filterset_fields = ("brand", "sku")


class BriefViewSet(_BrandsOwn):
    """Briefs, and the drawing of their shortlists."""

    serializer_class = BriefSerializer
    queryset = Brief.objects.order_by("-pk")
    filterset_fields = ("brand", "goal")

    def perform_create(self, serializer: Any) -> None:
        serializer.save(organization=self.membership.organization, created_by=self.membership.user)

    @extend_schema(request=DrawSerializer, responses={202: ShortlistSerializer})
    @action(detail=True, methods=["post"])
    def draw(self, request: Request, **_parts: Any) -> Response:
        """Ask for a shortlist; a worker draws it. Answers 202 with the waiting shortlist."""
        brief = self.get_object()
        asked = DrawSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = room.request_draw(
            brief, asked.validated_data["ranker"], asked.validated_data["categories"], self.membership.user
        )
        nudge(draw_shortlist, self.membership.organization_id, wanted.pk)
        return Response(ShortlistSerializer(wanted).data, status=202)


class ShortlistViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Shortlists, newest first."""

    kind = "brand"
    serializer_class = ShortlistSerializer
    queryset = Shortlist.objects.order_by("-pk")
    filterset_fields = ("brief", "state")


class CandidateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Candidates of shortlists by rank (`?shortlist=`), and what was decided about them (PATCH)."""

    kind = "brand"
    serializer_class = EntrySerializer
    queryset = ShortlistEntry.objects.order_by("shortlist_id", "rank")
    filterset_fields = ("shortlist", "choice", "is_sure")
    http_method_names = ("get", "patch", "head", "options")

    @extend_schema(request=EntrySerializer, responses=EntrySerializer)
    def partial_update(self, request: Request, **_parts: Any) -> Response:
        """Pick, reject (with `choice_reason`) or reopen a candidate."""
        entry: ShortlistEntry = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        asked = EntrySerializer(entry, data=request.data, partial=True, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        choice = asked.validated_data.get("choice", entry.choice)
        room.choose(entry, choice, asked.validated_data.get("choice_reason", ""), self.membership.user)
        return Response(EntrySerializer(entry, context=self.get_serializer_context()).data)
