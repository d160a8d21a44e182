"""What was agreed: campaigns, collaborations and their contracts, shipments, holds and outcomes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.briefs import Brand, Brief, Product
from kolhub.models import AuditEvent, Creator, Membership, Organization, User
from kolhub.models.rules import AppendOnly, CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity

# The brand owns the row; the agency of the collaboration reads it (and writes what its own views allow).
BRAND_OR_AGENCY = "kolhub_organization() IN (organization_id, agency_organization_id)"


class Campaign(OwnedModel):
    """A brand's campaign: its markets, dates, budget, and the rules its touches and credits follow."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        ENDED = "ended", _("ended")

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="campaigns")
    brief = models.ForeignKey(Brief, on_delete=models.SET_NULL, null=True, blank=True, related_name="campaigns")
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    markets = ArrayField(models.CharField(max_length=2), verbose_name=_("markets"), default=list)
    landing_url = models.URLField(_("landing page"), max_length=1000)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    budget_minor = models.BigIntegerField(_("budget"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # The attribution policy. Windows are enforced on the server.
    click_window_days = models.PositiveSmallIntegerField(_("click window, days"), default=30)
    view_window_days = models.PositiveSmallIntegerField(_("view window, days"), default=1)
    coupon_first = models.BooleanField(_("a creator's coupon outranks other touches"), default=True)
    pay_attributor = models.CharField(_("attribution model used for pay"), max_length=30, default="last_non_direct")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="campaign_org_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="campaign_name"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="campaign_dates"
            ),
            models.CheckConstraint(
                condition=Q(click_window_days__range=(1, 365), view_window_days__range=(0, 90)),
                name="campaign_windows",
            ),
            CompositeForeignKey(field="brand", name="campaign_brand_org"),
            CompositeForeignKey(field="brief", name="campaign_brief_org"),
            RowSecurity(name="campaign_rls", hits="SELECT (id, organization_id, state, starts_on, ends_on)"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.TextChoices):
    """Where a collaboration stands (待建联 → 已联系 → 议价 → 已确认 → 寄样 → 审稿 → 已发布 → 结算 → 复盘)."""

    TO_CONTACT = "to_contact", _("To contact")
    CONTACTED = "contacted", _("Contacted")
    NEGOTIATING = "negotiating", _("Negotiating")
    AGREED = "agreed", _("Agreed")
    SAMPLE = "sample", _("Sample sent")
    DRAFT = "draft", _("Draft review")
    PUBLISHED = "published", _("Published")
    SETTLING = "settling", _("Settling")
    REVIEWED = "reviewed", _("Looked back")
    DROPPED = "dropped", _("Dropped")


class CollaborationQuerySet(OrganizationQuerySet):
    """Collaborations as the brand and its agency see them."""

    def visible_to(self, membership: Membership) -> "CollaborationQuerySet":
        mine = membership.organization_id
        return self.filter(Q(organization_id=mine) | Q(agency_organization_id=mine))

    def confirmed(self) -> "CollaborationQuerySet":
        """Keep those whose terms are agreed."""
        return self.exclude(agreed_at=None)


class Collaboration(OwnedModel):
    """One creator in one campaign. `organization` is the brand's; the agency, where there is one, sees it too.

    Name, platform and handle are copied when it begins: the record of what was agreed outlives the sharing grant.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="collaborations")
    # Copied for the agency, which can read neither the campaign nor the brand; kept equal by collaborate.copy_campaign.
    campaign_name = models.CharField(max_length=200)
    brand_name = models.CharField(max_length=120, blank=True)
    brand_handles = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    markets = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="+")
    creator_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    creator_name = models.CharField(_("creator"), max_length=200)
    platform = models.CharField(_("platform"), max_length=20)
    handle = models.CharField(_("handle"), max_length=120)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.TO_CONTACT)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("due"), null=True, blank=True)
    next_action = models.CharField(_("next action"), max_length=200, blank=True)
    follow_up_on = models.DateField(_("follow up on"), null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organization", "stage"], name="collaboration_stage"),
            models.Index(fields=["agency_organization"], name="collaboration_agency"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="collaboration_org_id"),
            models.UniqueConstraint(fields=["agency_organization", "id"], name="collaboration_agency_id"),
            models.UniqueConstraint(fields=["campaign", "creator"], name="collaboration_once"),
            models.CheckConstraint(
                condition=Q(creator_organization=models.F("organization"))
                | Q(creator_organization=models.F("agency_organization")),
                name="collaboration_creator_of_a_party",
            ),
            CompositeForeignKey(field="campaign", name="collaboration_campaign_org"),
            CompositeForeignKey(field="creator", organization="creator_organization", name="collaboration_creator_org"),
            RowSecurity(
                name="collaboration_rls", read=BRAND_OR_AGENCY, hits="SELECT (id, organization_id, campaign_id)"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.creator_name} · {self.campaign_name}"

    @property
    def contract(self) -> "Contract | None":
        """The version in force: the newest one."""
        return self.contracts.order_by("-version").first()

    def move(self, stage: str, actor: User) -> None:
        """Put the collaboration on another stage and write down who did it.

        Stages from "Agreed" on need agreed terms: raises ValueError("terms_missing").
        """
        stage = Stage(stage)
        needs_terms = {
            Stage.AGREED,
            Stage.SAMPLE,
            Stage.DRAFT,
            Stage.PUBLISHED,
            Stage.SETTLING,
            Stage.REVIEWED,
        }
        if stage in needs_terms and self.agreed_at is None:
            raise ValueError("terms_missing")
        before, self.stage = self.stage, stage
        self.save(update_fields=["stage"])
        AuditEvent.record(self.organization_id, actor, "collaboration.move", self, before=before, after=stage)


class CollaborationNote(OwnedModel):
    """What one party wrote down about a collaboration. The other party cannot read it."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="notes")
    collaboration_organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(_("note"))
    written_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            CompositeForeignKey(
                field="collaboration", organization="collaboration_organization", name="note_collaboration_org"
            ),
            RowSecurity(name="note_rls"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Contract(OwnedModel):
    """The agreed terms, in versions: a change is a new version, and a credit knows which one was in force."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="contracts")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveSmallIntegerField()
    # [{platform, kind, quantity, due_on}]
    deliverables = models.JSONField(default=list)
    # [{market, text}]: the label each market required when this version was agreed.
    disclosures = models.JSONField(default=list)
    fee_minor = models.BigIntegerField(_("fee"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    # Hundredths of a percent of the commissionable base (net revenue credited under the pay model).
    commission_bps = models.PositiveIntegerField(_("commission"), default=0)
    usage_rights = models.TextField(_("usage rights"), blank=True)
    exclusivity = models.TextField(_("exclusivity"), blank=True)
    ad_code = models.CharField(_("ad code"), max_length=200, blank=True)
    ad_code_expires_on = models.DateField(_("ad code expires on"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    agreed_at = models.DateTimeField(default=timezone.now)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="contract_org_id"),
            models.UniqueConstraint(fields=["collaboration", "version"], name="contract_version"),
            models.CheckConstraint(condition=Q(fee_minor__gte=0, commission_bps__lte=10_000), name="contract_amounts"),
            CompositeForeignKey(field="collaboration", name="contract_collaboration_org"),
            CompositeForeignKey(
                field="collaboration",
                organization="agency_organization",
                target="agency_organization",
                name="contract_collaboration_agency",
            ),
            RowSecurity(name="contract_rls", read=BRAND_OR_AGENCY),
            AppendOnly(name="contract_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.collaboration} v{self.version}"


class AgencyTerms(OwnedModel):
    """What the agency pays its creator and the rebate (返点) it gives: only the agency can read this row."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="agency_terms")
    collaboration_organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    buy_price_minor = models.BigIntegerField(_("buy price"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    rebate_bps = models.PositiveIntegerField(_("rebate"), default=0)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "collaboration"], name="agencyterms_once"),
            CompositeForeignKey(
                field="collaboration",
                organization="collaboration_organization",
                name="agencyterms_collaboration_org",
            ),
            # Only the agency of the collaboration can have any.
            CompositeForeignKey(
                field="collaboration", target="agency_organization", name="agencyterms_collaboration_agency"
            ),
            RowSecurity(name="agencyterms_rls"),
        ]

    def __str__(self) -> str:
        return f"agency terms of {self.collaboration_id}"


class Shipment(OwnedModel):
    """A sample on its way to the creator. Its cost is part of the full cost."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="shipments")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sku = models.CharField(_("SKU"), max_length=80)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_cost_minor = models.BigIntegerField(_("unit cost"), default=0)
    freight_minor = models.BigIntegerField(_("freight"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    shipped_on = models.DateField(_("shipped on"), null=True, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, unit_cost_minor__gte=0, freight_minor__gte=0),
                name="shipment_amounts",
            ),
            CompositeForeignKey(field="collaboration", name="shipment_collaboration_org"),
            CompositeForeignKey(
                field="collaboration",
                organization="agency_organization",
                target="agency_organization",
                name="shipment_collaboration_agency",
            ),
            CompositeForeignKey(field="product", name="shipment_product_org"),
            RowSecurity(name="shipment_rls", read=BRAND_OR_AGENCY),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def cost_minor(self) -> int:
        """Unit cost × quantity + freight."""
        return self.unit_cost_minor * self.quantity + self.freight_minor


class PaymentHold(OwnedModel):
    """Why this collaboration must not be paid yet."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(_("reason"), max_length=300)
    placed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField(auto_now_add=True)
    released_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            CompositeForeignKey(field="collaboration", name="hold_collaboration_org"),
            RowSecurity(name="hold_rls"),
        ]

    def __str__(self) -> str:
        return self.reason


class Outcome(OwnedModel):
    """What came of a collaboration, written down by attribution; rankers learn from it and queues are ordered by it."""

    collaboration = models.OneToOneField(Collaboration, on_delete=models.CASCADE, related_name="outcome")
    attributor = models.CharField(max_length=30)
    clicks = models.BigIntegerField(default=0)
    views = models.BigIntegerField(default=0)
    # Conversions with a credit to this collaboration.
    orders = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField(default=0)
    as_of = models.DateTimeField()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            CompositeForeignKey(field="collaboration", name="outcome_collaboration_org"),
            RowSecurity(name="outcome_rls"),
        ]

    def __str__(self) -> str:
        return f"outcome of {self.collaboration_id}"
