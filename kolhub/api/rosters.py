"""Rosters over REST: upload, answer, confirm, and read what became of each line."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import exceptions, mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from kolhub.forms.rosters import ChoicesForm, UploadForm
from kolhub.models import RosterImport, RosterLine
from kolhub.nudge import nudge
from kolhub.rest.errors import refused_by
from kolhub.rest.views import OrganizationViewSet
from kolhub.roster import load
from kolhub.tasks import work_on_roster


class RosterSerializer(serializers.ModelSerializer[RosterImport]):
    """An import: poll it until its state is `choosing`, `ready`, `done` or `failed`.

    added + updated + unchanged + refused = rows_total once it is done. `found` is the preview: choices, questions,
    columns, first rows, problems. `failure` says why a file cannot be read.
    """

    class Meta:
        model = RosterImport
        fields = (
            "id", "filename", "sha256", "size", "source", "metrics_on", "state", "choices", "found", "failure",
            "rows_total", "rows_done", "added", "updated", "unchanged", "refused", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class LineSerializer(serializers.ModelSerializer[RosterLine]):
    """What became of one line; changes are {field: [before, after]}."""

    class Meta:
        model = RosterLine
        fields = ("line", "outcome", "label", "creator", "changes")


UPLOAD = inline_serializer(
    "RosterUpload",
    {
        "file": serializers.FileField(),
        "metrics_on": serializers.DateField(),
        "source": serializers.CharField(required=False),
        "platform": serializers.CharField(required=False),
    },
)
CHOICES = inline_serializer(
    "RosterChoices",
    {
        "encoding": serializers.CharField(required=False),
        "delimiter": serializers.CharField(required=False),
        "sheet": serializers.CharField(required=False),
        "header_row": serializers.IntegerField(required=False),
        "platform": serializers.CharField(required=False),
        "currency": serializers.CharField(required=False),
        "columns": serializers.DictField(child=serializers.CharField(allow_blank=True), required=False),
    },
)


class RosterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """Rosters on their way into the catalog, newest first."""

    writes = "catalog"
    queryset = RosterImport.objects.order_by("-pk")
    serializer_class = RosterSerializer
    filterset_fields = ("state", "sha256")

    def get_parsers(self) -> list[Any]:
        """Take files for an upload only."""
        is_upload = getattr(self, "action_map", {}).get("post") == "create"
        return [MultiPartParser()] if is_upload else super().get_parsers()

    @extend_schema(request={"multipart/form-data": UPLOAD}, responses={201: RosterSerializer})
    def create(self, request: Request, organization: str) -> Response:
        """Upload a roster; a worker reads it."""
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            raise refused_by(form)
        given = form.cleaned_data
        known = {"platform": given["platform"]} if given["platform"] else {}
        roster = load.receive(
            self.membership.organization,
            self.membership.user,
            given["file"].name,
            given["file"].read(),
            given["metrics_on"],
            given["source"],
            known,
        )
        nudge(work_on_roster, roster.organization_id, roster.pk)
        return Response(RosterSerializer(roster).data, status=201)

    @extend_schema(request=CHOICES, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def choices(self, request: Request, **_parts: Any) -> Response:
        """Answer what only a person can settle; the file is read again."""
        told = dict(request.data) if isinstance(request.data, dict) else {}
        columns = told.pop("columns", {})
        if not isinstance(columns, dict):
            raise exceptions.ValidationError({"columns": ["Must map column numbers to fields."]})
        form = ChoicesForm({**told, **{f"columns.{index}": field for index, field in columns.items()}})
        if not form.is_valid():
            raise refused_by(form)
        return self._step(lambda roster: load.choose(roster, form.answers))

    @extend_schema(request=None, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, **_parts: Any) -> Response:
        """Let the rows be written."""
        return self._step(lambda roster: load.confirm(roster, self.membership.user))

    @extend_schema(request=None, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **_parts: Any) -> Response:
        """Give the import up."""
        return self._step(lambda roster: load.cancel(roster, self.membership.user))

    @extend_schema(responses=LineSerializer(many=True))
    @action(detail=True)
    def lines(self, request: Request, **_parts: Any) -> Response:
        """List what became of each line."""
        lines = RosterLine.objects.visible_to(self.membership).filter(roster_import=self.get_object())
        page = self.paginate_queryset(lines.order_by("line"))
        return self.get_paginated_response(LineSerializer(page, many=True).data)

    def _step(self, step: Any) -> Response:
        roster = self.get_object()
        try:
            step(roster)
        except load.NotNow:
            raise exceptions.ValidationError({"state": [f"The import is {roster.state}."]}) from None
        nudge(work_on_roster, roster.organization_id, roster.pk)
        roster.refresh_from_db()
        return Response(RosterSerializer(roster).data)
