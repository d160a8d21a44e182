"""A campaign's collaborations by stage, as the board, the table and the export show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from campaigns.models import Collaboration, Contract, Coupon, Stage, TrackingLink
from kolhub.models import Membership

STAGES = tuple(Stage)
_ENDED = {Stage.REVIEWED, Stage.DROPPED}


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board with its cards."""

    stage: Stage
    cards: tuple[Collaboration, ...]


def next_stage(stage: str) -> Stage | None:
    """Return the stage that follows, None at the end and for what was dropped."""
    if stage in _ENDED:
        return None
    return STAGES[STAGES.index(Stage(stage)) + 1]


def is_overdue(collaboration: Collaboration, today: date) -> bool:
    """Say whether the due date has passed while there is still something to do."""
    return collaboration.due_on is not None and collaboration.due_on < today and collaboration.stage not in _ENDED


def collaborations_of(membership: Membership, today: date, **filters: Any) -> QuerySet[Collaboration]:
    """Return visible collaborations with what lists show of them, filtered.

    Filters: campaign, owner (a User), stage, overdue (bool), text; None and "" filter nothing. Newest terms, link and
    coupon come along as `fee_minor`, `currency`, `commission_bps`, `link_slug`, `coupon_code`.
    """
    newest = Contract.objects.filter(collaboration=OuterRef("pk")).order_by("-version")
    links = TrackingLink.objects.filter(collaboration=OuterRef("pk")).order_by("id")
    coupons = Coupon.objects.filter(collaboration=OuterRef("pk")).order_by("-id")
    rows: QuerySet[Collaboration] = (
        Collaboration.objects.visible_to(membership)
        .select_related("owner")
        .annotate(
            fee_minor=Subquery(newest.values("fee_minor")[:1]),
            currency=Subquery(newest.values("currency")[:1]),
            commission_bps=Subquery(newest.values("commission_bps")[:1]),
            link_slug=Subquery(links.values("slug")[:1]),
            coupon_code=Subquery(coupons.values("code")[:1]),
        )
        .order_by("due_on", "id")
    )
    for name in ("campaign", "owner", "stage"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    if filters.get("text"):
        rows = rows.filter(creator_name__icontains=filters["text"])
    if filters.get("overdue"):
        rows = rows.filter(due_on__lt=today).exclude(stage__in=_ENDED)
    return rows


def columns(rows: Iterable[Collaboration]) -> list[Column]:
    """Put the rows into the board's columns, in stage order; the column of dropped ones only when it has any."""
    by_stage: dict[str, list[Collaboration]] = {}
    for row in rows:
        by_stage.setdefault(row.stage, []).append(row)
    return [
        Column(stage, tuple(by_stage.get(stage, ())))
        for stage in STAGES
        if stage != Stage.DROPPED or by_stage.get(stage)
    ]
