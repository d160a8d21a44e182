"""Touches, conversions and refunds: hits understood. All of it can be made again from the stored hits."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from attribution.models.sources import Shop
from campaigns.models import Brand, Collaboration, Coupon, TrackingLink
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


class Person(OwnedModel):
    """Somebody behind several keys: a visitor id, click ids, a hashed customer."""

    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="person_org_id"),
            RowSecurity(name="person_rls"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class IdentityKey(OwnedModel):
    """One key by which a person is known: `visitor:<id>`, `click:<uuid>`, `customer:<hash>` or `order:<shop>:<ref>`."""

    key = models.CharField(max_length=120)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="identity_once"),
            CompositeForeignKey(field="person", name="identity_person_org"),
            RowSecurity(name="identity_rls"),
        ]

    def __str__(self) -> str:
        return self.key


class Touch(OwnedModel):
    """A hit understood: this person met this creator's link, pixel or coupon. A visit without a creator is direct."""

    class Kind(models.TextChoices):
        CLICK = "click", _("Click")
        VIEW = "view", _("View")
        COUPON = "coupon", _("Coupon")
        DIRECT = "direct", _("Direct visit")

    class Refusal(models.TextChoices):
        """Why a touch earns nothing. Empty: it may."""

        NONE = "", _("counts")
        DOUBLE_CLICK = "double_click", _("double click")
        CAMPAIGN_ENDED = "campaign_ended", _("campaign ended")
        LINK_DISABLED = "link_disabled", _("link disabled")
        COUPON_EXPIRED = "coupon_expired", _("coupon not valid then")

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="touches")
    # No foreign key: old hits can be pruned.
    hit_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    refusal = models.CharField(max_length=20, choices=Refusal, blank=True, default="")
    at = models.DateTimeField()
    collaboration = models.ForeignKey(Collaboration, on_delete=models.PROTECT, null=True, related_name="+")
    link = models.ForeignKey(TrackingLink, on_delete=models.PROTECT, null=True, related_name="+")
    link_version = models.SmallIntegerField(null=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="+")

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "brand", "at"], name="touch_by_time"),
            models.Index(fields=["person", "at"], name="touch_by_person"),
            models.Index(fields=["collaboration", "at"], name="touch_by_collaboration"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="touch_org_id"),
            # An order with two coupons makes two touches from one hit.
            models.UniqueConstraint(
                fields=["organization", "hit_id", "kind", "coupon"], nulls_distinct=False, name="touch_once"
            ),
            CompositeForeignKey(field="brand", name="touch_brand_org"),
            CompositeForeignKey(field="person", name="touch_person_org"),
            CompositeForeignKey(field="collaboration", name="touch_collaboration_org"),
            CompositeForeignKey(field="link", name="touch_link_org"),
            CompositeForeignKey(field="coupon", name="touch_coupon_org"),
            RowSecurity(name="touch_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class ConversionQuerySet(OrganizationQuerySet):
    """Conversions and what is left of them after refunds."""

    def with_revenue(self) -> "ConversionQuerySet":
        """Annotate `refunded` and `revenue` (net revenue = net of the order − refunds; minor units)."""
        refunded = Coalesce(Sum("refunds__amount_minor"), 0, output_field=models.BigIntegerField())
        annotated: ConversionQuerySet = self.annotate(refunded=refunded).annotate(
            revenue=F("net_minor") - F("refunded")
        )
        return annotated


class Conversion(OwnedModel):
    """An order, lead or install. One per (organization, shop, order reference), whoever reports it, for ever.

    net_minor = Σ line price − discounts, without tax and shipping. A cancelled order keeps its row with net 0.
    """

    class Kind(models.TextChoices):
        ORDER = "order", _("Order")
        LEAD = "lead", _("Lead")
        INSTALL = "install", _("Install")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for payment")
        COUNTED = "counted", _("counted")
        CANCELLED = "cancelled", _("cancelled")
        TEST = "test", _("test order")

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="conversions")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="conversions")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ORDER)
    order_ref = models.CharField(_("order"), max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.COUNTED)
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField(default=0)
    coupon_codes = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_new_customer = models.BooleanField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Something it depends on changed after its credits were written: attribute it again.
    is_stale = models.BooleanField(default=True)

    objects = ConversionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["organization", "brand", "at"], name="conversion_by_time"),
            models.Index(fields=["person"], name="conversion_by_person"),
            models.Index(fields=["organization"], condition=Q(is_stale=True), name="conversion_stale"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="conversion_org_id"),
            models.UniqueConstraint(fields=["organization", "shop", "order_ref"], name="conversion_once"),
            models.CheckConstraint(condition=Q(net_minor__gte=0), name="conversion_net"),
            CompositeForeignKey(field="shop", name="conversion_shop_org"),
            CompositeForeignKey(field="brand", name="conversion_brand_org"),
            CompositeForeignKey(field="person", name="conversion_person_org"),
            RowSecurity(name="conversion_rls", sweeper="SELECT (organization_id, brand_id, is_stale)"),
        ]

    def __str__(self) -> str:
        return self.order_ref


class ConversionEvidence(OwnedModel):
    """A hit that told us of a conversion: the pixel, the webhook and the S2S call of one order are three of these."""

    conversion = models.ForeignKey(Conversion, on_delete=models.CASCADE, related_name="evidence")
    hit_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "hit_id", "conversion"], name="evidence_once"),
            CompositeForeignKey(field="conversion", name="evidence_conversion_org"),
            RowSecurity(name="evidence_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.conversion_id}"


class Refund(OwnedModel):
    """Money given back for an order: a row of its own, never a change of the order. It may come before its order."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    conversion = models.ForeignKey(Conversion, on_delete=models.CASCADE, null=True, related_name="refunds")
    order_ref = models.CharField(max_length=120)
    refund_ref = models.CharField(max_length=120)
    # Part of net revenue that is given back: without its tax and shipping.
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    hit_id = models.UUIDField()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["organization", "shop", "order_ref"], name="refund_by_order")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "shop", "refund_ref"], name="refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="refund_not_negative"),
            CompositeForeignKey(field="shop", name="refund_shop_org"),
            CompositeForeignKey(field="conversion", name="refund_conversion_org"),
            RowSecurity(name="refund_rls"),
        ]

    def __str__(self) -> str:
        return self.refund_ref
