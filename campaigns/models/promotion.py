"""What a creator promotes with: tracking links and coupons, in versions and with validity."""

import secrets
import unicodedata
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.briefs import Brand
from campaigns.models.collaborations import BRAND_OR_AGENCY, Collaboration, CollaborationQuerySet
from kolhub.models import Organization
from kolhub.models.rules import AppendOnly, CompositeForeignKey, OwnedModel, RowSecurity


def new_slug() -> str:
    """Return a slug of 66 random bits: too many to enumerate."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_"
    return "".join(secrets.choice(alphabet) for _i in range(12)).replace("--", "-a")


def canonical_code(code: str) -> str:
    """Return the form in which coupon codes are compared: NFKC, no white space at the ends, case-folded."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


class TrackingLink(OwnedModel):
    """A short link of one collaboration. A disabled one still redirects, without credit."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="links")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    slug = models.CharField(_("short name"), max_length=40, unique=True, default=new_slug)
    label = models.CharField(_("label"), max_length=80, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="link_org_id"),
            CompositeForeignKey(field="collaboration", name="link_collaboration_org"),
            CompositeForeignKey(
                field="collaboration",
                organization="agency_organization",
                target="agency_organization",
                name="link_collaboration_agency",
            ),
            RowSecurity(name="link_rls", read=BRAND_OR_AGENCY, hits="SELECT"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def short_url(self) -> str:
        """The address the creator posts; it is answered by the hit collector."""
        return f"{settings.COLLECTOR_URL}/go/{self.slug}"

    @property
    def current(self) -> "TrackingLinkVersion | None":
        """Where the link leads now. None for the agency, which cannot read versions."""
        return self.versions.order_by("-version").first()

    def lead_to(self, destination: str, parameters: dict[str, str]) -> "TrackingLinkVersion":
        """Append a version, unless the newest one already leads there."""
        newest = self.current
        if newest is not None and (newest.destination, newest.parameters) == (destination, parameters):
            return newest
        return self.versions.create(
            organization_id=self.organization_id,
            version=newest.version + 1 if newest else 1,
            destination=destination,
            parameters=parameters,
        )

    def disable(self, now: datetime) -> None:
        """Stop crediting clicks; shoppers are still led to the shop."""
        self.disabled_at = self.disabled_at or now
        self.save(update_fields=["disabled_at"])

    def enable(self) -> None:
        """Credit clicks again."""
        self.disabled_at = None
        self.save(update_fields=["disabled_at"])


class TrackingLinkVersion(OwnedModel):
    """Where a link leads from a moment on. A click stores the version it met."""

    link = models.ForeignKey(TrackingLink, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField()
    destination = models.URLField(_("destination"), max_length=2000)
    # Parameters added to the destination unless the brand's own URL already has them.
    parameters = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["link", "version"], name="link_version"),
            CompositeForeignKey(field="link", name="linkversion_link_org"),
            RowSecurity(name="linkversion_rls", hits="SELECT"),
            AppendOnly(name="linkversion_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.link_id} v{self.version}"


class Coupon(OwnedModel):
    """A code of one collaboration, valid in an interval. At one moment a code belongs to one creator."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="coupons")
    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="coupons")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(_("code"), max_length=80)
    code_key = models.CharField(max_length=80, editable=False)
    discount_bps = models.PositiveIntegerField(_("discount"), default=0)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "code_key"], name="coupon_code")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="coupon_org_id"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="coupon_interval"
            ),
            ExclusionConstraint(
                name="coupon_code_of_one_creator",
                expressions=[
                    (F("brand"), RangeOperators.EQUAL),
                    (F("code_key"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            CompositeForeignKey(field="brand", name="coupon_brand_org"),
            CompositeForeignKey(field="collaboration", name="coupon_collaboration_org"),
            CompositeForeignKey(
                field="collaboration",
                organization="agency_organization",
                target="agency_organization",
                name="coupon_collaboration_agency",
            ),
            RowSecurity(name="coupon_rls", read=BRAND_OR_AGENCY),
        ]

    def __str__(self) -> str:
        return self.code

    def end(self, at: datetime) -> None:
        """Let the code end at a moment after its start. Raises ValueError("before_start")."""
        if at <= self.valid_from:
            raise ValueError("before_start")
        self.valid_until = at
        self.save(update_fields=["valid_until"])
