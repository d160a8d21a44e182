"""The evidence's records: sources, hits, journeys, credits."""

from attribution.models.credits import (
    AttributionRun,
    Credit,
    PolicyChange,
)
from attribution.models.hits import (
    CollectorProcess,
    Hit,
    HitConflict,
    HitCount,
    HitKind,
    HitOutcome,
    PendingHit,
)
from attribution.models.journeys import (
    Conversion,
    ConversionEvidence,
    IdentityKey,
    Person,
    Refund,
    Touch,
)
from attribution.models.sources import (
    ConsentPolicy,
    Pixel,
    Shop,
    SourceKey,
    new_key,
    seal,
    unseal,
)

__all__ = [
    "AttributionRun",
    "CollectorProcess",
    "ConsentPolicy",
    "Conversion",
    "ConversionEvidence",
    "Credit",
    "Hit",
    "HitConflict",
    "HitCount",
    "HitKind",
    "HitOutcome",
    "IdentityKey",
    "PendingHit",
    "Person",
    "Pixel",
    "PolicyChange",
    "Refund",
    "Shop",
    "SourceKey",
    "Touch",
    "new_key",
    "seal",
    "unseal",
]
