"""What was published and what the rules say about it: snapshots, reviews, findings, decisions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.collaborations import BRAND_OR_AGENCY, CollaborationQuerySet
from campaigns.models.content import Deliverable
from kolhub.models import Organization, User
from kolhub.models.rules import AppendOnly, CompositeForeignKey, OwnedModel, RowSecurity


class PostSnapshot(OwnedModel):
    """What a deliverable showed at one moment (or would show: a draft). Never changed."""

    class Source(models.TextChoices):
        DRAFT = "draft", _("draft")
        PASTE = "paste", _("pasted")
        UPLOAD = "upload", _("uploaded")
        API = "api", _("API")

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="snapshots")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    captured_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    # {title, caption, description, overlay, transcript, author_comments, bio}; a missing key was not captured.
    surfaces = models.JSONField(default=dict)
    # True or False: seen to be there or not; None: not captured.
    platform_label = models.BooleanField(null=True)
    links = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    captured_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="snapshot_org_id"),
            models.UniqueConstraint(fields=["agency_organization", "id"], name="snapshot_agency_id"),
            CompositeForeignKey(field="deliverable", name="snapshot_deliverable_org"),
            CompositeForeignKey(
                field="deliverable",
                organization="agency_organization",
                target="agency_organization",
                name="snapshot_deliverable_agency",
            ),
            RowSecurity(name="postsnapshot_rls", read=BRAND_OR_AGENCY, write=BRAND_OR_AGENCY),
            AppendOnly(name="postsnapshot_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.deliverable_id} @ {self.captured_at:%Y-%m-%d %H:%M}"


class Review(OwnedModel):
    """The verdict on one snapshot in one market, by one version of that market's pack."""

    snapshot = models.ForeignKey(PostSnapshot, on_delete=models.CASCADE, related_name="reviews")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    market = models.CharField(_("market"), max_length=2)
    pack_version = models.CharField(max_length=40)
    engine_version = models.CharField(max_length=20)
    verdict = models.CharField(_("verdict"), max_length=20)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    severity = models.CharField(_("severity"), max_length=10, blank=True)
    rules = models.JSONField(default=list)
    reviewed_at = models.DateTimeField()

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["organization", "verdict"], name="review_verdict")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="review_org_id"),
            models.UniqueConstraint(fields=["agency_organization", "id"], name="review_agency_id"),
            models.UniqueConstraint(
                fields=["snapshot", "market", "pack_version", "engine_version"], name="review_once"
            ),
            CompositeForeignKey(field="snapshot", name="review_snapshot_org"),
            CompositeForeignKey(
                field="snapshot",
                organization="agency_organization",
                target="agency_organization",
                name="review_snapshot_agency",
            ),
            RowSecurity(name="review_rls", read=BRAND_OR_AGENCY, write=BRAND_OR_AGENCY),
            AppendOnly(name="review_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.market}: {self.verdict}"


class Finding(OwnedModel):
    """What one rule says about one span of the post. Offsets are code points of the raw text."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="findings")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    source = models.JSONField(default=dict)
    surface = models.CharField(max_length=40, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    quote = models.TextField(blank=True)
    severity = models.CharField(max_length=10, blank=True)
    certainty = models.CharField(max_length=12, blank=True)
    explanation = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    fix = models.TextField(blank=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gte=models.F("start")), name="finding_span"),
            CompositeForeignKey(field="review", name="finding_review_org"),
            CompositeForeignKey(
                field="review",
                organization="agency_organization",
                target="agency_organization",
                name="finding_review_agency",
            ),
            RowSecurity(name="finding_rls", read=BRAND_OR_AGENCY, write=BRAND_OR_AGENCY),
            AppendOnly(name="finding_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.rule}"


class Decision(OwnedModel):
    """What a compliance reviewer decided about a review. A change of mind is a new decision."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm", _("confirmed")
        DISMISS = "dismiss", _("dismissed")
        WAIVE = "waive", _("waived")
        ASK_FIX = "ask_fix", _("fix requested")

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            CompositeForeignKey(field="review", name="decision_review_org"),
            CompositeForeignKey(
                field="review",
                organization="agency_organization",
                target="agency_organization",
                name="decision_review_agency",
            ),
            RowSecurity(name="decision_rls", read=BRAND_OR_AGENCY),
            AppendOnly(name="decision_append_only"),
        ]

    def __str__(self) -> str:
        return self.kind
