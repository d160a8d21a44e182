"""The work's records: briefs, collaborations, promotion, reviews."""

from campaigns.models.briefs import (
    Brand,
    Brief,
    Product,
    RankerVersion,
    Shortlist,
    ShortlistEntry,
)
from campaigns.models.collaborations import (
    AgencyTerms,
    Campaign,
    Collaboration,
    CollaborationNote,
    Contract,
    Outcome,
    PaymentHold,
    Shipment,
    Stage,
)
from campaigns.models.content import Deliverable, DeliverableMetric
from campaigns.models.outreach import OutreachMessage, OutreachTemplate
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
    "CollaborationNote",
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
    "RankerVersion",
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
