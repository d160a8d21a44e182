"""Rosters over REST: upload, poll, answer, confirm, and read what became of each line."""

from collections import defaultdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import exceptions, mixins, parsers, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kolhub.forms.fields import platform_choices
from kolhub.forms.rosters import ChoicesForm, UploadForm
from kolhub.models import RosterImport, RosterLine, RosterProblem
from kolhub.nudge import nudge
from kolhub.rest.errors import refused_by
from kolhub.rest.views import OrganizationViewSet, Strict, membership_of
from kolhub.roster import load
from kolhub.tasks import work_on_roster
from kolhub.views import roster_words as words

_MOVED_ON = OpenApiResponse(
    response={"$ref": "#/components/schemas/Problem"},
    description="The import is not in a state in which this can be done.",
)


class MovedOn(exceptions.APIException):
    """The import is not in a state in which this can be done."""

    status_code = 409
    default_detail = "This cannot be done now."


class RosterUploadSerializer(Strict):
    """A roster's file, and what holds for all of it."""

    file = serializers.FileField(allow_empty_file=True, help_text="CSV, TSV, XLSX, XLS, ODS or JSON.")
    metrics_on = serializers.DateField(required=False, help_text="The day of the figures; today where it is left out.")
    source = serializers.CharField(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]
    platform = serializers.ChoiceField(choices=platform_choices(), required=False)


class RosterChoicesSerializer(Strict):
    """Answers to `questions`, and corrections: `columns` maps a column's index to a field, or to "" to drop it."""

    encoding = serializers.CharField(required=False, max_length=20)
    delimiter = serializers.CharField(required=False, max_length=20)
    sheet = serializers.CharField(required=False, max_length=120)
    header_row = serializers.IntegerField(required=False, min_value=0, max_value=1000)
    platform = serializers.CharField(required=False, max_length=20)
    currency = serializers.CharField(required=False, max_length=3)
    identity = serializers.IntegerField(
        required=False, min_value=1, max_value=500, help_text="The number of the column that holds the handles."
    )
    columns = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=40), required=False)

    def validate_columns(self, columns: dict[str, str]) -> dict[str, str]:
        if not all(index.isdecimal() and len(index) <= 3 for index in columns):
            raise serializers.ValidationError("Columns are named by their index, from 0.")
        return columns


class RosterProblemSerializer(serializers.Serializer[Any]):
    """What was wrong, where (line 0: the file as a whole), what stood there, and how far the damage goes."""

    line = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField(source="text")
    raw = serializers.CharField(allow_blank=True)
    severity = serializers.CharField()


class RosterOptionSerializer(serializers.Serializer[Any]):
    """One possible answer, and what the file would look like then."""

    value = serializers.CharField()
    score = serializers.FloatField()
    preview = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))


class RosterQuestionSerializer(serializers.Serializer[Any]):
    """Something only a person can settle."""

    key = serializers.CharField()
    text = serializers.CharField()
    options = RosterOptionSerializer(many=True)


class RosterColumnSerializer(serializers.Serializer[Any]):
    """How a column is read; `field` "": not at all."""

    index = serializers.IntegerField()
    header = serializers.CharField(allow_blank=True)
    field = serializers.CharField(allow_blank=True)
    platform = serializers.CharField(allow_blank=True)
    confidence = serializers.FloatField()
    reason = serializers.CharField(allow_blank=True)


class RosterSerializer(serializers.ModelSerializer[RosterImport]):
    """An import: poll it until `state` is choosing, ready, done, failed or cancelled."""

    encoding = serializers.SerializerMethodField()
    sheet = serializers.SerializerMethodField()
    header_row = serializers.SerializerMethodField()
    platform = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    columns = serializers.SerializerMethodField()
    rows = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()

    class Meta:
        model = RosterImport
        fields = (
            "id", "filename", "sha256", "size", "source", "metrics_on", "state", "rows_total", "rows_done", "added",
            "updated", "unchanged", "refused", "encoding", "sheet", "header_row", "platform", "questions", "columns",
            "rows", "problems", "failure", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_blank=True))
    def get_encoding(self, roster: RosterImport) -> str:
        return str(roster.found.get("choices", {}).get("encoding") or "")

    @extend_schema_field(serializers.CharField(allow_blank=True))
    def get_sheet(self, roster: RosterImport) -> str:
        return str(roster.found.get("choices", {}).get("sheet") or "")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_header_row(self, roster: RosterImport) -> int | None:
        row: int | None = roster.found.get("choices", {}).get("header_row")
        return row

    @extend_schema_field(serializers.CharField(allow_blank=True))
    def get_platform(self, roster: RosterImport) -> str:
        return str(roster.found.get("platform") or "")

    @extend_schema_field(RosterQuestionSerializer(many=True))
    def get_questions(self, roster: RosterImport) -> Any:
        return RosterQuestionSerializer(words.questions_with_options(roster), many=True).data

    @extend_schema_field(RosterColumnSerializer(many=True))
    def get_columns(self, roster: RosterImport) -> Any:
        return RosterColumnSerializer(words.columns(roster), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_rows(self, roster: RosterImport) -> Any:
        """The first rows as they would be stored, without prices for those who may not see money."""
        membership = membership_of(self)
        money = membership is not None and membership.may("money")
        return [row if money else {**row, "prices": []} for row in roster.found.get("rows", ())]

    @extend_schema_field(RosterProblemSerializer(many=True))
    def get_problems(self, roster: RosterImport) -> Any:
        """The first problems and the notes about the file; all of them are with the lines once it is done."""
        told = [*roster.found.get("notes", ()), *roster.found.get("problems", ())]
        return RosterProblemSerializer(words.told_of_json(told), many=True).data

    @extend_schema_field(RosterProblemSerializer(allow_null=True))
    def get_failure(self, roster: RosterImport) -> Any:
        return RosterProblemSerializer(words.told_of_json([roster.failure])[0]).data if roster.failure else None


class RosterLineSerializer(serializers.ModelSerializer[RosterLine]):
    """What became of a line, what it changed ([before, after] by field), and what was wrong with it."""

    changes = serializers.DictField(child=serializers.ListField(), read_only=True)
    problems = serializers.SerializerMethodField()

    class Meta:
        model = RosterLine
        fields = ("line", "outcome", "label", "creator", "changes", "problems")
        read_only_fields = fields

    @extend_schema_field(RosterProblemSerializer(many=True))
    def get_problems(self, line: RosterLine) -> Any:
        return RosterProblemSerializer(self.context.get("problems", {}).get(line.line, []), many=True).data


class RosterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganizationViewSet):
    """The organization's imports of creators, newest first."""

    writes = "catalog"
    serializer_class = RosterSerializer
    queryset = RosterImport.objects.all()
    filterset_fields = ("state", "sha256")

    def get_parsers(self) -> list[Any]:
        """Take files for an upload only."""
        is_upload = getattr(self, "action_map", {}).get("post") == "create"
        return [parsers.MultiPartParser()] if is_upload else super().get_parsers()

    @extend_schema(request={"multipart/form-data": RosterUploadSerializer}, responses={201: RosterSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Upload a roster. A worker reads it; nothing is written to the catalog before it is confirmed."""
        given = RosterUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        file = told.pop("file")
        form = UploadForm({"metrics_on": timezone.localdate(), **told}, {"file": file})
        if not form.is_valid():
            raise refused_by(form)
        known = {"platform": told["platform"]} if told.get("platform") else {}
        clean, user = form.cleaned_data, self.membership.user
        roster = load.receive(
            self.membership.organization, user, file.name, file.read(), clean["metrics_on"], clean["source"], known
        )
        nudge(work_on_roster, roster.organization_id, roster.pk)
        return Response(self.get_serializer(roster).data, status=201)

    def _step(self, step: Any) -> Response:
        """Take the step, wake a worker up, and show the import."""
        roster = self.get_object()
        try:
            step(roster)
        except load.NotNow:
            raise MovedOn from None
        nudge(work_on_roster, roster.organization_id, roster.pk)
        roster.refresh_from_db()
        return Response(self.get_serializer(roster).data)

    @extend_schema(request=RosterChoicesSerializer, responses={200: RosterSerializer, 409: _MOVED_ON})
    @action(detail=True, methods=["post"])
    def choices(self, request: Request, **_kwargs: Any) -> Response:
        """Answer questions or correct columns; the file is read again."""
        # Before the body is read: a stranger's import is not there, whatever is sent to it.
        self.get_object()
        given = RosterChoicesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        flat = dict(given.validated_data)
        flat |= {f"columns.{index}": field for index, field in flat.pop("columns", {}).items()}
        form = ChoicesForm(flat)
        if not form.is_valid():
            raise refused_by(form)
        return self._step(lambda roster: load.choose(roster, form.answers))

    @extend_schema(request=None, responses={200: RosterSerializer, 409: _MOVED_ON})
    @action(detail=True, methods=["post"])
    def confirm(self, _request: Request, **_kwargs: Any) -> Response:
        """Let the rows be written: all of them in one transaction."""
        return self._step(lambda roster: load.confirm(roster, self.membership.user))

    @extend_schema(request=None, responses={200: RosterSerializer, 409: _MOVED_ON})
    @action(detail=True, methods=["post"])
    def cancel(self, _request: Request, **_kwargs: Any) -> Response:
        """Give the import up; nothing of it is kept in the catalog."""
        return self._step(lambda roster: load.cancel(roster, self.membership.user))

    @extend_schema(
        parameters=[OpenApiParameter("outcome", str, enum=RosterLine.Outcome.values)],
        responses=RosterLineSerializer(many=True),
    )
    @action(detail=True, filterset_fields=())
    def lines(self, request: Request, **_kwargs: Any) -> Response:
        """List what became of each line, with its problems; `outcome` keeps one kind."""
        roster = self.get_object()
        lines = RosterLine.objects.visible_to(self.membership).filter(roster_import=roster)
        if outcome := request.query_params.get("outcome"):
            if outcome not in RosterLine.Outcome.values:
                raise exceptions.ValidationError({"outcome": ["This is not one of the choices."]})
            lines = lines.filter(outcome=outcome)
        page = self.paginate_queryset(lines) or []
        problems: dict[int, list[Any]] = defaultdict(list)
        known = RosterProblem.objects.visible_to(self.membership).filter(roster_import=roster)
        for problem in known.filter(line__in=[line.line for line in page]):
            problems[problem.line].append(words.told_of_row(problem))
        context = {**self.get_serializer_context(), "problems": problems}
        return self.get_paginated_response(RosterLineSerializer(page, many=True, context=context).data)
