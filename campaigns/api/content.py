"""Content, its numbers and its verdicts over REST."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.owned import Kept, Owned
from campaigns.compliance import review as reviewing
from campaigns.compliance.cases import as_json, parse_case
from campaigns.compliance.judge import judge
from campaigns.compliance.post import PostError
from campaigns.compliance.wording import explain
from campaigns.forms.collaborations import PLATFORM_CHOICES
from campaigns.forms.content import MEDIA, METRICS
from campaigns.models import Collaboration, Deliverable, DeliverableMetric, Finding, PostSnapshot, Review
from kolhub.models import Provenance
from kolhub.platforms import platform_of_url
from kolhub.rest.views import InOrganization, Strict


class DeliverableSerializer(Owned, serializers.ModelSerializer[Deliverable]):
    """One piece of content."""

    related = {"collaboration": Collaboration}
    platform = serializers.ChoiceField(choices=PLATFORM_CHOICES)
    media = serializers.ChoiceField(choices=[key for key, _label in MEDIA], default="image")

    class Meta:
        model = Deliverable
        fields = ("id", "collaboration", "platform", "kind", "media", "url", "due_on", "published_at", "created_at")
        read_only_fields = ("created_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        url = attrs.get("url", getattr(self.instance, "url", ""))
        platform = attrs.get("platform", getattr(self.instance, "platform", ""))
        there = platform_of_url(url) if url else None
        if there is not None and there.key != platform:
            raise serializers.ValidationError({"url": [f"This is a link to {there.label}."]})
        if (published := attrs.get("published_at")) and published > timezone.now():
            raise serializers.ValidationError({"published_at": ["This moment is still to come."]})
        if self.instance is not None and attrs.get("collaboration", self.instance.collaboration) != (
            self.instance.collaboration
        ):
            raise serializers.ValidationError({"collaboration": ["Content stays with its collaboration."]})
        return attrs


class MetricSerializer(Owned, serializers.ModelSerializer[DeliverableMetric]):
    """What the content had reached at a moment."""

    views = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    likes = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    comments = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    shares = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    saves = serializers.IntegerField(min_value=0, max_value=10**15, required=False, allow_null=True)
    age_days = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = DeliverableMetric
        fields = ("id", "taken_at", *METRICS, "provenance", "source", "age_days")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if all(attrs.get(name) is None for name in METRICS):
            raise serializers.ValidationError("Give at least one number.")
        if attrs["taken_at"] > timezone.now():
            raise serializers.ValidationError({"taken_at": ["This moment is still to come."]})
        return attrs


class CaptureSerializer(Strict):
    """What a post or its draft shows; a surface that is left out was not captured."""

    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=[PostSnapshot.Source.DRAFT, PostSnapshot.Source.API]
    )
    surfaces = serializers.DictField(child=serializers.JSONField(), allow_empty=False)
    platform_label = serializers.BooleanField(allow_null=True, default=None)
    links = serializers.ListField(child=serializers.CharField(max_length=2000), default=list, max_length=200)

    SURFACES = ("title", "caption", "description", "overlay", "transcript", "frames", "author_comments", "bio")

    def validate_surfaces(self, surfaces: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(surfaces) - set(self.SURFACES)):
            raise serializers.ValidationError({name: ["Unknown surface."] for name in unknown})
        return surfaces


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """What one rule says; offsets are code points of the surface's raw text."""

    explanation = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields = (
            "code", "rule", "source", "surface", "start", "end", "quote", "severity", "certainty", "explanation", "fix",
        )  # fmt: skip

    def get_explanation(self, finding: Finding) -> str:
        return explain(finding.explanation, finding.params)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """The verdict of one market."""

    findings = FindingSerializer(many=True)

    class Meta:
        model = Review
        fields = (
            "id", "market", "verdict", "reason", "severity", "rules", "pack_version", "engine_version", "reviewed_at",
            "findings",
        )  # fmt: skip


class DeliverableViewSet(Kept):
    """Content of collaborations that the organization takes part in."""

    serializer_class = DeliverableSerializer
    queryset = Deliverable.objects.select_related("collaboration").order_by("id")
    filterset_fields = ("collaboration", "platform", "kind")

    def perform_create(self, serializer: Any) -> None:
        row = serializer.validated_data["collaboration"]
        self._save(serializer, organization_id=row.organization_id, agency_organization_id=row.agency_organization_id)

    def perform_update(self, serializer: Any) -> None:
        self._save(serializer)

    def _save(self, serializer: Any, **owners: Any) -> None:
        try:
            with transaction.atomic():
                serializer.save(**owners)
        except IntegrityError:
            raise serializers.ValidationError({"url": ["This link already belongs to another deliverable."]}) from None

    @extend_schema(methods=["GET"], responses=MetricSerializer(many=True))
    @extend_schema(methods=["POST"], request=MetricSerializer, responses={201: MetricSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filterset_fields=())
    def metrics(self, request: Request, **_kwargs: Any) -> Response:
        """List or add what the content reached. What an agency adds is a claim."""
        found: Deliverable = self.get_object()
        context = self.get_serializer_context()
        if request.method == "GET":
            return Response(MetricSerializer(found.metrics.all(), many=True, context=context).data)
        serializer = MetricSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        owners: dict[str, Any] = {
            "deliverable": found,
            "organization_id": found.organization_id,
            "agency_organization_id": found.agency_organization_id,
        }
        if found.organization_id != self.membership.organization_id:
            owners["provenance"] = Provenance.CLAIMED
        try:
            with transaction.atomic():
                serializer.save(**owners)
        except IntegrityError:
            problem = "There are already numbers of this moment from this source."
            raise serializers.ValidationError({"taken_at": [problem]}) from None
        return Response(serializer.data, status=201)

    @extend_schema(request=CaptureSerializer, responses={201: ReviewSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def capture(self, request: Request, **_kwargs: Any) -> Response:
        """Keep what the post or its draft shows, and judge it for the campaign's markets."""
        found: Deliverable = self.get_object()
        given = CaptureSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        seen = reviewing.Capture(
            source=given.validated_data["source"],
            surfaces=given.validated_data["surfaces"],
            platform_label=given.validated_data["platform_label"],
            links=tuple(given.validated_data["links"]),
        )
        try:
            reviews = reviewing.capture(found, seen, self.membership, timezone.now())
        except PostError as trouble:
            raise serializers.ValidationError({"surfaces": [str(trouble)]}) from None
        return Response(ReviewSerializer(reviews, many=True).data, status=201)


class JudgeRequest(Strict):
    """A post to judge: the case format of docs/compliance.md."""

    markets = serializers.ListField(child=serializers.CharField(max_length=10), allow_empty=False, max_length=64)
    lang = serializers.CharField(required=False, allow_null=True, max_length=20)
    post = serializers.DictField()
    connection = serializers.DictField(required=False, allow_null=True)


class JudgeAnswer(serializers.Serializer[Any]):
    """The judgement: the worst market counts."""

    verdict = serializers.CharField()
    reason = serializers.CharField()
    severity = serializers.CharField()
    connection = serializers.CharField()
    proof = serializers.CharField()
    language = serializers.CharField(allow_null=True)
    markets = serializers.DictField()
    rules = serializers.ListField(child=serializers.CharField())
    findings = serializers.ListField(child=serializers.DictField())


class JudgeView(InOrganization):
    """Judge a text against markets; nothing is stored."""

    writes = "see"

    @extend_schema(operation_id="compliance_judge", request=JudgeRequest, responses=JudgeAnswer)
    def post(self, request: Request, **_kwargs: Any) -> Response:
        given = JudgeRequest(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            case = parse_case(given.validated_data)
        except PostError as trouble:
            raise serializers.ValidationError({"post": [str(trouble)]}) from None
        found = as_json(judge(case.post, case.connection, case.markets, now=timezone.now()))
        for finding in found["findings"]:
            finding["sentence"] = explain(finding["explanation"], finding["params"])
        return Response(found)
