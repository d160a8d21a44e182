"""What the collector received and what became of it: counts, the newest hits, single hits, and the health of it all."""

from attribution.reports.tracking.counts import (
    GROUPINGS,
    OUTCOMES,
    Account,
    Check,
    Row,
    check_counts,
    count_rows,
    read_account,
)
from attribution.reports.tracking.fate import Fate, read_fate
from attribution.reports.tracking.health import (
    Backlog,
    Coupon,
    Freshness,
    dead_letters,
    read_backlog,
    read_freshness,
    unknown_coupons,
)
from attribution.reports.tracking.tail import LastOrder, Tail, counts_by_key, last_order, read_tail

__all__ = [
    "GROUPINGS",
    "OUTCOMES",
    "Account",
    "Backlog",
    "Check",
    "Coupon",
    "Fate",
    "Freshness",
    "LastOrder",
    "Row",
    "Tail",
    "check_counts",
    "count_rows",
    "counts_by_key",
    "dead_letters",
    "last_order",
    "read_account",
    "read_backlog",
    "read_fate",
    "read_freshness",
    "read_tail",
    "unknown_coupons",
]
