"""Hits: every request as it arrived, and the counts that account for each of them.

Hits are append-only. `PendingHit` is written in the same statement and is what workers claim and delete.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kolhub.models import Organization
from kolhub.models.rules import AppendOnly, OrganizationQuerySet, RowSecurity


class HitKind(models.TextChoices):
    """Which door a hit came through."""

    PIXEL = "pixel", _("Pixel")
    CLICK = "click", _("Click")
    EVENT = "event", _("Event")
    S2S = "s2s", _("Server to server")
    SHOPIFY = "shopify", _("Shopify webhook")


class HitOutcome(models.TextChoices):
    """What became of a request: the closed set. received = the sum over all of these."""

    ACCEPTED = "accepted", _("accepted")
    # Stored, marked, never a touch:
    BOT = "bot", _("bot")
    PREVIEW = "preview", _("link preview")
    PREFETCH = "prefetch", _("prefetch")
    HEAD = "head", _("HEAD request")
    NO_CONSENT = "no_consent", _("no consent")
    OWN_TEAM = "own_team", _("own team")
    LINK_DISABLED = "link_disabled", _("link disabled")
    LINK_ENDED = "link_ended", _("link ended")
    ARCHIVED_KEY = "archived_key", _("archived key")
    UNKNOWN_KEY = "unknown_key", _("unknown key")
    # Counted, not stored:
    DUPLICATE = "duplicate", _("duplicate")
    ID_CONFLICT = "id_conflict", _("same id, other content")
    BAD_SIGNATURE = "bad_signature", _("bad signature")
    MALFORMED = "malformed", _("malformed")
    TOO_LARGE = "too_large", _("too large")
    RATE_LIMITED = "rate_limited", _("rate limited")
    UNAVAILABLE = "unavailable", _("refused while no store was available")


class Hit(models.Model):
    """One raw request or webhook event, as it arrived. Its organization is unknown where its key is."""

    # UUIDv7: from the client (kept across its retries) or made by the collector.
    id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=HitKind)
    outcome = models.CharField(max_length=20, choices=HitOutcome)
    # The pixel's, source's or link's public key, as asked for.
    key = models.CharField(max_length=80)
    # Ids of what the key named (no foreign keys: hits outlive them and the hot path looks nothing up).
    shop_id = models.BigIntegerField(null=True)
    link_id = models.BigIntegerField(null=True)
    link_version = models.SmallIntegerField(null=True)
    received_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    # First-party visitor id, or a daily-salted one without consent.
    visitor = models.CharField(max_length=64, blank=True)
    # The id of the click hit that the landing page reported (its signature was checked).
    click_id = models.UUIDField(null=True)
    consent = models.CharField(max_length=12, blank=True)
    # Truncated to /24 or /48 before it is stored.
    network = models.CharField(max_length=50, blank=True)
    country = models.CharField(max_length=2, blank=True)
    user_agent = models.CharField(max_length=512, blank=True)
    referrer = models.CharField(max_length=1000, blank=True)
    content_hash = models.BinaryField(max_length=32)
    payload = models.JSONField(default=dict)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-received_at"], name="hit_by_time"),
            models.Index(fields=["link_id", "received_at"], condition=models.Q(kind="click"), name="hit_by_link"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "event_id"], nulls_distinct=False, name="hit_once"),
            # The hit server tells a repetition from a conflict, and reads nothing of what was said.
            RowSecurity(
                name="hit_rls",
                write="false",
                hits="SELECT (id, organization_id, kind, event_id, content_hash), INSERT",
            ),
            AppendOnly(name="hit_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PendingHit(models.Model):
    """A hit that waits to be settled. Claimed with SKIP LOCKED, deleted in the transaction that settles it."""

    hit_id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    # Orders before visits: a flood of pixels must not delay money.
    is_money = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True)
    # After three failures it is a dead letter: shown, fixed and replayed by a person.
    is_dead = models.BooleanField(default=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "-is_money", "next_at"],
                condition=models.Q(is_dead=False),
                name="pending_next",
            )
        ]
        constraints = [
            RowSecurity(name="pending_rls", hits="INSERT", sweeper="SELECT (organization_id, is_dead, next_at)")
        ]

    def __str__(self) -> str:
        return str(self.hit_id)


class HitConflict(models.Model):
    """A second content under an id already used: the first wins, this one is evidence."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=HitKind)
    event_id = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    content_hash = models.BinaryField(max_length=32)
    payload = models.JSONField(default=dict)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="conflict_rls", write="false", hits="INSERT"),
            AppendOnly(name="conflict_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class HitCount(models.Model):
    """How many requests met which outcome, per day, door and key; added up in the commit that stores the hits.

    Refused requests leave no hit behind: this is their account.
    """

    day = models.DateField()
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=HitKind)
    key = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=20, choices=HitOutcome)
    count = models.BigIntegerField(default=0)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "organization", "kind", "key", "outcome"],
                nulls_distinct=False,
                name="hitcount_once",
            ),
            RowSecurity(name="hitcount_rls", write="false", hits="SELECT, INSERT, UPDATE"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.outcome}: {self.count}"


class CollectorProcess(models.Model):
    """One stream of batches of a collector process, and how many requests came in with them.

    A process opens a stream per lane, another one whenever a commit was left in doubt, and one per spool segment; the
    number of its last batch, kept in the commit that stores the batch, is what makes a replay apply exactly once.
    Σ received over streams = Σ HitCount: the two are counted at different places on purpose.
    """

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    received = models.BigIntegerField(default=0)
    batches = models.BigIntegerField(default=0)

    class Meta:
        # No organization's rows: the application may look, the hit server writes.
        constraints = [
            RowSecurity(name="process_rls", read="true", write="false", hits="SELECT, INSERT, UPDATE"),
        ]

    def __str__(self) -> str:
        return str(self.id)
