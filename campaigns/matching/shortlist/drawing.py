"""A draw's life: requested, claimed by a worker, drawn; or swept up when its worker died."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import Q

from campaigns.matching.candidate import Candidate, Wanted
from campaigns.matching.features import KEYS, Draw, Features, is_sure, measure
from campaigns.matching.rankers import BASELINE, Ranker, find_ranker
from campaigns.matching.reasons import Reason, reasons
from campaigns.matching.shortlist.candidates import candidates, filtered, peers
from campaigns.matching.shortlist.learn import choose_ranker
from campaigns.models import Brief, Shortlist, ShortlistEntry
from kolhub import sweep
from kolhub.models import AuditEvent, Membership, User
from kolhub.tenancy import acting_for

# How many candidates a shortlist keeps, and how many are compared at once: of a larger catalog those of the brief's
# categories, then the most followed.
KEPT: Final = 50
COMPARED: Final = 20_000
# A draw takes seconds: a worker that has held one for this long is dead.
STALE: Final = timedelta(seconds=60)
ATTEMPTS: Final = 3

# The order in which a creator is left out; one reason each, so that the account adds up.
REASONS_OUT: Final = (
    "do_not_contact",
    "must_not",
    "no_profile",
    "platform",
    "followers_unknown",
    "followers",
    "market",
    "category",
    "limit",
    "price",
)


def request_draw(brief: Brief, ranker: str, categories: str, user: User | None) -> Shortlist:
    """Write down that a shortlist is wanted. `categories` is "prefer" or "require"."""
    options = {"ranker": find_ranker(ranker).key, "categories": categories}
    shortlist: Shortlist = Shortlist.objects.create(
        organization_id=brief.organization_id, brief=brief, ranker=ranker, options=options, drawn_by=user
    )
    return shortlist


def draw_waiting(organization_id: int, shortlist_id: int, now: datetime) -> bool:
    """Draw one shortlist that waits, or whose worker died; return whether there was something to do.

    Claiming it commits first, so that the page can say "being drawn" and two workers never draw the same.
    """
    with acting_for(organization_id):
        shortlist = _claim(shortlist_id, now)
    if shortlist is None:
        return False
    with acting_for(organization_id):
        draw(shortlist, now)
    return True


def _claim(shortlist_id: int, now: datetime) -> Shortlist | None:
    State = Shortlist.State
    free = Q(state=State.WAITING) | Q(state=State.DRAWING, claimed_at__lt=now - STALE)
    shortlist: Shortlist | None = (
        Shortlist.objects.select_for_update(skip_locked=True).filter(free, pk=shortlist_id).first()
    )
    if shortlist is None:
        return None
    if shortlist.attempts >= ATTEMPTS:
        shortlist.state = State.FAILED
        shortlist.notes = [{"code": "failed", "params": {"attempts": shortlist.attempts}}]
        shortlist.save(update_fields=["state", "notes"])
        return None
    shortlist.state, shortlist.claimed_at = State.DRAWING, now
    shortlist.attempts += 1
    shortlist.save(update_fields=["state", "claimed_at", "attempts"])
    return shortlist


def waiting(now: datetime) -> list[tuple[int, int]]:
    """Return (organization, shortlist) of draws that nobody works on, across organizations, oldest first."""
    found = sweep.waiting(
        "SELECT organization_id, id FROM campaigns_shortlist"
        " WHERE state = 'waiting' OR (state = 'drawing' AND claimed_at < %s) ORDER BY id LIMIT 100",
        now - STALE,
    )
    return [(row[0], row[1]) for row in found]


def choose(entry: ShortlistEntry, choice: str, reason: str, actor: User) -> None:
    """Pick, reject or reopen a candidate, and write down who did it; a reason belongs to a rejection only."""
    choice = ShortlistEntry.Choice(choice)
    reason = reason.strip() if choice == ShortlistEntry.Choice.REJECTED else ""
    if (entry.choice, entry.choice_reason) == (choice, reason):
        return
    before, entry.choice, entry.choice_reason = entry.choice, choice, reason
    entry.save(update_fields=["choice", "choice_reason"])
    told = {"before": before, "after": choice, "reason": reason, "creator": entry.creator_id}
    AuditEvent.record(entry.organization_id, actor, "shortlist.choose", entry, **told)


def draw(shortlist: Shortlist, now: datetime) -> None:
    """Filter, compare and rank; store the first KEPT candidates with their reasons, and the account of the rest.

    Replaces what an earlier attempt stored. Runs in the caller's transaction.
    """
    brief = shortlist.brief
    membership = Membership(organization_id=shortlist.organization_id)
    wanted = wanted_by(brief)
    out, kept_ids = filtered(brief, membership, require_category=shortlist.options.get("categories") == "require")
    out["limit"] += len(kept_ids[COMPARED:])
    loaded = candidates(kept_ids[:COMPARED], brief, membership)
    affordable = [c for c in loaded if not _too_expensive(c, wanted)]
    out["price"] += len(loaded) - len(affordable)
    today = Draw(wanted, affordable, peers(wanted, membership), now.date())
    features = measure(today)
    ranker, version, notes = choose_ranker(shortlist, now)
    shortlist.ranker, shortlist.ranker_version = ranker.key, version
    shortlist.funnel = _funnel(out, len(today.candidates))
    shortlist.notes = notes + _cautions(today, features)
    shortlist.state = Shortlist.State.DONE
    shortlist.entries.all().delete()
    ShortlistEntry.objects.bulk_create(_entries(shortlist, today, features, ranker))
    shortlist.save(update_fields=["ranker", "ranker_version", "funnel", "notes", "state"])


def wanted_by(brief: Brief) -> Wanted:
    """Return what a brief asks for as plain values."""
    product = brief.product
    text = " ".join(filter(None, (brief.title, brief.text, product.name if product else "")))
    return Wanted(
        text=text,
        goal=brief.goal,
        markets=tuple(brief.markets),
        languages=tuple(brief.languages),
        categories=tuple(brief.categories),
        platforms=tuple(brief.platforms),
        budget_minor=brief.budget_minor,
        currency=brief.currency,
    )


def _too_expensive(candidate: Candidate, wanted: Wanted) -> bool:
    known = candidate.price_minor is not None and candidate.price_currency == wanted.currency
    return bool(known and wanted.budget_minor and (candidate.price_minor or 0) > wanted.budget_minor)


def _funnel(out: Counter[str], kept: int) -> list[dict[str, Any]]:
    lost: list[dict[str, Any]] = [{"code": code, "count": out[code]} for code in REASONS_OUT if out[code]]
    considered = sum(out.values()) + kept
    return [{"code": "considered", "count": considered}, *lost, {"code": "kept", "count": kept}]


def _cautions(today: Draw, features: Features) -> list[Reason]:
    """Return what to keep in mind about the draw as a whole."""
    found: list[Reason] = []
    unknown = int(np.isnan(features.column("market")).sum())
    if today.wanted.markets and unknown:
        found.append({"code": "market_unknown", "params": {"count": unknown}})
    if not any(candidate.past for candidate in today.candidates):
        found.append({"code": "no_outcomes", "params": {}})
    return found


def _ranks(scores: Any, followers: Any, ids: Any) -> Any:
    """Return row numbers, the best first; the more followed and then the older entry wins a tie."""
    return np.lexsort((ids, -followers, -scores))


def _entries(shortlist: Shortlist, today: Draw, features: Features, ranker: Ranker) -> Iterable[ShortlistEntry]:
    followers = np.array([c.followers or 0 for c in today.candidates], dtype=np.float64)
    ids = np.array([c.creator_id for c in today.candidates], dtype=np.int64)
    scores = ranker.score(features)
    baseline_order = _ranks(BASELINE().score(features), followers, ids)
    baseline_rank = np.empty(len(ids), dtype=np.int64)
    baseline_rank[baseline_order] = np.arange(1, len(ids) + 1)
    decided = _decided(shortlist)
    for rank, row in enumerate(_ranks(scores, followers, ids)[:KEPT], start=1):
        candidate = today.candidates[row]
        yield ShortlistEntry(
            organization_id=shortlist.organization_id,
            shortlist=shortlist,
            creator_id=candidate.creator_id,
            creator_organization_id=candidate.organization_id,
            creator_name=candidate.name,
            platform=candidate.platform,
            handle=candidate.handle,
            followers=candidate.followers,
            rank=rank,
            baseline_rank=int(baseline_rank[row]),
            score=float(scores[row]),
            is_sure=is_sure(features, row),
            reasons=reasons(today, features, row, ranker.explain(features, row)),
            features={
                key: None if np.isnan(value) else round(float(value), 6)
                for key, value in zip(KEYS, features.values[row], strict=True)
            },
            price_minor=candidate.price_minor,
            price_currency=candidate.price_currency,
            **decided.get(candidate.creator_id, {}),
        )


def _decided(shortlist: Shortlist) -> dict[int, dict[str, str]]:
    """Return what was decided about creators on the brief's shortlist before this one: a new draw forgets nothing."""
    earlier = Shortlist.objects.filter(brief_id=shortlist.brief_id, pk__lt=shortlist.pk, state=Shortlist.State.DONE)
    rows = ShortlistEntry.objects.filter(shortlist=earlier.order_by("-pk").values("pk")[:1])
    decided = rows.exclude(choice=ShortlistEntry.Choice.OPEN).values_list("creator_id", "choice", "choice_reason")
    return {creator: {"choice": choice, "choice_reason": reason} for creator, choice, reason in decided}
