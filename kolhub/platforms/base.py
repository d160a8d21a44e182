"""The one shape every platform has: read a handle, judge it, link to it, and name a post by its URL."""

import re
from typing import ClassVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kolhub.platforms.text import scripts, skeleton, visible_handle

# What `validate` can answer besides None; each has a sentence in kolhub/roster/wording.py.
HANDLE_PROBLEMS = (
    "handle_missing",
    "handle_is_url",
    "handle_short_link",
    "handle_has_spaces",
    "handle_lookalike",
    "handle_mixed_scripts",
    "handle_reserved",
    "handle_invalid",
)
MAX_HANDLE = 120
_LIKE_URL = re.compile(r"(?i)\s*(?:https?:)?//|\s*www\.|[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?/")


def split_url(text: str) -> SplitResult | None:
    """Return the parts of a web address, scheme optional; None when the text is not one.

    Only http and https count: `javascript:` and its kind are not addresses of anybody's profile.
    """
    text = text.strip()
    if not _LIKE_URL.match(text):
        return None
    if text.startswith("//"):
        text = "https:" + text
    elif not re.match(r"(?i)https?://", text):
        text = "https://" + text
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    return parts if "." in host and not re.search(r"[\s\\]", host) else None


def host_of(parts: SplitResult) -> str:
    """Return the lower-case host without the prefixes that only say which device is reading."""
    host = (parts.hostname or "").rstrip(".")
    return re.sub(r"^(?:www|m|mobile|web|touch|h5)\.", "", host)


def is_under(host: str, domains: tuple[str, ...]) -> bool:
    """Tell whether the host is one of the domains or a subdomain of one."""
    return any(host == domain or host.endswith("." + domain) for domain in domains)


class Platform:
    """One place where creators publish. Subclasses declare; the verbs below do the work.

    key             stable identifier, stored in the database
    label           the name people read
    names           other spellings, in any language, for platform columns, headers and file names
    hosts           domains whose URLs belong here; short_hosts are redirectors that only the network resolves
    handle_pattern  what a canonical handle looks like, as a whole
    keeps_case      False when the platform treats Name and name as one account
    profile_paths   patterns on the URL's path with a group `handle`
    post_paths      patterns on path + "?" + query with a group `id`
    reserved        first path segments that are never a handle
    """

    key: ClassVar[str]
    label: ClassVar[str]
    names: ClassVar[tuple[str, ...]] = ()
    hosts: ClassVar[tuple[str, ...]] = ()
    short_hosts: ClassVar[tuple[str, ...]] = ()
    handle_pattern: ClassVar[re.Pattern[str]]
    keeps_case: ClassVar[bool] = False
    profile_paths: ClassVar[tuple[re.Pattern[str], ...]] = ()
    post_paths: ClassVar[tuple[re.Pattern[str], ...]] = ()
    reserved: ClassVar[frozenset[str]] = frozenset()
    profile_template: ClassVar[str] = ""

    def __repr__(self) -> str:
        return f"<Platform {self.key}>"

    def compact(self, raw: str) -> str:
        """Return the canonical handle in what a person wrote or pasted: @name, a URL, a label and a name.

        Never judges: what cannot be read comes back cleaned, for `validate` to name the reason.
        """
        text = visible_handle(raw)
        parts = split_url(text)
        if parts is not None:
            found = self.handle_in(parts)
            return self.fold(found) if found else text
        text = self.unlabelled(text).lstrip("@").strip()
        # The end of a URL often comes along when a name is cut out of one: "name/", "name?lang=en".
        if text and not re.search(r"\s", text):
            text = re.split(r"[?#]", text)[0].rstrip("/") or text
        return self.fold(text)

    def unlabelled(self, text: str) -> str:
        """Return the text without a leading 'name:' of this platform, as in '抖音号：abc'."""
        label, colon, rest = text.partition(":")
        if not colon or not rest.strip():
            return text
        bare = label.strip().casefold().removesuffix("id").removesuffix("号").removesuffix("號").strip()
        spoken = {self.key, self.label.casefold(), *(name.casefold() for name in self.names), ""}
        return rest.strip() if bare in spoken else text

    def fold(self, handle: str) -> str:
        """Return the handle in the case in which this platform compares it."""
        return handle if self.keeps_case else handle.lower()

    def handle_in(self, parts: SplitResult) -> str:
        """Return the handle in a profile URL of this platform, or '' when it is not one."""
        if not is_under(host_of(parts), self.hosts):
            return ""
        path = visible_handle(unquote(parts.path)).rstrip("/")
        for pattern in self.profile_paths:
            match = pattern.fullmatch(path)
            if match and match["handle"].lower() not in self.reserved:
                return match["handle"]
        return ""

    def validate(self, handle: str) -> str | None:
        """Return None for a well-formed canonical handle, else one of HANDLE_PROBLEMS.

        Form only: whether the account exists is not asked here.
        """
        if not handle:
            return "handle_missing"
        if len(handle) <= MAX_HANDLE and self.handle_pattern.fullmatch(handle):
            if handle in self.reserved:
                return "handle_reserved"
            return None if handle.isascii() else self.judge_scripts(handle)
        return self.why_invalid(handle)

    def judge_scripts(self, handle: str) -> str | None:
        """Return the problem of a well-formed handle beyond ASCII: letters that pose as others, or None."""
        if len(scripts(handle)) > 1 and skeleton(handle).isascii():
            return "handle_lookalike"
        return None

    def why_invalid(self, handle: str) -> str:
        """Return the most telling reason why the text is no handle of this platform."""
        parts = split_url(handle)
        if parts is not None:
            short = is_under(host_of(parts), self.short_hosts)
            return "handle_short_link" if short else "handle_is_url"
        if re.search(r"\s", handle):
            return "handle_has_spaces"
        if not handle.isascii() and self.handle_pattern.fullmatch(skeleton(handle)):
            return "handle_lookalike"
        return "handle_invalid"

    def form(self, handle: str) -> str:
        """Return which kind of name a canonical handle is; names of two kinds may mean the same account."""
        return "name"

    def profile_url(self, handle: str) -> str | None:
        """Return the public address of a canonical handle; None when the platform has none for this form."""
        return self.profile_template.format(handle) if self.profile_template else None

    def post_id(self, url: str) -> str | None:
        """Return the platform's own id of the post at this URL; None for another page or another platform."""
        parts = split_url(visible_handle(url))
        if parts is None or not is_under(host_of(parts), self.hosts + self.short_hosts):
            return None
        text = unquote(parts.path).rstrip("/") + ("?" + parts.query if parts.query else "")
        for pattern in self.post_paths:
            match = pattern.search(text)
            if match:
                return match["id"]
        return None


def query_value(parts: SplitResult, *keys: str) -> str:
    """Return the first value of any of these query parameters, or ''."""
    for key, value in parse_qsl(parts.query, max_num_fields=100):
        if key in keys:
            return value
    return ""


def paths(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Compile path patterns."""
    return tuple(re.compile(pattern) for pattern in patterns)
