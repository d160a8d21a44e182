"""Rosters coming in: the uploaded file, what happened to each of its lines, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kolhub.models.accounts import User
from kolhub.models.creators import Creator
from kolhub.models.rules import CompositeForeignKey, OrganizationQuerySet, OwnedModel, RowSecurity


class RosterImport(OwnedModel):
    """One uploaded roster on its way into the catalog.

    received → reading → choosing (a person must decide something) or ready (the preview is there) → applying →
    done, failed or cancelled. The rows are written in one transaction: `done` or nothing.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        READING = "reading", _("reading")
        CHOOSING = "choosing", _("waiting for your choice")
        READY = "ready", _("ready to import")
        APPLYING = "applying", _("importing")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    filename = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.CharField(_("source"), max_length=200, blank=True)
    metrics_on = models.DateField(_("metrics as of"))
    # The person's answers: encoding, sheet, header_row, platform, mapping {column index: field}.
    choices = models.JSONField(default=dict)
    # What was found: encoding, delimiter, sheet, header_row, columns, mapping, sample rows, open choices.
    found = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    # Why it failed: a code of kolhub.roster.wording with its parameters.
    failure = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    # Stamped by the worker that has it; an old stamp means that worker died and the sweep starts it again.
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "claimed_at"], name="roster_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "id"], name="roster_org_id"),
            RowSecurity(name="roster_rls", sweeper="SELECT (id, organization_id, state)"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_running(self) -> bool:
        return self.state in {self.State.RECEIVED, self.State.READING, self.State.APPLYING}


class RosterFile(OwnedModel):
    """The uploaded bytes, beside the import so that lists do not read them. In the database: workers share no disk."""

    roster_import = models.OneToOneField(RosterImport, on_delete=models.CASCADE, related_name="file")
    data = models.BinaryField()

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            CompositeForeignKey(field="roster_import", name="rosterfile_import_org"),
            RowSecurity(name="rosterfile_rls"),
        ]

    def __str__(self) -> str:
        return f"file of {self.roster_import_id}"


class RosterLine(OwnedModel):
    """What became of one line of the file."""

    class Outcome(models.TextChoices):
        ADDED = "added", _("added")
        UPDATED = "updated", _("updated")
        UNCHANGED = "unchanged", _("unchanged")
        REFUSED = "refused", _("refused")

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField(_("line"))
    outcome = models.CharField(max_length=10, choices=Outcome)
    label = models.CharField(max_length=200, blank=True)
    creator = models.ForeignKey(Creator, on_delete=models.SET_NULL, null=True, related_name="+")
    # {field: [before, after]} of an update.
    changes = models.JSONField(default=dict)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "line"], name="rosterline_once"),
            CompositeForeignKey(field="roster_import", name="rosterline_import_org"),
            CompositeForeignKey(field="creator", name="rosterline_creator_org"),
            RowSecurity(name="rosterline_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.outcome}"


class RosterProblem(OwnedModel):
    """What was wrong with one cell or row, where, and why."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    # A code of kolhub.roster.wording; its parameters and the raw cell stand beside it.
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    raw = models.CharField(max_length=300, blank=True)
    # Whether the whole row was refused, or only this cell left out.
    refuses_row = models.BooleanField(default=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["line", "id"]
        constraints = [
            CompositeForeignKey(field="roster_import", name="problem_import_org"),
            RowSecurity(name="problem_rls"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.column}: {self.code}"
