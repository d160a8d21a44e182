"""Who is behind the keys: keys that came in together name one person, and people who turn out to be one are merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from attribution.collector.settle.stale import Changes
from attribution.collector.understand import Facts
from attribution.models import IdentityKey, Person


class _Groups:
    """Keys that belong together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, key: str) -> str:
        """Return the key that stands for the group of this one."""
        above = self._above.setdefault(key, key)
        while above != self._above[above]:
            self._above[above] = self._above[self._above[above]]
            above = self._above[above]
        self._above[key] = above
        return above

    def join(self, keys: Sequence[str]) -> None:
        """Put keys into one group."""
        first = self.root(keys[0])
        for key in keys[1:]:
            self._above[self.root(key)] = first

    def all(self) -> dict[str, list[str]]:
        """Give the groups by their root."""
        found: dict[str, list[str]] = {}
        for key in list(self._above):
            found.setdefault(self.root(key), []).append(key)
        return found


def find_people(organization_id: int, facts: Iterable[Facts], changes: Changes) -> dict[str, int]:
    """Return the person of every key; makes new people and merges those that turn out to be one."""
    groups = _Groups()
    for fact in facts:
        if fact.keys:
            groups.join(fact.keys)
    by_root = groups.all()
    keys = [key for group in by_root.values() for key in group]
    known = dict(
        IdentityKey.objects.filter(organization_id=organization_id, key__in=keys).values_list("key", "person_id")
    )
    # A person's other keys may stand in other groups: groups that share a person are one.
    by_person: dict[int, str] = {}
    for key, person in known.items():
        groups.join([by_person.setdefault(person, key), key])
    person_of: dict[str, int] = {}
    merged: dict[int, int] = {}
    fresh: list[list[str]] = []
    for group in groups.all().values():
        people = sorted({known[key] for key in group if key in known})
        if not people:
            fresh.append(group)
            continue
        person_of |= dict.fromkeys(group, people[0])
        merged |= dict.fromkeys(people[1:], people[0])
    made = Person.objects.bulk_create([Person(organization_id=organization_id) for _group in fresh])
    for person, group in zip(made, fresh, strict=True):
        person_of |= dict.fromkeys(group, person.pk)
    IdentityKey.objects.bulk_create(
        [
            IdentityKey(organization_id=organization_id, key=key, person_id=person)
            for key, person in person_of.items()
            if key not in known
        ]
    )
    if merged:
        _merge(organization_id, merged, changes)
    return person_of


def _merge(organization_id: int, merged: dict[int, int], changes: Changes) -> None:
    """Move everything of some people to others, and forget them."""
    old, kept = list(merged), list(merged.values())
    with connection.cursor() as cursor:
        for table in ("attribution_touch", "attribution_conversion", "attribution_identitykey"):
            cursor.execute(
                f"UPDATE {table} moved SET person_id = merged.kept"  # noqa: S608 - names from the line above
                " FROM unnest(%s::bigint[], %s::bigint[]) AS merged(old, kept)"
                " WHERE moved.person_id = merged.old AND moved.organization_id = %s",
                [old, kept, organization_id],
            )
    Person.objects.filter(pk__in=old).delete()
    for person in kept:
        changes.person(person)
