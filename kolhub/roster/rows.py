"""Turn a mapped table into roster rows, one after another, with an account of everything that is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kolhub.platforms import Platform, find_platform, platform_named, platform_of_url
from kolhub.roster import columns as mapped
from kolhub.roster.cells import CellReader
from kolhub.roster.identity import Identity, Named, identify, text_of
from kolhub.roster.problems import Problem
from kolhub.roster.row import OF_PROFILE, RosterRow
from kolhub.roster.sheets import Cell
from kolhub.roster.table import Table

_IDENTITY = ("handle", "profile_url", "name", "platform", "currency")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of one profile in one line: a row, or None when it is refused; with its problems.

    `duplicate_of` is the line of the first row about the same profile, when that is why this one is not used.
    """

    line: int
    row: RosterRow | None
    problems: tuple[Problem, ...] = ()
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """The columns of one profile in a row that may tell of several; `platform` '' is settled row by row."""

    platform: str
    handle: mapped.Column | None
    url: mapped.Column | None
    columns: tuple[mapped.Column, ...]
    main: bool


def parse_rows(table: Table, mapping: mapped.Mapping, defaults: Mapping[str, str] | None = None) -> Iterator[Parsed]:
    """Yield what becomes of every data row, in the file's order, in flat memory.

    `defaults` may hold platform (key) and currency (ISO 4217) for rows that say neither. A profile that occurs
    twice is used as it stands first; later rows are reported as duplicate_identical or duplicate_conflict.
    """
    return _RowParser(table, mapping, defaults or {}).parse()


class _RowParser:
    def __init__(self, table: Table, mapping: mapped.Mapping, defaults: Mapping[str, str]) -> None:
        self.table = table
        self.default = mapping.platform or defaults.get("platform", "")
        read = [column for column in mapping.columns if column.field and column.twin is None]
        self.reader = CellReader(mapping.columns, defaults)
        self.platform_column = _first(read, "platform")
        self.name_column = _first(read, "name")
        self.currency_column = _first(read, "currency")
        self.groups = _groups(read, self.default)
        named = [at for at, header in enumerate(table.headers) if header]
        # In a text file a cell too many means that all after it have moved; in a sheet it is a stray remark.
        self.width = named[-1] + 1 if named and table.choices.kind == "csv" else None
        # Line and fingerprint of each profile's first row; numbers, to stay small for a million rows.
        self.seen: dict[int, tuple[int, int]] = {}

    def parse(self) -> Iterator[Parsed]:
        for line, cells in self.table.rows():
            if isinstance(cells, Problem):
                yield Parsed(line, None, (cells,))
            elif self.width is not None and len(cells) > self.width:
                params = {"expected": self.width, "found": len(cells)}
                yield Parsed(
                    line, None, (Problem("extra_cells", line, raw=_shown(cells[self.width :]), params=params),)
                )
            else:
                yield from self._row(line, cells)

    def _row(self, line: int, cells: Sequence[Cell]) -> Iterator[Parsed]:
        found = False
        for group in self.groups:
            if not group.main and not _filled(group, cells):
                continue
            found = True
            yield self._profile(line, cells, group)
        if not found:
            yield Parsed(line, None, (Problem("identity_missing", line),))

    def _profile(self, line: int, cells: Sequence[Cell], group: _Group) -> Parsed:
        platform, trouble = self._platform(line, cells, group)
        if platform is None:
            return Parsed(line, None, (trouble,) if trouble else ())
        identity = identify(platform, self._named(line, cells, group))
        if not identity.key:
            return Parsed(line, None, identity.problems)
        self.reader.row_currency = self.reader.currency_of(_cell(cells, self.currency_column))
        self.reader.read(line, cells, group.columns, platform.key)
        problems = (*identity.problems, *self.reader.problems)
        row = RosterRow(
            line=line,
            platform=platform.key,
            handle=identity.handle,
            key=identity.key,
            name=identity.name,
            profile_url=identity.profile_url,
            aliases=identity.aliases,
            **self.reader.values,
        )
        return self._once(row, problems, hash((_without_notes(identity), tuple(self.reader.values.items()))))

    def _platform(self, line: int, cells: Sequence[Cell], group: _Group) -> tuple[Platform | None, Problem | None]:
        """Return the platform of this profile: the column's own, the platform cell's, the link's, the default."""
        if group.platform:
            return find_platform(group.platform), None
        column = self.platform_column
        text = text_of(_cell(cells, column))[0] if column else ""
        if column and text:
            platform = platform_named(text)
            if platform is None:
                return None, Problem("row_platform_unknown", line, column.header, text)
            return platform, None
        link = text_of(_cell(cells, group.url))[0] or text_of(_cell(cells, group.handle))[0]
        by_link = platform_of_url(link) if link else None
        if by_link and not self.default:
            return by_link, None
        if self.default:
            return find_platform(self.default), None
        return None, Problem("row_platform_unknown", line, column.header if column else "", link)

    def _named(self, line: int, cells: Sequence[Cell], group: _Group) -> Named:
        return Named(
            line,
            _cell(cells, group.handle),
            group.handle.header if group.handle else "",
            _cell(cells, group.url),
            group.url.header if group.url else "",
            _cell(cells, self.name_column),
            self.name_column.header if self.name_column else "",
            expects_handle=group.handle is not None or group.url is not None,
            by_name_alone=group.main,
        )

    def _once(self, row: RosterRow, problems: tuple[Problem, ...], fingerprint: int) -> Parsed:
        """Return the row, or its rejection when the file has told of this profile before."""
        first = self.seen.setdefault(hash((row.platform, row.key)), (row.line, fingerprint))
        if first[0] == row.line and first[1] == fingerprint:
            return Parsed(row.line, row, problems)
        code = "duplicate_identical" if first[1] == fingerprint else "duplicate_conflict"
        params: dict[str, str | int] = {"first_line": first[0], "platform": row.platform}
        problem = Problem(code, row.line, raw=row.handle or row.name, params=params)
        return Parsed(row.line, None, (problem,), duplicate_of=first[0])


def _groups(columns: Sequence[mapped.Column], default: str) -> tuple[_Group, ...]:
    """Part the columns into profiles: one, or one per platform that the headers name."""
    platforms = list(dict.fromkeys(c.platform for c in columns if c.platform and c.field in {"handle", "profile_url"}))
    shared = [c for c in columns if c.field not in OF_PROFILE and c.field not in _IDENTITY]
    loose = [c for c in columns if c.field in OF_PROFILE and not c.platform]
    if len({c.platform for c in columns if c.platform and c.field in OF_PROFILE}) <= 1 and (
        not platforms or not default or platforms == [default]
    ):
        return (_group(platforms[0] if platforms else "", [c for c in columns if c.field in OF_PROFILE], shared, True),)
    groups = []
    has_own = any(c.field in {"handle", "profile_url"} for c in loose)
    if default and default not in platforms:
        own = [c for c in columns if c.field in OF_PROFILE and c.platform == default]
        groups.append(_group(default, [*loose, *own], shared, True))
    elif has_own and not default:
        groups.append(_group("", loose, shared, False))
    for platform in platforms:
        own = [c for c in columns if c.field in OF_PROFILE and c.platform == platform]
        mine = [*own, *(c for c in loose if platform == default)]
        # Prices without a platform are asked for the person, whoever of the profiles delivers.
        mine += [c for c in loose if c.field == "price" and platform != default and not default]
        groups.append(_group(platform, mine, shared, platform == default))
    return tuple(groups)


def _group(platform: str, own: Sequence[mapped.Column], shared: Sequence[mapped.Column], main: bool) -> _Group:
    read = tuple(sorted((c for c in (*shared, *own) if c.field not in _IDENTITY), key=lambda c: c.index))
    return _Group(platform, _first(own, "handle"), _first(own, "profile_url"), read, main)


def _first(columns: Sequence[mapped.Column], field: str) -> mapped.Column | None:
    return next((column for column in columns if column.field == field), None)


def _cell(cells: Sequence[Cell], column: mapped.Column | None) -> Cell:
    return cells[column.index] if column is not None and column.index < len(cells) else None


def _filled(group: _Group, cells: Sequence[Cell]) -> bool:
    return any(text_of(_cell(cells, column)) != ("", None) for column in (group.handle, group.url) if column)


def _shown(cells: Sequence[Cell]) -> str:
    return ", ".join("" if cell is None else str(cell) for cell in cells)


def _without_notes(identity: Identity) -> tuple[str, str, str, tuple[str, ...]]:
    return identity.key, identity.name, identity.profile_url, identity.aliases
