"""Remember what changed while settling, and mark the conversions whose credits depend on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

# Before anything: a person who was merged changed altogether.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Changes:
    """Conversions that changed, and people whose touches changed from a moment on."""

    conversions: set[int] = field(default_factory=set)
    people: dict[int, datetime] = field(default_factory=dict)

    def person(self, person: int, since: datetime = EVER) -> None:
        """Note that a person's touches changed from `since` on."""
        self.people[person] = min(since, self.people.get(person, since))

    def add(self, other: Changes) -> None:
        """Take over what another part changed."""
        self.conversions |= other.conversions
        for person, since in other.people.items():
            self.person(person, since)


def mark_stale(organization_id: int, changes: Changes) -> bool:
    """Mark what has to be attributed again; say whether anything has.

    Rows that are marked already are locked too: an attribution that is just unmarking them must see what changed, or
    leave the mark. NO KEY, because an attribution that commits credits of these rows must not wait for us in turn.
    """
    if not changes.conversions and not changes.people:
        return False
    people = list(changes.people)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH affected AS (
                SELECT id FROM attribution_conversion WHERE id = ANY(%s)
                UNION
                SELECT conversion.id FROM unnest(%s::bigint[], %s::timestamptz[]) AS changed(person_id, since)
                JOIN attribution_conversion conversion USING (person_id) WHERE conversion.at >= changed.since),
            locked AS (
                SELECT id FROM attribution_conversion
                WHERE organization_id = %s AND id IN (SELECT id FROM affected) ORDER BY id FOR NO KEY UPDATE)
            UPDATE attribution_conversion SET is_stale = true FROM locked WHERE attribution_conversion.id = locked.id
            """,
            [list(changes.conversions), people, [changes.people[person] for person in people], organization_id],
        )
        return bool(cursor.rowcount)
