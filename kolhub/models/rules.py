"""Rules that the database itself keeps, declared on the model like any other constraint.

Each is a Django constraint so that `makemigrations` sees it and a reader finds it beside the fields it protects.
PostgreSQL 15 or newer.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OWN = "organization_id = kolhub_organization()"
# Evaluated once per statement (an InitPlan), not once per row.
SHARED = "organization_id = ANY ((SELECT kolhub_visible_organizations())::bigint[])"
SHARED_CONTACTS = "organization_id = ANY ((SELECT kolhub_contact_organizations())::bigint[])"


class _Rule(models.BaseConstraint):
    """A constraint whose SQL is a script of its own, run after the table exists."""

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        return self.create_sql(model, schema_editor)

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Defer the script to the end of the migration: what it refers to may come after it."""
        assert model is not None and schema_editor is not None
        schema_editor.deferred_sql.append(self._statements(model)[0])
        return None

    def _statements(self, model: type[models.Model]) -> tuple[str, str]:
        raise NotImplementedError

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        return self._statements(model)[1]

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave the check to the database."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct() == other.deconstruct()

    __hash__ = None  # type: ignore[assignment]


class CompositeForeignKey(_Rule):
    """Bind a foreign key to the organization it must belong to.

    `field` names the foreign key, `organization` the column that holds the target's organization. The target needs a
    unique constraint on (organization_id, id). A reference that crosses organizations cannot be stored.
    `target` names the target's column where it is another one: an agency may only write below what it takes part in.
    """

    def __init__(
        self, *, field: str, organization: str = "organization", target: str = "organization", name: str
    ) -> None:
        self.field = field
        self.organization = organization
        self.target = target
        super().__init__(name=name)

    def _statements(self, model: type[models.Model]) -> tuple[str, str]:
        field = model._meta.get_field(self.field)
        holder = model._meta.get_field(self.organization)
        target = field.related_model
        assert (
            isinstance(field, models.ForeignKey) and isinstance(holder, models.ForeignKey) and isinstance(target, type)
        )
        table = model._meta.db_table
        create = (
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{self.name}" FOREIGN KEY ("{holder.column}", "{field.column}") '
            f'REFERENCES "{target._meta.db_table}" ("{self.target}_id", "id") DEFERRABLE INITIALLY DEFERRED'
        )
        return create, f'ALTER TABLE "{table}" DROP CONSTRAINT "{self.name}"'

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return (
            path,
            args,
            {**kwargs, "field": self.field, "organization": self.organization, "target": self.target},
        )


class RowSecurity(_Rule):
    """Let each organization see and change only its rows (PostgreSQL row-level security, FORCE).

    `read` and `write` are SQL conditions. Without the setting `kolhub.organization` no row passes. The table's owner
    (migrations, pruning) passes every row; `hits` and `sweeper` list what those two logins may do here, for instance
    "SELECT, INSERT", across organizations.
    """

    def __init__(self, *, name: str, read: str = OWN, write: str = OWN, hits: str = "", sweeper: str = "") -> None:
        self.read, self.write, self.hits, self.sweeper = read, write, hits, sweeper
        super().__init__(name=name)

    def _statements(self, model: type[models.Model]) -> tuple[str, str]:
        table = model._meta.db_table
        create = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY "{self.name}_owner" ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)',
            f'CREATE POLICY "{self.name}_read" ON "{table}" FOR SELECT TO kolhub_app USING ({self.read})',
            f'CREATE POLICY "{self.name}_insert" ON "{table}" FOR INSERT TO kolhub_app WITH CHECK ({self.write})',
            f'CREATE POLICY "{self.name}_update" ON "{table}" FOR UPDATE TO kolhub_app'
            f" USING ({self.write}) WITH CHECK ({self.write})",
            f'CREATE POLICY "{self.name}_delete" ON "{table}" FOR DELETE TO kolhub_app USING ({self.write})',
        ]
        drop = [
            f'DROP POLICY "{self.name}_{kind}" ON "{table}"' for kind in ("owner", "read", "insert", "update", "delete")
        ]
        for role, privileges in (("hits", self.hits), ("sweeper", self.sweeper)):
            if privileges:
                create.append(f'GRANT {privileges} ON "{table}" TO kolhub_{role}')
                create.append(
                    f'CREATE POLICY "{self.name}_{role}" ON "{table}" TO kolhub_{role} USING (true) WITH CHECK (true)'
                )
                drop.append(f'DROP POLICY "{self.name}_{role}" ON "{table}"')
                drop.append(f'REVOKE ALL ON "{table}" FROM kolhub_{role}')
        drop.append(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        drop.append(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        return ";\n".join(create), ";\n".join(drop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return (
            path,
            args,
            {
                **kwargs,
                "read": self.read,
                "write": self.write,
                "hits": self.hits,
                "sweeper": self.sweeper,
            },
        )


class AppendOnly(_Rule):
    """Refuse UPDATE, DELETE and TRUNCATE on the table: a correction is a new row.

    Privileges are taken from the application's login, and triggers refuse the owner too, except while it sets
    `kolhub.pruning` to `on` in its own transaction (retention leaves proof rows behind).
    """

    def _statements(self, model: type[models.Model]) -> tuple[str, str]:
        table = model._meta.db_table
        create = (
            f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM kolhub_app;\n'
            f'CREATE TRIGGER "{self.name}_rows" BEFORE UPDATE OR DELETE ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION kolhub_refuse_change();\n"
            f'CREATE TRIGGER "{self.name}_table" BEFORE TRUNCATE ON "{table}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION kolhub_refuse_change()"
        )
        drop = (
            f'DROP TRIGGER "{self.name}_rows" ON "{table}";\n'
            f'DROP TRIGGER "{self.name}_table" ON "{table}";\n'
            f'GRANT UPDATE, DELETE ON "{table}" TO kolhub_app'
        )
        return create, drop


class OrganizationQuerySet(models.QuerySet[Any]):
    """Rows that belong to an organization."""

    def visible_to(self, membership: Any) -> Any:
        """Keep what this membership's organization owns. Every queryset a user can reach starts here."""
        return self.filter(organization_id=membership.organization_id)


class OwnedModel(models.Model):
    """A row that belongs to one organization; the organization travels with every foreign key."""

    organization = models.ForeignKey("kolhub.Organization", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True
