"""Let the sweeper see runs that wait, and have changes of coupons reach orders that are there."""

from django.db import migrations

import kolhub.models.rules

# A code may be written down, ended or handed over for a time that has passed: the orders of that time are settled once
# more. One report of each will do, for settling reads all of them. Codes are compared as campaigns.promotion compares
# them, as far as SQL can.
COUPONS = """
CREATE FUNCTION kolhub_settle_coupon() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO attribution_pendinghit
        (hit_id, organization_id, is_money, received_at, attempts, next_at, error, is_dead)
    SELECT DISTINCT ON (v.id) e.hit_id, v.organization_id, true, e.at, 0, now(), '', false
    FROM attribution_conversion v
    JOIN attribution_conversionevidence e ON e.conversion_id = v.id
    WHERE v.organization_id = NEW.organization_id AND v.brand_id = NEW.brand_id
      AND v.at >= CASE WHEN TG_OP = 'INSERT' THEN NEW.valid_from
                       WHEN OLD.valid_from <> NEW.valid_from THEN least(OLD.valid_from, NEW.valid_from)
                       ELSE least(OLD.valid_until, NEW.valid_until) END
      AND EXISTS (SELECT FROM unnest(v.coupon_codes) code WHERE lower(btrim(normalize(code, NFKC))) = NEW.code_key)
    ORDER BY v.id, e.at, e.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER settle_coupon_made AFTER INSERT ON campaigns_coupon FOR EACH ROW
EXECUTE FUNCTION kolhub_settle_coupon();
CREATE TRIGGER settle_coupon_changed AFTER UPDATE ON campaigns_coupon FOR EACH ROW
WHEN ((OLD.valid_from, OLD.valid_until) IS DISTINCT FROM (NEW.valid_from, NEW.valid_until))
EXECUTE FUNCTION kolhub_settle_coupon();
"""
NO_COUPONS = """
DROP TRIGGER settle_coupon_changed ON campaigns_coupon;
DROP TRIGGER settle_coupon_made ON campaigns_coupon;
DROP FUNCTION kolhub_settle_coupon();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attribution", "0003_what_the_collector_needs"),
        ("campaigns", "0005_what_the_collector_reads"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="attributionrun", name="run_rls"),
        migrations.AddConstraint(
            model_name="attributionrun",
            constraint=kolhub.models.rules.RowSecurity(
                hits="",
                name="run_rls",
                read="organization_id = kolhub_organization()",
                sweeper="SELECT",
                write="organization_id = kolhub_organization()",
            ),
        ),
        migrations.RunSQL(COUPONS, NO_COUPONS),
    ]
