"""Tracking over REST: the counts of every request, shops, pixels and source keys."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from attribution import sources
from attribution.forms import DaysForm, ShopForm, SourceKeyForm
from attribution.forms.sources import read_networks
from attribution.models import ConsentPolicy, HitKind, PendingHit, Pixel, Shop, SourceKey
from attribution.reports.tracking import count_rows, read_account
from campaigns.models import Brand
from kolhub.models import Membership
from kolhub.rest.errors import refused_by
from kolhub.rest.views import InOrganization, OrganizationViewSet, Strict

MOST_ROWS = 20_000


class HitCountSerializer(serializers.Serializer[Any]):
    """How many requests met an outcome, per UTC day, door and public key."""

    day = serializers.DateField()
    door = serializers.ChoiceField(choices=HitKind.choices, source="kind")
    key = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField()
    count = serializers.IntegerField()


class HitTotalsSerializer(serializers.Serializer[Any]):
    """received = accepted + Σ refused."""

    received = serializers.IntegerField()
    accepted = serializers.IntegerField()
    refused = serializers.DictField(child=serializers.IntegerField())


class HitCountsSerializer(serializers.Serializer[Any]):
    """The counts of a period with their totals."""

    since = serializers.DateField()
    until = serializers.DateField()
    counts = HitCountSerializer(many=True)
    totals = HitTotalsSerializer()
    pending = serializers.IntegerField(help_text="Hits that wait to be settled, of any day.")


class CountsView(InOrganization):
    """What was received, and what became of each request."""

    verb = "see"
    writes = "tracking"
    kind = "brand"

    @extend_schema(
        responses=HitCountsSerializer,
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATE, description="First UTC day; left out: six days before."),
            OpenApiParameter("until", OpenApiTypes.DATE, description="Last UTC day; left out: today."),
            OpenApiParameter("door", enum=HitKind.values),
            OpenApiParameter("key", OpenApiTypes.STR, description="A pixel's, source's or link's public key."),
        ],
    )
    def get(self, request: Request, organization: str) -> Response:
        """Return the counts by day, door, key and outcome, and totals that they add up to."""
        form = DaysForm(request.query_params or None, today=timezone.now().date())
        if form.is_bound and not form.is_valid():
            raise refused_by(form)
        since, until = form.chosen()
        door, key = request.query_params.get("door", ""), request.query_params.get("key", "")
        if (door and door not in HitKind.values) or "\x00" in key:
            raise exceptions.ValidationError({"door" if door else "key": ["Unknown."]})
        rows = count_rows(self.membership, since, until, door, key)
        counts = list(rows.order_by("day", "kind", "key", "outcome")[: MOST_ROWS + 1])
        if len(counts) > MOST_ROWS:
            raise exceptions.ValidationError({"since": [f"More than {MOST_ROWS} rows: ask for fewer days or a door."]})
        account = read_account(rows, "kind")
        totals = {
            "received": account.total.received,
            "accepted": account.total.accepted,
            "refused": dict(zip(account.columns, account.total.cells, strict=True)),
        }
        pending = PendingHit.objects.visible_to(self.membership).filter(is_dead=False).count()
        answer = {"since": since, "until": until, "counts": counts, "totals": totals, "pending": pending}
        return Response(HitCountsSerializer(answer).data)


# ---- shops ----


class ShopSerializer(serializers.ModelSerializer[Shop]):
    """A shop."""

    class Meta:
        model = Shop
        fields = ("id", "brand", "name", "domain", "currency", "timezone", "created_at")


class NewShop(Strict):
    """A shop to connect, or what to change of one."""

    brand = serializers.IntegerField()
    name = serializers.CharField(max_length=120)
    domain = serializers.CharField(max_length=253, required=False, allow_blank=True)
    currency = serializers.CharField(max_length=3, required=False)
    timezone = serializers.CharField(max_length=40, required=False)


class ShopViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Shops: list, get, connect, change."""

    verb = "see"
    writes = "tracking"
    kind = "brand"
    queryset = Shop.objects.order_by("pk")
    serializer_class = ShopSerializer

    @extend_schema(request=NewShop, responses={201: ShopSerializer})
    def create(self, request: Request, organization: str) -> Response:
        """Connect a shop of one of the organization's brands."""
        given = _given(NewShop, request)
        own = self.membership.organization
        form = self._form({"currency": own.currency, "timezone": own.timezone, "domain": "", **given})
        names = ("brand", "name", "domain", "currency", "timezone")
        shop = sources.connect_shop(self.membership, **{name: form.cleaned_data[name] for name in names})
        return Response(ShopSerializer(shop).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewShop, responses=ShopSerializer)
    def partial_update(self, request: Request, organization: str, pk: int) -> Response:
        """Change what is given; the brand only while the shop has no orders."""
        shop = self.get_object()
        given = _given(NewShop, request, partial=True)
        if given.get("brand", shop.brand_id) != shop.brand_id and shop.conversions.exists():
            raise exceptions.ValidationError({"brand": ["The shop has orders: its brand stays."]})
        form = self._form({**ShopSerializer(shop).data, **given}, shop)
        sources.change(self.membership, shop, form.changed_data)
        return Response(ShopSerializer(shop).data)

    def _form(self, data: dict[str, Any], shop: Shop | None = None) -> ShopForm:
        """Check by the same rules as the page does."""
        if not Brand.objects.visible_to(self.membership).filter(pk=data["brand"]).exists():
            raise exceptions.ValidationError({"brand": ["There is no such brand."]})
        form = ShopForm(data, instance=shop, membership=self.membership)
        if not form.is_valid():
            raise refused_by(form)
        return form


# ---- pixels ----


class PixelSerializer(serializers.ModelSerializer[Pixel]):
    """A pixel. Its key is public."""

    class Meta:
        model = Pixel
        fields = ("id", "shop", "key", "consent_policy", "own_networks", "archived_at", "created_at")


class NewPixel(Strict):
    """A pixel to make, or what to change of one."""

    shop = serializers.IntegerField()
    consent_policy = serializers.ChoiceField(choices=ConsentPolicy.choices, default=ConsentPolicy.EU_STRICT)
    own_networks = serializers.ListField(child=serializers.CharField(max_length=50), required=False, max_length=50)

    def validate_own_networks(self, lines: list[str]) -> list[str]:
        try:
            return read_networks(lines)
        except DjangoValidationError as trouble:
            raise serializers.ValidationError(trouble.messages) from None


class PixelChange(NewPixel):
    """What may be changed of a pixel."""

    shop = None  # type: ignore[assignment]
    consent_policy = serializers.ChoiceField(choices=ConsentPolicy.choices, required=False)


class _Archivable(OrganizationViewSet):
    """What can be archived and restored."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, organization: str, pk: int) -> Response:
        """Let what arrives under the key no longer count."""
        row = self.get_object()
        sources.archive(self.membership, row, timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, organization: str, pk: int) -> Response:
        """Let the key count again."""
        row = self.get_object()
        sources.restore(self.membership, row)
        return Response(self.get_serializer(row).data)


class PixelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, _Archivable):
    """Pixels: list, get, make, change, archive."""

    verb = "see"
    writes = "tracking"
    kind = "brand"
    queryset = Pixel.objects.order_by("pk")
    serializer_class = PixelSerializer

    @extend_schema(request=NewPixel, responses={201: PixelSerializer})
    def create(self, request: Request, organization: str) -> Response:
        """Make a pixel."""
        given = _given(NewPixel, request)
        shop = _shop(self.membership, given["shop"])
        pixel = sources.add_pixel(self.membership, shop, given["consent_policy"], given.get("own_networks", []))
        return Response(PixelSerializer(pixel).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PixelChange, responses=PixelSerializer)
    def partial_update(self, request: Request, organization: str, pk: int) -> Response:
        """Change what is given."""
        pixel = self.get_object()
        given = _given(PixelChange, request, partial=True)
        for name, value in given.items():
            setattr(pixel, name, value)
        sources.change(self.membership, pixel, given)
        return Response(PixelSerializer(pixel).data)


# ---- source keys ----


class SourceKeySerializer(serializers.ModelSerializer[SourceKey]):
    """A source key, without its secret. While a rotation lasts, the secret before is valid too."""

    is_rotating = serializers.SerializerMethodField()

    class Meta:
        model = SourceKey
        fields = ("id", "shop", "kind", "key", "shop_domain", "is_rotating", "archived_at", "created_at")

    def get_is_rotating(self, key: SourceKey) -> bool:
        return bool(key.previous_secret)


class MadeSourceKey(SourceKeySerializer):
    """A source key in the one answer that tells its secret; empty where the secret is yours."""

    secret = serializers.SerializerMethodField()

    class Meta(SourceKeySerializer.Meta):
        fields = (*SourceKeySerializer.Meta.fields, "secret")  # type: ignore[assignment]

    def get_secret(self, key: SourceKey) -> str:
        secret: str = self.context["secret"]
        return secret if key.kind == SourceKey.Kind.S2S else ""


class NewSourceKey(Strict):
    """A source key to make. `secret` is Shopify's signing secret; for s2s one is made and returned once."""

    shop = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=SourceKey.Kind.choices)
    secret = serializers.CharField(max_length=200, required=False, write_only=True)
    shop_domain = serializers.CharField(max_length=253, required=False, allow_blank=True)


class NewSecret(Strict):
    """The new secret of a Shopify key; nothing for s2s."""

    secret = serializers.CharField(max_length=200, required=False, write_only=True)


class SourceKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, _Archivable):
    """Source keys: list, get, make, rotate, archive."""

    verb = "see"
    writes = "tracking"
    kind = "brand"
    queryset = SourceKey.objects.order_by("pk")
    serializer_class = SourceKeySerializer

    @extend_schema(request=NewSourceKey, responses={201: MadeSourceKey})
    def create(self, request: Request, organization: str) -> Response:
        """Make a key. This answer is the only one that tells its secret."""
        given = _given(NewSourceKey, request)
        shop = _shop(self.membership, given["shop"])
        checked = _checked(given["kind"], given)
        key, secret = sources.add_source_key(self.membership, shop, given["kind"], **checked)
        return Response(MadeSourceKey(key, context={"secret": secret}).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewSecret, responses=MadeSourceKey)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, organization: str, pk: int) -> Response:
        """Give the key a new secret; the one before stays valid until `end-rotation`."""
        key = self.get_object()
        checked = _checked(key.kind, _given(NewSecret, request))
        secret = sources.rotate(self.membership, key, checked.get("secret", ""))
        return Response(MadeSourceKey(key, context={"secret": secret}).data)

    @extend_schema(request=None, responses=SourceKeySerializer)
    @action(detail=True, methods=["post"], url_path="end-rotation")
    def end_rotation(self, request: Request, organization: str, pk: int) -> Response:
        """Let only the newest secret sign."""
        key = self.get_object()
        sources.forget_previous(self.membership, key)
        return Response(SourceKeySerializer(key).data)


def _given(serializer: type[Strict], request: Request, partial: bool = False) -> dict[str, Any]:
    """Read a request's body; an empty one is no fields."""
    read = serializer(data=request.data or {}, partial=partial)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _shop(membership: Membership, pk: int) -> Shop:
    shop: Shop = get_object_or_404(Shop.objects.visible_to(membership), pk=pk)
    return shop


def _checked(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """Check secret and domain by the same rules as the page does."""
    form = SourceKeyForm({name: given.get(name, "") for name in ("secret", "shop_domain")}, kind=kind)
    if kind != SourceKey.Kind.SHOPIFY and (told := {"secret", "shop_domain"} & {n for n in given if given[n]}):
        raise exceptions.ValidationError({name: ["Only for kind shopify."] for name in sorted(told)})
    if not form.is_valid():
        raise refused_by(form)
    return dict(form.cleaned_data)
