"""What the database itself keeps: each organization its rows, references within one organization, no rewriting.

These tests use plain SQL on purpose: what holds must hold without the querysets' help.
"""

from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.http import Http404, HttpResponse
from django.urls import include, path
from django.utils import timezone

from kolhub.access import allows
from kolhub.models import AuditEvent, Creator, Profile
from kolhub.models.rules import AppendOnly, CompositeForeignKey, RowSecurity
from kolhub.tenancy import OrganizationRequest, act_for, acting_for
from tests.factories import make_creator, make_membership, make_organization, make_profile

WINGS = ("kolhub", "campaigns", "attribution")
# They decide which organization a request acts for, so they are read before there is one.
WITHOUT_ROW_SECURITY = {"User", "Organization", "Membership", "Invitation", "ApiToken"}
ALL_MODELS = [model for wing in WINGS for model in apps.get_app_config(wing).get_models()]


def declared(model: type[models.Model], kind: type[models.BaseConstraint]) -> list[Any]:
    return [constraint for constraint in model._meta.constraints if isinstance(constraint, kind)]


def rows(sql: str, *parameters: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@pytest.mark.django_db
class TestEveryTable:
    def test_row_security_is_on_and_forced_for_every_model_but_the_named_few(self) -> None:
        found = {
            name: (on, forced)
            for name, on, forced in rows(
                "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p')"
            )
        }
        without = {model.__name__ for model in ALL_MODELS if found[model._meta.db_table] != (True, True)}
        assert without == WITHOUT_ROW_SECURITY

    def test_every_model_with_an_organization_declares_row_security(self) -> None:
        for model in ALL_MODELS:
            holds = any(field.name == "organization" for field in model._meta.get_fields())
            assert not holds or model.__name__ in WITHOUT_ROW_SECURITY or declared(model, RowSecurity), model

    def test_every_reference_between_owned_rows_carries_the_organization(self) -> None:
        """A foreign key to a table with an organization needs its composite twin."""
        missing = []
        for model in ALL_MODELS:
            bound = {constraint.field for constraint in declared(model, CompositeForeignKey)}
            for field in model._meta.get_fields():
                if not isinstance(field, models.ForeignKey) or not field.db_constraint:
                    continue
                target = field.related_model
                owned = target in ALL_MODELS and declared(target, RowSecurity)
                if owned and model.__name__ not in WITHOUT_ROW_SECURITY and field.name not in bound:
                    missing.append(f"{model.__name__}.{field.name}")
        assert not missing, "give them a CompositeForeignKey: " + ", ".join(missing)

    def test_the_declared_composite_keys_stand_in_the_database(self) -> None:
        standing = {name for (name,) in rows("SELECT conname FROM pg_constraint WHERE contype = 'f' AND convalidated")}
        wanted = {key.name for model in ALL_MODELS for key in declared(model, CompositeForeignKey)}
        assert wanted and wanted <= standing

    def test_the_application_owns_nothing_and_may_not_get_round_the_rules(self) -> None:
        ((bypasses, superuser),) = rows("SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert (bypasses, superuser) == (False, False)
        for role in ("kolhub_owner", "kolhub_hits", "kolhub_sweeper"):
            assert rows("SELECT pg_has_role(current_user, %s, 'MEMBER')", role) == [(False,)], role
        assert rows("SELECT relname FROM pg_class WHERE relowner = current_user::regrole") == []


@pytest.mark.django_db
class TestRows:
    def test_without_the_setting_there_are_no_rows_and_nothing_can_be_written(self) -> None:
        organization = make_organization()
        make_profile(make_creator(organization))
        AuditEvent.record(organization.pk, None, "test", organization)
        for empty in ("", None):
            rows("SELECT set_config('kolhub.organization', %s, true)", empty)
            for model in ALL_MODELS:
                if model.__name__ not in WITHOUT_ROW_SECURITY and model.__name__ != "CollectorProcess":
                    assert rows(f'SELECT count(*) FROM "{model._meta.db_table}"') == [(0,)], model
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                Creator.objects.create(organization=organization, name="Nobody's")

    def test_each_sees_its_own_and_changes_nobody_elses(self) -> None:
        mine, theirs = make_organization(), make_organization()
        creator = make_creator(theirs)
        act_for(mine.pk)
        assert not Creator.objects.filter(pk=creator.pk).exists()
        assert Creator.objects.filter(pk=creator.pk).update(name="stolen") == 0
        assert Creator.objects.filter(pk=creator.pk).delete()[0] == 0
        for attempt in ("INSERT", "UPDATE"):
            own = make_creator(mine)
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                if attempt == "INSERT":
                    Creator.objects.create(organization=theirs, name="smuggled in")
                else:
                    Creator.objects.filter(pk=own.pk).update(organization=theirs)

    def test_a_reference_across_organizations_cannot_be_stored(self) -> None:
        mine, theirs = make_organization(), make_organization()
        creator = make_creator(theirs)
        act_for(mine.pk)
        with pytest.raises(IntegrityError, match="profile_creator_org"), transaction.atomic():
            Profile.objects.create(organization=mine, creator_id=creator.pk, platform="tiktok", handle="a")
            rows("SET CONSTRAINTS ALL IMMEDIATE")

    def test_acting_for_needs_a_transaction(self) -> None:
        class Open:
            in_atomic_block = False

        with pytest.raises(RuntimeError, match="open transaction"), pytest.MonkeyPatch.context() as patched:
            patched.setattr("kolhub.tenancy.connection", Open())
            act_for(1)


class TestTransactions:
    def test_the_setting_goes_with_its_transaction(self, committed_database: Any) -> None:
        with transaction.atomic():
            organization = make_organization()
            make_creator(organization)
        assert Creator.objects.count() == 0
        assert rows("SELECT current_setting('kolhub.organization', true)") in ([("",)], [(None,)])
        with acting_for(organization.pk):
            assert Creator.objects.count() == 1
        assert Creator.objects.count() == 0
        with pytest.raises(RuntimeError, match="rolled back"), acting_for(organization.pk):
            raise RuntimeError("rolled back")
        assert Creator.objects.count() == 0
        with pytest.raises(RuntimeError, match="open transaction"):
            act_for(organization.pk)

    def test_append_only_is_refused_to_the_application_and_to_the_owner(self, committed_database: Any) -> None:
        with transaction.atomic():
            organization = make_organization()
            event = AuditEvent.record(organization.pk, None, "test", organization, at=timezone.now())
        append_only = [model for model in ALL_MODELS if declared(model, AppendOnly)]
        assert AuditEvent in append_only and len(append_only) > 5
        with psycopg.connect(committed_database.owner, autocommit=True) as owner:
            for model in append_only:
                table = model._meta.db_table
                with acting_for(organization.pk):
                    for attempt in (
                        f'UPDATE "{table}" SET organization_id = 1',
                        f'DELETE FROM "{table}"',
                        f'TRUNCATE "{table}"',
                    ):
                        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                            rows(attempt)
                with pytest.raises(psycopg.Error, match=r"append-only|referenced in a foreign key"):
                    owner.execute(f'TRUNCATE "{table}"')
            for attempt in ("UPDATE kolhub_auditevent SET verb = 'forged'", "DELETE FROM kolhub_auditevent"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                    owner.execute(attempt)
            assert owner.execute("SELECT verb FROM kolhub_auditevent").fetchall() == [("test",)]
        with acting_for(organization.pk):
            assert AuditEvent.objects.get().hash == event.compute_hash()

    @pytest.mark.parametrize(
        ("how", "status", "left"), [("fine", 200, 1), ("404", 404, 0), ("403", 403, 0), ("500", 500, 0)]
    )
    def test_a_failed_view_leaves_nothing(
        self, committed_database: Any, client: Any, settings: Any, how: str, status: int, left: int
    ) -> None:
        """What a view wrote before it failed is undone, though the answer is made later."""
        with transaction.atomic():
            member = make_membership(role="owner")
        client.force_login(member.user)
        client.raise_request_exception = False
        settings.ROOT_URLCONF = __name__
        response = client.post(f"/o/{member.organization.slug}/write-and/{how}/")
        assert response.status_code == status
        with acting_for(member.organization_id):
            assert Creator.objects.count() == left


@allows("see")
def write_and(request: OrganizationRequest, how: str) -> HttpResponse:
    """Write a row, then fail in one of the ways."""
    Creator.objects.create(organization=request.membership.organization, name="half-written")
    match how:
        case "404":
            raise Http404
        case "403":
            raise PermissionDenied
        case "500":
            raise RuntimeError("half-way")
    return HttpResponse("fine")


urlpatterns = [path("o/<slug:organization>/write-and/<str:how>/", write_and), path("", include("kolhub.urls"))]
