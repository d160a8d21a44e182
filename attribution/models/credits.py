"""Credits: who gets how much of each conversion, under which attributor, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attribution.models.journeys import Conversion
from campaigns.models import Brand, Collaboration
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


class AttributionRun(OwnedModel):
    """One attributor over one brand's conversions: its settings, the data it saw, and the code that ran.

    The newest finished run per brand and attributor is the current one; rule attributors bring theirs up to date in
    place, conversion by conversion, fitted ones (Markov, Shapley) are run anew.
    """

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="runs")
    attributor = models.CharField(max_length=30)
    settings = models.JSONField(default=dict)
    # SHA-256 over the journeys and values it was fitted on, so that it can be run again to the same bytes.
    data_hash = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=40, blank=True)
    # What a fitted attributor learned, for its explanation page: {collaboration id: removal effect …}.
    learned = models.JSONField(default=dict)
    is_current = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="run_org_id"),
            models.UniqueConstraint(fields=["brand", "attributor"], condition=Q(is_current=True), name="run_current"),
            CompositeForeignKey(field="brand", name="run_brand_org"),
            RowSecurity(
                name="run_rls",
                sweeper="SELECT (organization_id, brand_id, attributor, code_version, is_current, started_at,"
                " finished_at)",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attributor} {self.started_at:%Y-%m-%d %H:%M}"


class PolicyChange(OwnedModel):
    """Says that the brand's runs followed a policy that a campaign has changed since.

    Written by a trigger on campaigns, which so waits for no attribution; taken away by the attribution that follows it.
    """

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            CompositeForeignKey(field="brand", name="policychange_brand_org"),
            RowSecurity(name="policychange_rls", sweeper="SELECT (organization_id, brand_id)"),
        ]

    def __str__(self) -> str:
        return f"policy of {self.brand_id}"


class Credit(OwnedModel):
    """A share of one conversion's net revenue. Over all kinds the amounts of a conversion sum to its net revenue."""

    class Kind(models.TextChoices):
        COLLABORATION = "collaboration", _("Collaboration")
        ORGANIC = "organic", _("Organic")
        UNATTRIBUTED = "unattributed", _("Unattributed")

    class Reason(models.TextChoices):
        """The rule that fired."""

        MODEL = "model", _("split by the attribution model")
        COUPON = "coupon", _("the creator's coupon outranks other touches")
        NO_TOUCH = "no_touch", _("no touch of any creator")
        DIRECT = "direct", _("the model credits the direct visit")
        OUTSIDE_WINDOW = "outside_window", _("touches outside the window")
        REFUSED_TOUCH = "refused_touch", _("touches that earn nothing")
        UNKNOWN_COUPON = "unknown_coupon", _("a coupon nobody owns")

    run = models.ForeignKey(AttributionRun, on_delete=models.CASCADE, related_name="credits")
    conversion = models.ForeignKey(Conversion, on_delete=models.CASCADE, related_name="credits")
    kind = models.CharField(max_length=14, choices=Kind)
    reason = models.CharField(max_length=20, choices=Reason)
    collaboration = models.ForeignKey(Collaboration, on_delete=models.PROTECT, null=True, related_name="+")
    # 0..1 of the conversion, before rounding to minor units.
    share = models.FloatField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["run", "collaboration"], name="credit_by_collaboration"),
            models.Index(fields=["conversion"], name="credit_by_conversion"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "conversion", "kind", "collaboration"],
                nulls_distinct=False,
                name="credit_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="collaboration", collaboration__isnull=False)
                | (~Q(kind="collaboration") & Q(collaboration__isnull=True)),
                name="credit_kind",
            ),
            CompositeForeignKey(field="run", name="credit_run_org"),
            CompositeForeignKey(field="conversion", name="credit_conversion_org"),
            CompositeForeignKey(field="collaboration", name="credit_collaboration_org"),
            RowSecurity(name="credit_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"
