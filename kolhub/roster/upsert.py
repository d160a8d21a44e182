"""Put roster rows into the catalog: creators and profiles added or updated, snapshots and prices appended."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from kolhub.models import (
    Contact,
    Creator,
    Profile,
    ProfileSnapshot,
    Provenance,
    RateCard,
    RosterImport,
    RosterLine,
)
from kolhub.roster.row import RosterRow
from kolhub.roster.rows import Parsed

# Metrics that a profile shows and a snapshot keeps.
METRICS = ("followers", "avg_views", "avg_likes", "avg_comments", "avg_shares", "engagement_rate")
_CREATOR_TEXTS = ("country", "kind", "bio", "notes", "external_ref")


class Catalog:
    """The organization's creators while one roster is loaded. Call it inside the transaction that loads all of it."""

    def __init__(self, roster: RosterImport) -> None:
        self._roster = roster
        self._organization_id = roster.organization_id

    def take(self, batch: Sequence[Parsed]) -> list[RosterLine]:
        """Write a batch (whole lines, at most a few hundred) and say what became of each line."""
        rows = [parsed.row for parsed in batch if parsed.row is not None]
        known = self._known(rows)
        by_ref = self._by_ref(rows)
        lines: list[RosterLine] = []
        touched: list[Profile] = []
        written: list[tuple[Profile, RosterRow]] = []
        for line, of_line in groupby(batch, key=lambda parsed: parsed.line):
            group = list(of_line)
            usable = [parsed.row for parsed in group if parsed.row is not None]
            if not usable:
                lines.append(self._refused(line, group))
                continue
            creator, outcome, changes = self._creator(usable, known, by_ref)
            for row in usable:
                profile, change, differs = self._profile(creator, row, known)
                outcome = _worse(outcome, change)
                changes |= {f"{row.platform}.{name}": pair for name, pair in differs.items()}
                touched.append(profile)
                written.append((profile, row))
            outcome = _worse(outcome, self._contacts(creator, usable))
            lines.append(self._line(line, outcome, creator, changes))
        self._append(written)
        refresh({profile.creator_id for profile in touched})
        return lines

    # ---- what is there ----

    def _known(self, rows: Sequence[RosterRow]) -> dict[tuple[str, str], Profile]:
        """Find the profiles of these rows, by platform and handle (or another handle of the same account)."""
        handles = {row.key for row in rows} | {alias for row in rows for alias in row.aliases}
        found = Profile.objects.filter(
            organization_id=self._organization_id, handle__in=handles, platform__in={row.platform for row in rows}
        ).select_related("creator")
        by_handle = {(profile.platform, profile.handle): profile for profile in found}
        for row in rows:
            for alias in row.aliases:
                if (row.platform, alias) in by_handle:
                    by_handle.setdefault((row.platform, row.key), by_handle[row.platform, alias])
        return by_handle

    def _by_ref(self, rows: Sequence[RosterRow]) -> dict[str, Creator]:
        refs = {row.external_ref for row in rows if row.external_ref}
        creators = Creator.objects.filter(organization_id=self._organization_id, external_ref__in=refs) if refs else ()
        return {creator.external_ref: creator for creator in creators}

    # ---- one line ----

    def _creator(
        self, rows: Sequence[RosterRow], known: dict[tuple[str, str], Profile], by_ref: dict[str, Creator]
    ) -> tuple[Creator, str, dict[str, Any]]:
        """Find or make the person of a line; blank cells never erase what is known."""
        first = rows[0]
        profile = next((known[row.platform, row.key] for row in rows if (row.platform, row.key) in known), None)
        creator = profile.creator if profile else by_ref.get(first.external_ref) if first.external_ref else None
        values = _creator_values(rows)
        if creator is None:
            creator = Creator.objects.create(organization_id=self._organization_id, **values)
            if creator.external_ref:
                by_ref[creator.external_ref] = creator
            return creator, RosterLine.Outcome.ADDED, {}
        if values.get("external_ref") and values["external_ref"] in by_ref:
            # Another creator already has this number: keep it where it is.
            values.pop("external_ref")
        changes = _changes(creator, values)
        if changes:
            creator.save(update_fields=[*changes, "updated_at"])
        return creator, RosterLine.Outcome.UPDATED if changes else RosterLine.Outcome.UNCHANGED, changes

    def _profile(
        self, creator: Creator, row: RosterRow, known: dict[tuple[str, str], Profile]
    ) -> tuple[Profile, str, dict[str, Any]]:
        """Find or make the profile; metrics older than those it shows go to its history only."""
        profile = known.get((row.platform, row.key))
        taken_on = self._taken_on(row)
        values = _profile_values(row)
        metrics = _metrics(row)
        if profile is None:
            profile = Profile.objects.create(
                organization_id=self._organization_id,
                creator=creator,
                platform=row.platform,
                handle=row.key,
                **values,
                **metrics,
                **self._origin(taken_on),
            )
            known[row.platform, row.key] = profile
            return profile, RosterLine.Outcome.ADDED, {}
        is_newer = profile.metrics_on is None or taken_on >= profile.metrics_on
        if is_newer:
            values |= metrics
        changes = _changes(profile, values)
        stamps = self._origin(taken_on) if is_newer and metrics else {}
        moved = _changes(profile, stamps)
        if changes or moved:
            profile.save(update_fields=[*changes, *moved])
        return profile, RosterLine.Outcome.UPDATED if changes or moved else RosterLine.Outcome.UNCHANGED, changes

    def _taken_on(self, row: RosterRow) -> date:
        return row.as_of or self._roster.metrics_on

    def _origin(self, taken_on: date) -> dict[str, Any]:
        return {"metrics_on": taken_on, "metrics_source": self._roster.source, "provenance": Provenance.CLAIMED}

    def _contacts(self, creator: Creator, rows: Sequence[RosterRow]) -> str:
        wanted = {
            (kind, value[:200])
            for row in rows
            for kind, values in (
                ("email", row.emails),
                ("wechat", (row.wechat,)),
                ("whatsapp", (row.whatsapp,)),
                ("phone", (row.phone,)),
                ("agent", (row.agent,)),
            )
            for value in values
            if value
        }
        if not wanted:
            return RosterLine.Outcome.UNCHANGED
        there = set(
            Contact.objects.filter(organization_id=self._organization_id, creator=creator).values_list("kind", "value")
        )
        Contact.objects.bulk_create(
            [
                Contact(
                    organization_id=self._organization_id,
                    creator=creator,
                    creator_organization_id=self._organization_id,
                    kind=kind,
                    value=value,
                )
                for kind, value in sorted(wanted - there)
            ]
        )
        return RosterLine.Outcome.UPDATED if wanted - there else RosterLine.Outcome.UNCHANGED

    # ---- a batch ----

    def _append(self, written: Sequence[tuple[Profile, RosterRow]]) -> None:
        """Keep the day's metrics and prices; the same day from the same source is corrected, not doubled."""
        snapshots = {
            (profile.pk, self._taken_on(row)): ProfileSnapshot(
                organization_id=self._organization_id,
                profile=profile,
                taken_on=self._taken_on(row),
                source=self._roster.source,
                provenance=Provenance.CLAIMED,
                roster_import=self._roster,
                **_metrics(row),
            )
            for profile, row in written
            if _metrics(row)
        }
        ProfileSnapshot.objects.bulk_create(
            snapshots.values(),
            update_conflicts=True,
            unique_fields=["profile", "taken_on", "source"],
            update_fields=list(METRICS),
        )
        prices = {
            (profile.pk, price.format, self._taken_on(row)): RateCard(
                organization_id=self._organization_id,
                profile=profile,
                format=price.format,
                amount_minor=price.money.minor,
                currency=price.money.currency,
                quoted_on=self._taken_on(row),
                source=self._roster.source,
            )
            for profile, row in written
            for price in row.prices
        }
        RateCard.objects.bulk_create(
            prices.values(),
            update_conflicts=True,
            unique_fields=["profile", "format", "quoted_on"],
            update_fields=["amount_minor", "currency", "source"],
        )

    # ---- the account ----

    def _line(self, line: int, outcome: str, creator: Creator, changes: dict[str, Any]) -> RosterLine:
        return RosterLine(
            organization_id=self._organization_id,
            roster_import=self._roster,
            line=line,
            outcome=outcome,
            label=creator.name[:200],
            creator=creator,
            changes=changes,
        )

    def _refused(self, line: int, group: Sequence[Parsed]) -> RosterLine:
        raw = next((problem.raw for parsed in group for problem in parsed.problems if problem.raw), "")
        return RosterLine(
            organization_id=self._organization_id,
            roster_import=self._roster,
            line=line,
            outcome=RosterLine.Outcome.REFUSED,
            label=raw[:200],
        )


def refresh(creator_ids: Iterable[int]) -> None:
    """Bring up to date what lists search and sort by; at most some hundreds of creators at a time."""
    creators = Creator.objects.filter(pk__in=creator_ids).prefetch_related("profiles")
    for creator in creators:
        profiles = list(creator.profiles.all())
        creator.top_followers = max((p.followers for p in profiles if p.followers is not None), default=None)
        words = [creator.name, *(p.handle for p in profiles), *(p.display_name for p in profiles)]
        creator.search_text = " ".join(
            dict.fromkeys(word.casefold() for word in [*words, *creator.categories, *creator.tags, creator.bio[:300]])
        )
    Creator.objects.bulk_update(creators, ["top_followers", "search_text"])


def _creator_values(rows: Sequence[RosterRow]) -> dict[str, Any]:
    """Return what the rows of one person say about the person; only what is not blank."""
    values: dict[str, Any] = {"name": rows[0].name[:200] or rows[0].handle}
    for name in _CREATOR_TEXTS:
        told = next((getattr(row, name) for row in rows if getattr(row, name)), "")
        if told:
            values[name] = told[:80] if name == "external_ref" else told
    for name in ("languages", "categories"):
        told = tuple(dict.fromkeys(word for row in rows for word in getattr(row, name)))
        if told:
            values[name] = list(told)
    return values


def _profile_values(row: RosterRow) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if row.name:
        values["display_name"] = row.name[:200]
    if row.profile_url:
        values["url"] = row.profile_url
    if row.audience_countries:
        values["audience_country"] = row.audience_countries[0]
    return values


def _metrics(row: RosterRow) -> dict[str, Any]:
    """Return the row's metrics; a rate that it does not give is engagements ÷ followers where both are there."""
    told: dict[str, Any] = {name: getattr(row, name) for name in METRICS if getattr(row, name) is not None}
    if "engagement_rate" in told:
        told["engagement_rate"] = float(told["engagement_rate"])
    elif row.followers:
        engaged = row.avg_engagement
        if engaged is None and row.avg_likes is not None:
            engaged = row.avg_likes + (row.avg_comments or 0)
        if engaged is not None:
            told["engagement_rate"] = round(engaged / row.followers, 6)
    return told


def _changes(record: Creator | Profile, values: dict[str, Any]) -> dict[str, Any]:
    """Set the values on the record; return {field: [before, after]} of those that differ."""
    changes: dict[str, Any] = {}
    for name, after in values.items():
        before = getattr(record, name)
        if before != after:
            setattr(record, name, after)
            changes[name] = [_plain(before), _plain(after)]
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


_ORDER = [RosterLine.Outcome.UNCHANGED, RosterLine.Outcome.UPDATED, RosterLine.Outcome.ADDED]


def _worse(one: str, other: str) -> str:
    """Return the outcome that says more: a new profile of a known creator is an update."""
    if RosterLine.Outcome.ADDED in (one, other) and one != other:
        return RosterLine.Outcome.ADDED if one == RosterLine.Outcome.ADDED else RosterLine.Outcome.UPDATED
    return max(one, other, key=lambda outcome: _ORDER.index(RosterLine.Outcome(outcome)))
