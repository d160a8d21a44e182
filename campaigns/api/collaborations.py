"""Campaigns, collaborations, links and coupons over REST. Amounts are minor units, shares hundredths of a percent."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import collaborate, coupons
from campaigns.api.owned import Kept, Owned
from campaigns.destinations import problem_with
from campaigns.forms.campaigns import DESTINATION_PROBLEMS, PAY_MODELS
from campaigns.forms.collaborations import PLATFORM_CHOICES, TERMS_PROBLEMS
from campaigns.forms.fields import MARKETS
from campaigns.models import (
    Brand,
    Brief,
    Campaign,
    Collaboration,
    Contract,
    Coupon,
    Deliverable,
    Stage,
    TrackingLink,
)
from kolhub.models import AuditEvent, Creator
from kolhub.money import CURRENCIES
from kolhub.rest.views import OrganizationViewSet, Strict, membership_of

MOST = 10**15


def refuse_destination(url: str, brand: Brand, field: str) -> None:
    """Raise ValidationError where a link must not lead there."""
    if code := problem_with(url, brand.domains):
        raise serializers.ValidationError(
            {field: [str(DESTINATION_PROBLEMS[code]) % {"domains": ", ".join(brand.domains)}]}
        )


def refused_terms(trouble: collaborate.TermsError) -> serializers.ValidationError:
    """Return the answer to terms that cannot be."""
    return serializers.ValidationError({trouble.field: [str(TERMS_PROBLEMS[trouble.code]) % trouble.params]})


# ---- campaigns ----


class CampaignSerializer(Owned, serializers.ModelSerializer[Campaign]):
    """A campaign and its attribution policy."""

    related = {"brand": Brand, "brief": Brief}
    money = ("budget_minor",)
    markets = serializers.ListField(child=serializers.ChoiceField(choices=list(MARKETS)), min_length=1, max_length=40)
    currency = serializers.ChoiceField(choices=list(CURRENCIES), default="USD")
    budget_minor = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    click_window_days = serializers.IntegerField(min_value=1, max_value=365, default=30)
    view_window_days = serializers.IntegerField(min_value=0, max_value=90, default=1)
    pay_attributor = serializers.ChoiceField(choices=[key for key, _label in PAY_MODELS], required=False)

    class Meta:
        model = Campaign
        fields = (
            "id", "brand", "brief", "name", "state", "markets", "landing_url", "currency", "budget_minor", "starts_on",
            "ends_on", "click_window_days", "view_window_days", "coupon_first", "pay_attributor", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        def value(name: str) -> Any:
            return attrs.get(name, getattr(self.instance, name, None))

        if value("ends_on") and value("ends_on") < value("starts_on"):
            raise serializers.ValidationError({"ends_on": ["Must not be before starts_on."]})
        refuse_destination(value("landing_url"), value("brand"), "landing_url")
        if self.instance and value("brand") != self.instance.brand and self.instance.collaborations.exists():
            raise serializers.ValidationError({"brand": ["The campaign has collaborations: its brand stays."]})
        membership = membership_of(self)
        same = Campaign.objects.filter(organization_id=membership.organization_id if membership else 0)
        if same.filter(name=value("name")).exclude(pk=self.instance.pk if self.instance else None).exists():
            raise serializers.ValidationError({"name": ["There is already a campaign of this name."]})
        return attrs


class CampaignViewSet(Kept):
    """The brand's campaigns."""

    kind = "brand"
    serializer_class = CampaignSerializer
    queryset = Campaign.objects.select_related("brand").order_by("-id")
    filterset_fields = ("state", "brand")

    def perform_create(self, serializer: Any) -> None:
        campaign = serializer.save(organization=self.membership.organization)
        AuditEvent.record(
            campaign.organization_id, self.membership.user, "campaign.create", campaign, name=campaign.name
        )

    def perform_update(self, serializer: Any) -> None:
        campaign = serializer.save()
        collaborate.copy_campaign(campaign)
        AuditEvent.record(
            campaign.organization_id,
            self.membership.user,
            "campaign.change",
            campaign,
            fields=sorted(serializer.validated_data),
        )


# ---- collaborations ----


class CollaborationSerializer(Owned, serializers.ModelSerializer[Collaboration]):
    """One creator in one campaign. An agency sees neither plan nor owner."""

    related = {"campaign": Campaign, "creator": Creator}
    brand_only = ("owner", "due_on", "next_action", "follow_up_on")
    owner = serializers.EmailField(source="owner.email", read_only=True, default=None)

    class Meta:
        model = Collaboration
        fields = (
            "id", "campaign", "campaign_name", "brand_name", "markets", "creator", "creator_name", "platform", "handle",
            "stage", "owner", "due_on", "next_action", "follow_up_on", "agreed_at", "created_at",
        )  # fmt: skip
        read_only_fields = (
            "campaign_name", "brand_name", "markets", "creator_name", "platform", "handle", "stage", "agreed_at",
            "created_at",
        )  # fmt: skip
        # Who is there already is said by collaborate, in words.
        validators: list[Any] = []


class PlanSerializer(Owned, serializers.ModelSerializer[Collaboration]):
    """What is next."""

    class Meta:
        model = Collaboration
        fields = ("due_on", "next_action", "follow_up_on")


class MoveSerializer(Strict):
    """Another stage. From "agreed" on it needs confirmed terms."""

    stage = serializers.ChoiceField(choices=Stage.choices)


class LineSerializer(Strict):
    """So many pieces of one kind."""

    platform = serializers.ChoiceField(choices=PLATFORM_CHOICES)
    kind = serializers.ChoiceField(choices=Deliverable.Kind.choices)
    quantity = serializers.IntegerField(min_value=1, max_value=100)
    due_on = serializers.DateField(required=False, allow_null=True)


class TermsSerializer(Strict):
    """What both sides agree to."""

    deliverables = serializers.ListField(child=LineSerializer(), min_length=1, max_length=30)
    fee_minor = serializers.IntegerField(min_value=0, max_value=MOST, default=0)
    currency = serializers.ChoiceField(choices=list(CURRENCIES))
    commission_bps = serializers.IntegerField(min_value=0, max_value=10_000, default=0)
    usage_rights = serializers.CharField(max_length=4000, default="", allow_blank=True)
    exclusivity = serializers.CharField(max_length=4000, default="", allow_blank=True)
    ad_code = serializers.CharField(max_length=200, default="", allow_blank=True)
    ad_code_expires_on = serializers.DateField(default=None, allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(default=None, allow_null=True)
    with_link = serializers.BooleanField(default=True)
    with_coupon = serializers.BooleanField(default=True)
    discount_bps = serializers.IntegerField(min_value=0, max_value=10_000, default=0)
    coupon_code = serializers.RegexField(r"^\S*$", max_length=40, default="", allow_blank=True)

    def terms(self) -> collaborate.Terms:
        """Return the validated terms."""
        given = dict(self.validated_data)
        lines = tuple(collaborate.DeliverableLine(**line) for line in given.pop("deliverables"))
        return collaborate.Terms(deliverables=lines, **given)


class ContractSerializer(Owned, serializers.ModelSerializer[Contract]):
    """A version of the agreed terms, with the labels that each market required then."""

    money = ("fee_minor", "commission_bps")

    class Meta:
        model = Contract
        fields = (
            "version", "deliverables", "disclosures", "fee_minor", "currency", "commission_bps", "usage_rights",
            "exclusivity", "ad_code", "ad_code_expires_on", "starts_on", "ends_on", "agreed_at",
        )  # fmt: skip


class CollaborationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Collaborations that the organization takes part in; the brand begins, plans, moves and confirms them."""

    serializer_class = CollaborationSerializer
    queryset = Collaboration.objects.select_related("owner").order_by("id")
    filterset_fields = ("campaign", "stage", "platform")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        own = self.action in {"create", "partial_update", "move", "terms"}
        return rows.filter(organization=self.membership.organization) if own else rows

    @extend_schema(request=CollaborationSerializer, responses={201: CollaborationSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Take a creator into a campaign."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        started = collaborate.add_creators(given["campaign"], [given["creator"]], self.membership.user, timezone.now())
        if not started.begun:
            problem = "Already in this campaign." if started.already else "This creator has no profile."
            raise serializers.ValidationError({"creator": [problem]})
        return Response(self.get_serializer(started.begun[0]).data, status=201)

    @extend_schema(request=PlanSerializer, responses=CollaborationSerializer)
    def partial_update(self, request: Request, **_kwargs: Any) -> Response:
        """Change what is next."""
        found = self.get_object()
        plan = PlanSerializer(found, data=request.data, partial=True, context=self.get_serializer_context())
        plan.is_valid(raise_exception=True)
        plan.save()
        AuditEvent.record(
            found.organization_id, self.membership.user, "collaboration.plan", found, **plan.validated_data
        )
        return Response(self.get_serializer(found).data)

    @extend_schema(request=MoveSerializer, responses=CollaborationSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, **_kwargs: Any) -> Response:
        """Put it on another stage."""
        found = self.get_object()
        given = MoveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            found.move(given.validated_data["stage"], self.membership.user)
        except ValueError:
            raise serializers.ValidationError({"stage": ["First confirm the terms."]}) from None
        return Response(self.get_serializer(found).data)

    @extend_schema(request=TermsSerializer, responses={201: ContractSerializer})
    @action(detail=True, methods=["post"])
    def terms(self, request: Request, **_kwargs: Any) -> Response:
        """Confirm terms: a contract version; the first one makes link, coupon and planned content."""
        found = self.get_object()
        given = TermsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            contract = collaborate.confirm(found, given.terms(), self.membership.user, timezone.now())
        except collaborate.TermsError as trouble:
            raise refused_terms(trouble) from None
        return Response(ContractSerializer(contract, context=self.get_serializer_context()).data, status=201)

    @extend_schema(responses=ContractSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_fields=())
    def contracts(self, _request: Request, **_kwargs: Any) -> Response:
        """List the versions of the contract, newest first."""
        versions = self.get_object().contracts.order_by("-version")
        return Response(ContractSerializer(versions, many=True, context=self.get_serializer_context()).data)


# ---- links and coupons ----


class LinkSerializer(Owned, serializers.ModelSerializer[TrackingLink]):
    """A short link; a new destination makes a new version. An agency does not see the destination."""

    brand_only = ("destination", "version")
    short_url = serializers.CharField(read_only=True)
    disabled = serializers.BooleanField(required=False)
    destination = serializers.URLField(max_length=2000, required=False)
    version = serializers.SerializerMethodField()

    class Meta:
        model = TrackingLink
        fields = ("id", "collaboration", "slug", "short_url", "label", "disabled", "ends_at", "destination", "version")
        read_only_fields = ("collaboration", "slug")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_version(self, link: TrackingLink) -> int | None:
        return link.current.version if link.current else None

    def to_representation(self, instance: Any) -> Any:
        current = instance.current
        instance.destination = current.destination if current else None
        instance.disabled = instance.disabled_at is not None
        return super().to_representation(instance)

    def validate_destination(self, url: str) -> str:
        if self.instance is not None:
            refuse_destination(url, self.instance.collaboration.campaign.brand, "destination")
        return url

    def update(self, instance: TrackingLink, validated_data: dict[str, Any]) -> TrackingLink:
        destination, disabled = validated_data.pop("destination", None), validated_data.pop("disabled", None)
        if destination is not None:
            current = instance.current
            instance.lead_to(destination, current.parameters if current else {})
        if disabled is not None:
            instance.disable(timezone.now()) if disabled else instance.enable()
        return super().update(instance, validated_data)


class LinkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.UpdateModelMixin, OrganizationViewSet):
    """Tracking links."""

    writes = "tracking"
    http_method_names = ["get", "patch", "head", "options"]
    serializer_class = LinkSerializer
    queryset = TrackingLink.objects.order_by("id")
    filterset_fields = ("collaboration",)

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.filter(organization=self.membership.organization) if self.action == "partial_update" else rows

    def perform_update(self, serializer: Any) -> None:
        changes = dict(serializer.validated_data)
        link = serializer.save()
        AuditEvent.record(link.organization_id, self.membership.user, "link.change", link, **changes)


class CouponSerializer(Owned, serializers.ModelSerializer[Coupon]):
    """A code, and when it is valid (from, and before until)."""

    class Meta:
        model = Coupon
        fields = ("id", "collaboration", "code", "discount_bps", "valid_from", "valid_until", "created_at")


class CouponEndSerializer(Owned):
    """From which moment the code is over here; `to` is the collaboration that has it from then on."""

    related = {"to": Collaboration}
    at = serializers.DateTimeField()
    to = serializers.PrimaryKeyRelatedField(queryset=Collaboration.objects.none(), required=False, allow_null=True)


class CouponViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Coupons."""

    writes = "tracking"
    serializer_class = CouponSerializer
    # Without the brand: an agency cannot read it, and the join would hide the coupon too.
    queryset = Coupon.objects.order_by("id")
    filterset_fields = ("collaboration", "code")

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.filter(organization=self.membership.organization) if self.action == "end" else rows

    @extend_schema(request=CouponEndSerializer, responses=CouponSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **_kwargs: Any) -> Response:
        """End a code, or hand it over."""
        coupon: Coupon = self.get_object()
        given = CouponEndSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        at, to = given.validated_data["at"], given.validated_data.get("to")
        try:
            if to is None:
                coupons.end(coupon, at, self.membership.user)
            else:
                coupon = coupons.hand_over(coupon, to, at, self.membership.user)
        except collaborate.TermsError as trouble:
            raise refused_terms(trouble) from None
        return Response(self.get_serializer(coupon).data)
