"""The evidence over REST: orders with their splits, and campaign reports."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attribution.attributors import ATTRIBUTORS
from attribution.forms import PeriodForm
from attribution.models import Conversion
from attribution.reports.campaign_report import CampaignReport, campaign_report
from attribution.reports.order import Order, read_order
from campaigns.models import Campaign
from kolhub.rest.errors import refused_by
from kolhub.rest.views import InOrganization, OrganizationViewSet


class ConversionSerializer(serializers.ModelSerializer[Conversion]):
    """An order. Amounts are minor units of its currency; net_revenue is after refunds."""

    shop = serializers.CharField(source="shop.name")
    refunded_minor = serializers.IntegerField(source="refunded")
    net_revenue_minor = serializers.IntegerField(source="revenue")

    class Meta:
        model = Conversion
        fields: tuple[str, ...] = (
            "id",
            "shop",
            "order_ref",
            "kind",
            "state",
            "at",
            "currency",
            "gross_minor",
            "discount_minor",
            "shipping_minor",
            "tax_minor",
            "net_minor",
            "refunded_minor",
            "net_revenue_minor",
            "coupon_codes",
            "is_stale",
        )


class JourneyStepSerializer(serializers.Serializer[Any]):
    """A touch of the shopper; `why_not` is empty where it counts."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    collaboration = serializers.IntegerField(allow_null=True)
    hit = serializers.UUIDField()
    why_not = serializers.CharField(allow_blank=True)


class CreditSerializer(serializers.Serializer[Any]):
    """A part of the order's net revenue."""

    attributor = serializers.CharField()
    kind = serializers.CharField()
    reason = serializers.CharField()
    collaboration = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField()
    amount_minor = serializers.IntegerField()


class OrderSerializer(ConversionSerializer):
    """An order with its journey and every model's split."""

    journey = JourneyStepSerializer(many=True)
    credits = CreditSerializer(many=True)

    class Meta(ConversionSerializer.Meta):
        fields = (*ConversionSerializer.Meta.fields, "journey", "credits")


class ReportLineSerializer(serializers.Serializer[Any]):
    """A creator's line of a report, or the totals; amounts are minor units, ratios plain numbers or null."""

    collaboration = serializers.IntegerField(allow_null=True)
    creator = serializers.CharField(allow_blank=True)
    platform = serializers.CharField(allow_blank=True)
    handle = serializers.CharField(allow_blank=True)
    deliverables = serializers.IntegerField()
    views = serializers.IntegerField(allow_null=True)
    engagements = serializers.IntegerField(allow_null=True)
    clicks = serializers.IntegerField()
    orders = serializers.FloatField()
    gmv_minor = serializers.IntegerField(source="gmv")
    refunded_minor = serializers.IntegerField(source="refunded")
    net_revenue_minor = serializers.IntegerField(source="revenue")
    fee_minor = serializers.IntegerField(source="cost.fee")
    commission_minor = serializers.IntegerField(source="cost.commission")
    samples_minor = serializers.IntegerField(source="cost.samples")
    freight_minor = serializers.IntegerField(source="cost.freight")
    full_cost_minor = serializers.IntegerField(source="cost.full")
    roas = serializers.FloatField(allow_null=True)
    cpm = serializers.FloatField(allow_null=True)
    cpv = serializers.FloatField(allow_null=True)
    cpe = serializers.FloatField(allow_null=True)
    cpc = serializers.FloatField(allow_null=True)
    cpa = serializers.FloatField(allow_null=True)
    aov = serializers.FloatField(allow_null=True)
    refund_rate = serializers.FloatField(allow_null=True)


class ShareSerializer(serializers.Serializer[Any]):
    """A part of the brand's net revenue that is not this campaign's."""

    kind = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    net_revenue_minor = serializers.IntegerField(source="revenue")


class PieceSerializer(serializers.Serializer[Any]):
    """A deliverable; views_d1, d7 and d30 are those counted on that day."""

    id = serializers.IntegerField()
    collaboration = serializers.IntegerField()
    creator = serializers.CharField()
    platform = serializers.CharField()
    kind = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)
    views_d1 = serializers.IntegerField(source="views.0", allow_null=True)
    views_d7 = serializers.IntegerField(source="views.1", allow_null=True)
    views_d30 = serializers.IntegerField(source="views.2", allow_null=True)


class AmountSerializer(serializers.Serializer[Any]):
    """An amount in a currency other than the campaign's."""

    currency = serializers.CharField(source="0")
    amount_minor = serializers.IntegerField(source="1")


class ReportSerializer(serializers.Serializer[Any]):
    """A campaign's report. lines + shares = brand_net_revenue_minor; balance_minor is 0 unless orders wait."""

    attributor = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    currency = serializers.CharField(source="campaign.currency")
    lines = ReportLineSerializer(many=True)
    total = ReportLineSerializer()
    pieces = PieceSerializer(many=True)
    shares = ShareSerializer(many=True)
    brand_net_revenue_minor = serializers.IntegerField(source="brand_revenue")
    balance_minor = serializers.IntegerField(source="balance")
    other_net_revenue = AmountSerializer(source="other_currencies", many=True)
    other_costs = AmountSerializer(many=True)
    waiting = serializers.IntegerField()
    as_of = serializers.DateTimeField(allow_null=True)


class OrderViewSet(mixins.ListModelMixin, OrganizationViewSet):
    """Orders, newest first, and one with its journey and splits."""

    verb = "money"
    kind = "brand"
    queryset = Conversion.objects.select_related("shop").order_by("-at", "-id")
    serializer_class = ConversionSerializer
    filterset_fields = {"order_ref": ["exact"], "state": ["exact"], "is_stale": ["exact"], "at": ["gte", "lt"]}

    def get_queryset(self) -> Any:
        return super().get_queryset().with_revenue()

    @extend_schema(responses=OrderSerializer)
    def retrieve(self, request: Request, organization: str, pk: int) -> Response:
        """Return one order with its journey and every model's split."""
        order = get_object_or_404(self.get_queryset(), pk=pk)
        return Response({**ConversionSerializer(order).data, **_explained(read_order(order))})


class ReportView(InOrganization):
    """A campaign's report under one attribution model."""

    verb = "money"
    kind = "brand"

    @extend_schema(
        responses=ReportSerializer,
        parameters=[
            OpenApiParameter("attributor", enum=[each.key for each in ATTRIBUTORS]),
            OpenApiParameter("since", OpenApiTypes.DATE),
            OpenApiParameter("until", OpenApiTypes.DATE),
        ],
    )
    def get(self, request: Request, organization: str, pk: int) -> Response:
        """Return lines, totals and where the rest of the brand's net revenue went."""
        campaigns = Campaign.objects.visible_to(self.membership).select_related("organization")
        campaign = get_object_or_404(campaigns, pk=pk)
        form = PeriodForm(request.query_params or None, campaign=campaign, today=timezone.localdate())
        if form.is_bound and not form.is_valid():
            raise refused_by(form)
        read: CampaignReport = campaign_report(campaign, *form.chosen())
        return Response(ReportSerializer(read).data)


def _explained(order: Order) -> dict[str, Any]:
    journey = [
        {
            "at": step.touch.at,
            "kind": step.touch.kind,
            "collaboration": step.touch.collaboration_id,
            "hit": step.touch.hit_id,
            "why_not": step.why,
        }
        for step in order.steps
    ]
    credits = [
        {
            "attributor": key,
            "kind": credit.kind,
            "reason": credit.reason,
            "collaboration": credit.collaboration_id,
            "share": credit.share,
            "amount_minor": credit.amount_minor,
        }
        for key, split in order.splits.items()
        for credit in split
    ]
    return {
        "journey": JourneyStepSerializer(journey, many=True).data,
        "credits": CreditSerializer(credits, many=True).data,
    }
