"""Write down what came of each collaboration: the only word attribution sends upward."""

from datetime import datetime

from django.db import connection

# Credits of the campaign's pay model; clicks and views that count; fee, samples and freight as far as the newest
# contract and the shipments are in the campaign's currency. Commission is a share of credits and in their currency,
# whatever the contract's; it is divided as whole numbers, as reports.cost does.
_WRITE = """
INSERT INTO campaigns_outcome
    (organization_id, collaboration_id, attributor, clicks, views, orders, credited_minor, currency, cost_minor, as_of)
SELECT k.organization_id, k.id, c.pay_attributor, coalesce(t.clicks, 0), coalesce(t.views, 0), coalesce(g.orders, 0),
       coalesce(g.credited, 0), c.currency,
       coalesce(f.fee_minor, 0) + coalesce(s.cost, 0)
         + (greatest(coalesce(g.credited, 0), 0)::bigint * coalesce(f.commission_bps, 0) + 5000) / 10000, %(now)s
FROM campaigns_collaboration k
JOIN campaigns_campaign c ON c.id = k.campaign_id
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE kind = 'click') clicks, count(*) FILTER (WHERE kind = 'view') views
    FROM attribution_touch WHERE collaboration_id = k.id AND refusal = '') t ON true
LEFT JOIN LATERAL (
    SELECT count(*) orders, sum(g.amount_minor) credited FROM attribution_credit g
    JOIN attribution_attributionrun r ON r.id = g.run_id AND r.is_current AND r.attributor = c.pay_attributor
    WHERE g.collaboration_id = k.id AND g.currency = c.currency) g ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN currency = c.currency THEN fee_minor END fee_minor, commission_bps FROM campaigns_contract
    WHERE collaboration_id = k.id ORDER BY version DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (
    SELECT sum(unit_cost_minor * quantity + freight_minor) cost FROM campaigns_shipment
    WHERE collaboration_id = k.id AND currency = c.currency) s ON true
WHERE k.organization_id = %(organization)s AND c.brand_id = %(brand)s AND k.agreed_at IS NOT NULL
ON CONFLICT (collaboration_id) DO UPDATE SET attributor = excluded.attributor, clicks = excluded.clicks,
    views = excluded.views, orders = excluded.orders, credited_minor = excluded.credited_minor,
    currency = excluded.currency, cost_minor = excluded.cost_minor, as_of = excluded.as_of
"""


def write_outcomes(organization_id: int, brand_id: int, now: datetime) -> None:
    """Bring the Outcome rows of the brand's agreed collaborations up to date."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"organization": organization_id, "brand": brand_id, "now": now})
