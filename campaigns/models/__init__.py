"""The work's records: briefs, collaborations, promotion, reviews."""

from campaigns.models.briefs import (
    Brand,
    Brief,
    Product,
    Shortlist,
    ShortlistEntry,
)
from campaigns.models.collaborations import (
    AgencyTerms,
    Campaign,
    Collaboration,
    Contract,
    Deliverable,
    DeliverableMetric,
    Outcome,
    OutreachMessage,
    OutreachTemplate,
    PaymentHold,
    Shipment,
    Stage,
)
from campaigns.models.promotion import (
    Coupon,
    TrackingLink,
    TrackingLinkVersion,
    canonical_code,
    new_slug,
)
from campaigns.models.reviews import (
    Decision,
    Finding,
    PostSnapshot,
    Review,
)

__all__ = [
    "AgencyTerms",
    "Brand",
    "Brief",
    "Campaign",
    "Collaboration",
    "Contract",
    "Coupon",
    "Decision",
    "Deliverable",
    "DeliverableMetric",
    "Finding",
    "Outcome",
    "OutreachMessage",
    "OutreachTemplate",
    "PaymentHold",
    "PostSnapshot",
    "Product",
    "Review",
    "Shipment",
    "Shortlist",
    "ShortlistEntry",
    "Stage",
    "TrackingLink",
    "TrackingLinkVersion",
    "canonical_code",
    "new_slug",
]
