"""Who a row is about: from handle, link and name to one canonical identity on one platform."""

import datetime
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from kolhub.platforms import Platform
from kolhub.platforms.base import MAX_HANDLE, host_of, is_under, split_url
from kolhub.platforms.text import HIDDEN, has_hidden, visible
from kolhub.roster.numbers import SAFE_FLOAT, is_missing
from kolhub.roster.problems import Problem
from kolhub.roster.sheets import Cell

_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d+")
_LOST = re.compile(r"\?{2,}|\ufffd")
# A text that fails for one of these is nobody's name: somebody poses, or it is a word of the platform's own.
_HOSTILE = frozenset({"handle_lookalike", "handle_reserved"})
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """A profile's identity, or a refusal (`key` ''); `problems` hold the notes and the reason of a refusal."""

    key: str = ""
    handle: str = ""
    name: str = ""
    profile_url: str = ""
    aliases: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """The cells a row names somebody with, and the columns they stand in."""

    line: int
    handle: Cell = None
    handle_column: str = ""
    url: Cell = None
    url_column: str = ""
    name: Cell = None
    name_column: str = ""
    expects_handle: bool = True
    by_name_alone: bool = True


def text_of(cell: Cell) -> tuple[str, str | None]:
    """Return (text, None) of a cell that should hold text, or ('', problem) when a spreadsheet has changed it."""
    if cell is None or isinstance(cell, bool):
        return "", None
    if isinstance(cell, datetime.date):
        return "", "changed_to_date"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < SAFE_FLOAT:
            return str(int(cell)), None
        return "", "precision_lost" if abs(cell) >= SAFE_FLOAT else "changed_to_date"
    if isinstance(cell, int):
        return str(cell), None
    if _SCIENTIFIC.fullmatch(cell.strip()):
        return "", "scientific_notation"
    text = visible(cell)
    return ("" if is_missing(text) else text), None


def folded_name(name: str) -> str:
    """Return the name as names are compared: NFKC, no case, single blanks, nothing invisible."""
    return " ".join(unicodedata.normalize("NFKC", HIDDEN.sub("", name)).casefold().split())


def name_key(name: str) -> str:
    """Return the key of somebody known by display name only: '~' and the folded name, at most MAX_HANDLE long."""
    key = "~" + folded_name(name)
    if len(key) <= MAX_HANDLE:
        return key
    return key[: MAX_HANDLE - 13] + "#" + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=6).hexdigest()


def identify(platform: Platform, named: Named) -> Identity:
    """Return the identity that the cells give, or the refusal; says in notes what was put right."""
    written, mangled = text_of(named.handle)
    if mangled:
        raw = str(named.handle)
        return _refused(
            Problem("handle_changed_by_spreadsheet", named.line, named.handle_column, raw, {"how": mangled})
        )
    notes: list[Problem] = []
    if isinstance(named.handle, str) and has_hidden(named.handle):
        notes.append(Problem("hidden_characters", named.line, named.handle_column, named.handle))
    handle = platform.compact(written) if written else ""
    trouble = platform.validate(handle) if written else "handle_missing"
    linked, url = _linked(platform, named, notes)
    name = _name(named, written, notes)
    if trouble is None:
        return _by_handle(platform, named, handle, linked, url, name, notes)
    if linked:
        if written:
            notes.append(Problem("handle_from_url", named.line, named.handle_column, written, {"handle": linked}))
        return Identity(linked, linked, name or linked, url, (), tuple(notes))
    if trouble in _HOSTILE or not named.by_name_alone:
        return _refused(Problem(trouble, named.line, named.handle_column, written, {"platform": platform.label}))
    return _by_name(platform, named, written, trouble, url, name, notes)


def _refused(problem: Problem) -> Identity:
    return Identity(problems=(problem,))


def _linked(platform: Platform, named: Named, notes: list[Problem]) -> tuple[str, str]:
    """Return (handle in the link, the link as it may be shown), each '' when there is none."""
    text, _ = text_of(named.url)
    if not text:
        return "", ""
    handle = platform.compact(text)
    if platform.validate(handle) is None and split_url(text) is not None:
        return handle, platform.profile_url(handle) or ""
    parts = split_url(text)
    if parts is not None and is_under(host_of(parts), platform.hosts + platform.short_hosts):
        return "", parts._replace(scheme="https", fragment="").geturl()[:500]
    if platform.validate(handle) is None and not re.search(r"[\s:/]", text):
        return handle, platform.profile_url(handle) or ""
    notes.append(Problem("url_invalid", named.line, named.url_column, text, {"platform": platform.label}))
    return "", ""


def _name(named: Named, written: str, notes: list[Problem]) -> str:
    """Return the display name: its own cell, else the handle as it was written, unless characters are lost."""
    cell = named.name
    text, _ = text_of(cell if not isinstance(cell, datetime.date) else str(cell))
    own = text[:MAX_NAME]
    if not own and written and split_url(written) is None:
        own = written.lstrip("@＠")[:MAX_NAME]
    if own and _LOST.search(own):
        notes.append(Problem("lost_characters", named.line, named.name_column or named.handle_column, own))
        return "" if not re.search(r"[^\W_]", own.partition(" (")[0]) else own
    if own.startswith(("=", "＝")):
        notes.append(Problem("formula_text", named.line, named.name_column or named.handle_column, own))
    return own


def _by_handle(
    platform: Platform, named: Named, handle: str, linked: str, url: str, name: str, notes: list[Problem]
) -> Identity:
    """Return the identity of a good handle, beside whatever the link says."""
    own_url = platform.profile_url(handle) or url
    if not linked or linked == handle:
        return Identity(handle, handle, name or handle, own_url, (), tuple(notes))
    if platform.form(linked) != platform.form(handle):
        # A 小红书号 or slug cannot be opened, the link can: the link's form is the identity then.
        if platform.profile_url(handle) is None:
            return Identity(linked, linked, name or handle, url, (handle,), tuple(notes))
        return Identity(handle, handle, name or handle, own_url, (linked,), tuple(notes))
    params = {"handle": handle, "linked": linked}
    notes.append(Problem("handle_url_mismatch", named.line, named.handle_column, handle, params))
    return Identity(linked, linked, name or linked, url, (), tuple(notes))


def _by_name(
    platform: Platform, named: Named, written: str, trouble: str, url: str, name: str, notes: list[Problem]
) -> Identity:
    """Return the identity of somebody known by display name only, or the refusal when there is no name either."""
    if not name or not re.search(r"\w", name) or written.startswith(("=", "＝")):
        if written:
            return _refused(Problem(trouble, named.line, named.handle_column, written, {"platform": platform.label}))
        return _refused(Problem("identity_missing", named.line))
    if written:
        params = {"platform": platform.label, "reason": trouble}
        notes.append(Problem("handle_unreadable", named.line, named.handle_column, written, params))
    elif named.expects_handle:
        notes.append(Problem("handle_absent", named.line, named.handle_column or named.url_column, name))
    return Identity(name_key(name), "", name, url, (), tuple(notes))
