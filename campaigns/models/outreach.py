"""What is said to creators: templates, and messages with every attempt to send them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.collaborations import Collaboration
from kolhub.models import User
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


class OutreachTemplate(OwnedModel):
    """A message with merge fields, in one language."""

    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("message"))

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "language"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name", "language"], name="template_once"),
            RowSecurity(name="template_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class OutreachMessage(OwnedModel):
    """A message to a creator: written in the inbox of the worker first, then sent, with every attempt logged."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        LOGGED = "logged", _("logged by hand")

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(_("channel"), max_length=10, default="email")
    recipient = models.CharField(_("to"), max_length=200)
    language = models.CharField(_("language"), max_length=10, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("message"))
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="queued"), name="outreach_waiting")]
        constraints = [
            CompositeForeignKey(field="collaboration", name="message_collaboration_org"),
            RowSecurity(name="message_rls", sweeper="SELECT (id, organization_id, state, next_at)"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.recipient}"
