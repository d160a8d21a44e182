"""Read one order whole: its journey, every model's split of it, and where each fact came from."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from attribution.models import Conversion, ConversionEvidence, Credit, Hit, Refund, Touch

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class JourneyStep:
    """A touch before (or after) the order, and whether it counts; ``why`` is a code, empty where it does."""

    touch: Touch
    why: str


@dataclass(frozen=True)
class Order:
    """An order with everything that explains its credits. ``splits`` maps an attributor's key to its credits."""

    conversion: Conversion
    refunds: list[Refund]
    revenue: int
    steps: list[JourneyStep]
    evidence: list[tuple[ConversionEvidence, Hit | None]]
    splits: dict[str, list[Credit]]


def read_order(conversion: Conversion) -> Order:
    """Gather an order's journey, splits, refunds and raw hits. The caller's transaction acts for its organization."""
    refunds = list(conversion.refunds.all())
    evidence = list(conversion.evidence.all())
    hits = {hit.pk: hit for hit in Hit.objects.filter(pk__in=[each.hit_id for each in evidence])}
    splits: dict[str, list[Credit]] = defaultdict(list)
    credited = (
        Credit.objects.filter(conversion=conversion, run__is_current=True)
        .select_related("run", "collaboration")
        .order_by("-amount_minor", "id")
    )
    for credit in credited:
        splits[credit.run.attributor].append(credit)
    return Order(
        conversion=conversion,
        refunds=refunds,
        revenue=conversion.net_minor - sum(refund.amount_minor for refund in refunds),
        steps=_steps(conversion),
        evidence=[(each, hits.get(each.hit_id)) for each in evidence],
        splits=dict(splits),
    )


def _steps(conversion: Conversion) -> list[JourneyStep]:
    """List the person's touches of this brand around the order, oldest first."""
    if conversion.person_id is None:
        return []
    touches = (
        Touch.objects.filter(
            person_id=conversion.person_id,
            brand_id=conversion.brand_id,
            at__lte=conversion.at + timedelta(days=1),
        )
        .select_related("collaboration__campaign", "link", "coupon")
        .order_by("at", "id")
    )
    return [JourneyStep(touch, _why_not(touch, conversion)) for touch in touches]


def _why_not(touch: Touch, conversion: Conversion) -> str:
    """Say why a touch does not count for the order: the same rules as the stitching."""
    if touch.refusal:
        return touch.refusal
    # Whole seconds, as in the columns the attributors see.
    age = int(conversion.at.timestamp()) - int(touch.at.timestamp())
    if age < 0:
        return "after_conversion"
    collaboration: Any = touch.collaboration
    if collaboration is None:
        return "direct"
    campaign = collaboration.campaign
    days = campaign.view_window_days if touch.kind == Touch.Kind.VIEW else campaign.click_window_days
    return "outside_window" if age > days * SECONDS_PER_DAY else ""
