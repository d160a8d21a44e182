"""What became of one hit: refused, waiting, dead, or understood as touches, orders and refunds."""

from collections.abc import Sequence
from dataclasses import dataclass

from attribution.models import ConversionEvidence, Hit, HitConflict, PendingHit, Refund, Touch


@dataclass(frozen=True)
class Fate:
    """A hit with everything made of it. ``pending`` is set while it waits, and when it is a dead letter."""

    hit: Hit
    pending: PendingHit | None
    touches: Sequence[Touch]
    evidence: Sequence[ConversionEvidence]
    refunds: Sequence[Refund]
    conflicts: int

    @property
    def state(self) -> str:
        """Return refused, dead, waiting, understood, or noted (kept; there was nothing to make of it)."""
        if self.hit.outcome != "accepted":
            return "refused"
        if self.pending is not None:
            return "dead" if self.pending.is_dead else "waiting"
        return "understood" if self.touches or self.evidence or self.refunds else "noted"


def read_fate(hit: Hit) -> Fate:
    """Gather what was made of a hit. The caller's transaction acts for its organization."""
    own = {"organization_id": hit.organization_id}
    touches = Touch.objects.filter(**own, hit_id=hit.pk).select_related("collaboration", "coupon", "brand")
    evidence = ConversionEvidence.objects.filter(**own, hit_id=hit.pk).select_related("conversion__shop")
    refunds: list[Refund] = []
    if hit.shop_id is not None:
        # By order first: that has an index, the hit's id has none.
        references = [str(hit.payload.get("order_ref") or "")]
        found = Refund.objects.filter(**own, shop_id=hit.shop_id, order_ref__in=references, hit_id=hit.pk)
        refunds = list(found.select_related("conversion"))
    return Fate(
        hit=hit,
        pending=PendingHit.objects.filter(**own, pk=hit.pk).first(),
        touches=list(touches),
        evidence=list(evidence),
        refunds=refunds,
        conflicts=HitConflict.objects.filter(**own, kind=hit.kind, event_id=hit.event_id).count(),
    )
