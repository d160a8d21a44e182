"""What the hot path must know of the database: pixels, source keys and links, in memory and in a file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from attribution.collector.addresses import Network, networks
from attribution.collector.outcomes import Outcome


@dataclass(frozen=True)
class Pixel:
    """A pixel's key and the policy it reports under."""

    key: str
    organization_id: int
    shop_id: int
    consent_policy: str
    own_networks: tuple[str, ...]
    is_archived: bool

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """Give the team's own networks."""
        return networks(self.own_networks)


@dataclass(frozen=True)
class Source:
    """A source key with its sealed secrets."""

    key: str
    kind: str
    organization_id: int
    shop_id: int
    secret: str
    previous_secret: str
    shop_domain: str
    is_archived: bool


@dataclass(frozen=True)
class Link:
    """A link with its newest version. Times are seconds since 1970 UTC."""

    slug: str
    id: int
    organization_id: int
    version: int
    destination: str
    parameters: dict[str, str] = field(hash=False)
    disabled_at: float | None
    ends_at: float | None
    is_campaign_over: bool

    def outcome(self, now: float, simulated: bool = False) -> Outcome:
        """Say whether a click counts now. How the campaign stands today says nothing about a simulated past."""
        if self.disabled_at is not None and now >= self.disabled_at:
            return Outcome.LINK_DISABLED
        if (self.ends_at is not None and now >= self.ends_at) or (self.is_campaign_over and not simulated):
            return Outcome.LINK_ENDED
        return Outcome.ACCEPTED

    @cached_property
    def target(self) -> str:
        """Give where the click goes: the destination with those parameters that it has not already."""
        return with_parameters(self.destination, self.parameters)


def with_parameters(url: str, extra: dict[str, str]) -> str:
    """Add query parameters before the fragment; the URL's own win."""
    parts = urlsplit(url)
    own = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    added = "&".join(
        f"{quote(str(name), safe='')}={quote(str(value), safe='')}" for name, value in extra.items() if name not in own
    )
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit(parts._replace(query=query))


def is_safe_target(url: str) -> bool:
    """Say whether a Location header may carry this URL: http(s) with a host, no control characters, no userinfo."""
    if any(ord(letter) < 0x21 or ord(letter) == 0x7F or letter in '\\"<>' for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


@dataclass
class Tables:
    """All pixels, sources and links by their public keys."""

    pixels: dict[str, Pixel] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    own_networks: dict[int, tuple[Network, ...]] = field(default_factory=dict)

    def index_networks(self) -> None:
        """Gather each organization's own networks: its links have no pixel to ask."""
        gathered: dict[int, list[Network]] = {}
        for pixel in self.pixels.values():
            gathered.setdefault(pixel.organization_id, []).extend(pixel.networks)
        self.own_networks = {organization: tuple(dict.fromkeys(known)) for organization, known in gathered.items()}

    def write(self, path: Path) -> None:
        """Keep a copy that outlives PostgreSQL; the old one stays until the new one is whole. Secrets stay sealed."""
        told: dict[str, Any] = {
            "pixels": [asdict(pixel) for pixel in self.pixels.values()],
            "sources": [asdict(source) for source in self.sources.values()],
            "links": [asdict(link) for link in self.links.values()],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.new")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(told, file)
            file.flush()
            os.fdatasync(file.fileno())
        os.replace(beside, path)

    @classmethod
    def read(cls, path: Path) -> Tables | None:
        """Read the copy; None where there is none that can be read."""
        try:
            told = json.loads(path.read_text())
            tables = cls(
                pixels={
                    one["key"]: Pixel(**{**one, "own_networks": tuple(one["own_networks"])}) for one in told["pixels"]
                },
                sources={one["key"]: Source(**one) for one in told["sources"]},
                links={one["slug"]: Link(**one) for one in told["links"]},
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None
        tables.index_networks()
        return tables
