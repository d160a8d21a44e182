"""Screening: the steps that decide, in this order, whether a hit counts. Whatever is refused is kept and marked.

Each step is a pure function from what was seen to an outcome or None; the first outcome wins.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from attribution.collector import agents
from attribution.collector.addresses import Address, Network, within
from attribution.collector.consent import Consent, may_keep
from attribution.collector.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request tells about whoever made it. `policy` is empty for a click (see `drop_without_consent`)."""

    method: str = "GET"
    agent: str = ""
    purpose: str = ""
    address: Address | None = None
    own_networks: tuple[Network, ...] = field(default=())
    consent: Consent = Consent.UNKNOWN
    policy: str = ""
    country: str = ""
    time_zone: str = ""


def drop_head(seen: Seen) -> Outcome | None:
    """A HEAD request looks whether a page is there: nobody is shown anything."""
    return Outcome.HEAD if seen.method == "HEAD" else None


def drop_prefetch(seen: Seen) -> Outcome | None:
    """A browser that fetches ahead (Sec-Purpose, Purpose, X-Purpose, X-Moz) has not been told to go there."""
    purpose = seen.purpose.lower()
    return Outcome.PREFETCH if "prefetch" in purpose or "preview" in purpose or "prerender" in purpose else None


def drop_previews_and_bots(seen: Seen) -> Outcome | None:
    """Programs that say what they are: link previews, mail scanners, crawlers, libraries, headless browsers."""
    kind = agents.classify(seen.agent)
    return Outcome(kind) if kind else None


def drop_own_team(seen: Seen) -> Outcome | None:
    """The brand's own offices test their links all day."""
    return Outcome.OWN_TEAM if seen.own_networks and within(seen.address, seen.own_networks) else None


def drop_without_consent(seen: Seen) -> Outcome | None:
    """Apply the pixel's policy; a click knows no banner yet, so there only a refusal (GPC, DNT) counts.

    A click id names a click, not a person: it is tied to a visitor by the landing page, under the pixel's policy.
    """
    allowed = may_keep(seen.consent, seen.policy or "opt_out", seen.country, seen.time_zone)
    return None if allowed else Outcome.NO_CONSENT


STEPS: Final[tuple[Callable[[Seen], Outcome | None], ...]] = (
    drop_head,
    drop_prefetch,
    drop_previews_and_bots,
    drop_own_team,
    drop_without_consent,
)


def screen(seen: Seen) -> Outcome:
    """Return what becomes of the hit: the first step that refuses it, or accepted."""
    for step in STEPS:
        outcome = step(seen)
        if outcome is not None:
            return outcome
    return Outcome.ACCEPTED
