"""Load a brand's touches and conversions from the database as columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection

from attribution.journeys.evidence import Evidence
from attribution.models import Touch

_KINDS = {Touch.Kind.CLICK: 0, Touch.Kind.VIEW: 1, Touch.Kind.COUPON: 2, Touch.Kind.DIRECT: 3}

# A coupon touch happens at its order, so the click window never cuts it off there; it lets the code count as a
# meeting with the creator for later orders, for as long as a click would. Direct visits follow the longest window.
_TOUCHES = """
SELECT t.id, t.person_id, floor(extract(epoch FROM t.at))::bigint, coalesce(t.collaboration_id, 0), t.kind,
       t.refusal <> '' OR c.id IS NULL AND t.kind <> 'direct',
       CASE t.kind WHEN 'view' THEN c.view_window_days WHEN 'direct' THEN 365 ELSE c.click_window_days END,
       coalesce(c.coupon_first, false)
FROM attribution_touch t
LEFT JOIN campaigns_collaboration k ON k.id = t.collaboration_id
LEFT JOIN campaigns_campaign c ON c.id = k.campaign_id
WHERE t.organization_id = %(organization)s AND t.brand_id = %(brand)s
  AND (%(people)s::bigint[] IS NULL OR t.person_id = ANY(%(people)s))
ORDER BY t.at, t.id
"""

_CONVERSIONS = """
SELECT v.id, coalesce(v.person_id, -v.id), floor(extract(epoch FROM v.at))::bigint,
       v.net_minor - coalesce((SELECT sum(r.amount_minor) FROM attribution_refund r WHERE r.conversion_id = v.id), 0),
       cardinality(v.coupon_codes) > 0
         AND NOT EXISTS (SELECT 1 FROM attribution_touch t WHERE t.kind = 'coupon' AND t.person_id = v.person_id
                         AND t.at = v.at),
       v.currency
FROM attribution_conversion v
WHERE v.organization_id = %(organization)s AND v.brand_id = %(brand)s AND v.state = 'counted'
  AND (%(conversions)s::bigint[] IS NULL OR v.id = ANY(%(conversions)s))
ORDER BY v.at, v.id
"""


def load_evidence(organization_id: int, brand_id: int, conversions: Sequence[int] | None = None) -> Evidence:
    """Read the brand's evidence: all of it, or what the named conversions depend on.

    Counted conversions only, with what refunds left of them. Needs a transaction that acts for the organization.
    """
    wanted = None if conversions is None else list(conversions)
    scope: dict[str, Any] = {"organization": organization_id, "brand": brand_id, "conversions": wanted}
    with connection.cursor() as cursor:
        cursor.execute(_CONVERSIONS, scope)
        bought = cursor.fetchall()
        people = None if wanted is None else [row[1] for row in bought]
        cursor.execute(_TOUCHES, {**scope, "people": people})
        met = cursor.fetchall()
    touches = list(zip(*met, strict=True)) or [()] * 8
    orders = list(zip(*bought, strict=True)) or [()] * 6
    collaborations = np.unique(np.array([c for c in touches[3] if c], np.int64))
    channel = np.searchsorted(collaborations, np.array(touches[3], np.int64))
    # Direct visits are the channel after the last collaboration.
    channel[np.array(touches[3], np.int64) == 0] = len(collaborations)
    return Evidence(
        collaborations=collaborations,
        touch=np.array(touches[0], np.int64),
        touch_person=np.array(touches[1], np.int64),
        touch_at=np.array(touches[2], np.int64),
        touch_channel=channel.astype(np.int32),
        touch_kind=np.array([_KINDS[kind] for kind in touches[4]], np.int8),
        touch_refused=np.array(touches[5], np.bool_),
        touch_window=np.array([days or 0 for days in touches[6]], np.int64) * 86_400,
        touch_coupon_first=np.array(touches[7], np.bool_),
        conversion=np.array(orders[0], np.int64),
        conversion_person=np.array(orders[1], np.int64),
        conversion_at=np.array(orders[2], np.int64),
        conversion_revenue=np.array([int(r) for r in orders[3]], np.int64),
        conversion_unknown_coupon=np.array(orders[4], np.bool_),
        conversion_currency=tuple(orders[5]),
    )
