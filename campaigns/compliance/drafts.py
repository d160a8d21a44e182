"""Check a draft before it is published: the corrected text for every market."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from .judge import judge
from .packs.load import Pack, load_packs
from .post import Connection, Post
from .required import required_text, where_to_put
from .verdict import Finding, MarketVerdict


@dataclass(frozen=True, slots=True)
class Correction:
    """A draft corrected for one market.

    `before` and `after` are the market's verdicts on the draft and on the correction; `post` is the corrected
    draft; `label` and `where` (a code of wording.WHERE) say what was put where; None when nothing was changed.
    """

    market: str
    before: MarketVerdict
    after: MarketVerdict
    post: Post
    label: str | None
    where: str | None

    @property
    def text(self) -> str:
        """The corrected lead text: caption, else description, else title, else the first slide."""
        post = self.post
        for text in (post.caption, post.description, post.title, *(post.frames or ())):
            if text:
                return text
        return ""


def correct_draft(
    post: Post,
    connection: Connection,
    markets: Iterable[str],
    *,
    now: datetime,
    packs: Mapping[str, Pack] | None = None,
) -> Mapping[str, Correction]:
    """Put the right label at the front of `post` for each market where it fails; leave it alone where it passes.

    A failing label that opens the text is replaced, the rest of the text is kept. Videos get the label at the start
    of overlay and text; what is spoken is the creator's to change, so `after` may still ask for review. Markets
    without worked rules come back unchanged.
    """
    packs = load_packs() if packs is None else packs
    found = {}
    for market, verdict in judge(post, connection, markets, now=now, packs=packs).markets.items():
        pack = packs.get(market)
        version = next((item for item in pack.versions if item.id == verdict.pack), None) if pack else None
        if pack is None or version is None or verdict.verdict in ("compliant", "not_sponsored"):
            found[market] = Correction(market, verdict, verdict, post, None, None)
            continue
        kind = connection.type if connection.known else "paid"
        label = required_text(pack, kind, post.language or _language(verdict, pack), connection)
        fixed = _put_first(post, label, verdict.findings)
        after = judge(fixed, connection, [market], now=now, packs=packs).markets[market]
        where = where_to_put(version, post.platform, post.media)
        found[market] = Correction(market, verdict, after, fixed, label, where)
    return found


def _language(verdict: MarketVerdict, pack: Pack) -> str | None:
    """Take the market's own language for a draft whose language was not given."""
    return pack.languages[0] if verdict.findings and pack.languages else None


def _put_first(post: Post, label: str, findings: Iterable[Finding]) -> Post:
    spans = [finding for finding in findings if finding.end and finding.code.startswith("LABEL_")]
    changed: dict[str, object] = {}
    surface = next((name for name in ("caption", "description", "title") if getattr(post, name) is not None), None)
    if surface is None and not post.frames:
        surface = "caption"
    if surface:
        old = next((item for item in spans if item.surface == surface and item.start == 0), None)
        changed[surface] = _lead(getattr(post, surface) or "", label, old)
    if post.frames:
        failing = {item.surface: item for item in spans if item.start == 0}
        changed["frames"] = tuple(
            _lead(text, label, failing.get(f"frames[{number}]")) for number, text in enumerate(post.frames)
        )
    return replace(post, **changed)  # type: ignore[arg-type]  # every key is a text field of Post


def _lead(text: str, label: str, old: Finding | None) -> str:
    """Put `label` before `text`, in place of the failing label it opens with."""
    kept = text[old.end :] if old is not None and old.code != "LABEL_CLEAR" else text
    kept = kept.lstrip(" \t|:–—-·,") if kept is not text else kept
    glue = " | " if label[-1:].isalnum() and not label.startswith("#") else " "
    return f"{label}{glue}{kept}".rstrip(" |") if kept.strip() else label
