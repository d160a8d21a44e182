"""What collaborations brought forth: pieces of content, and what each had reached at a moment."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.collaborations import BRAND_OR_AGENCY, Collaboration, CollaborationQuerySet
from kolhub.models import Organization, Provenance
from kolhub.models.rules import CompositeForeignKey, OwnedModel, RowSecurity


class Deliverable(OwnedModel):
    """One piece of content: agreed, drafted, published."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("Review")  # 测评
        TUTORIAL = "tutorial", _("Tutorial")  # 教程
        ENTERTAINMENT = "entertainment", _("Entertainment")  # 娱乐
        UNBOXING = "unboxing", _("Unboxing")  # 开箱
        LIVE = "live", _("Livestream")  # 直播
        STORY = "story", _("Story")
        POST = "post", _("Post")

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="deliverables")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    platform = models.CharField(_("platform"), max_length=20)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.POST)
    # What the compliance judge needs to know of the form: image, video, live, story, text.
    media = models.CharField(_("form"), max_length=10, default="image")
    url = models.URLField(_("link"), max_length=1000, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="deliverable_org_id"),
            models.UniqueConstraint(fields=["agency_organization", "id"], name="deliverable_agency_id"),
            models.UniqueConstraint(fields=["organization", "url"], condition=~Q(url=""), name="deliverable_url"),
            CompositeForeignKey(field="collaboration", name="deliverable_collaboration_org"),
            CompositeForeignKey(
                field="collaboration",
                organization="agency_organization",
                target="agency_organization",
                name="deliverable_collaboration_agency",
            ),
            RowSecurity(name="deliverable_rls", read=BRAND_OR_AGENCY, write=BRAND_OR_AGENCY),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.platform}"


class DeliverableMetric(OwnedModel):
    """What a deliverable had reached at one moment. Kept for ever; the newest per age counts."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="metrics")
    agency_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(_("as of"))
    views = models.BigIntegerField(_("views"), null=True, blank=True)
    likes = models.BigIntegerField(_("likes"), null=True, blank=True)
    comments = models.BigIntegerField(_("comments"), null=True, blank=True)
    shares = models.BigIntegerField(_("shares"), null=True, blank=True)
    saves = models.BigIntegerField(_("saves"), null=True, blank=True)
    provenance = models.CharField(_("provenance"), max_length=10, choices=Provenance, default=Provenance.CLAIMED)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["deliverable", "taken_at", "source"], name="metric_once"),
            CompositeForeignKey(field="deliverable", name="metric_deliverable_org"),
            CompositeForeignKey(
                field="deliverable",
                organization="agency_organization",
                target="agency_organization",
                name="metric_deliverable_agency",
            ),
            RowSecurity(name="metric_rls", read=BRAND_OR_AGENCY, write=BRAND_OR_AGENCY),
        ]

    def __str__(self) -> str:
        return f"{self.deliverable_id} {self.taken_at:%Y-%m-%d}"

    @property
    def age_days(self) -> int | None:
        """Whole days since publication (D1, D7, D30), or None before it."""
        published: datetime | None = self.deliverable.published_at
        return (self.taken_at - published).days if published else None
