"""Write down that a campaign's attribution policy changed, without waiting for an attribution that is under way."""

import django.db.models.deletion
import kolhub.models.rules
from django.db import migrations, models

# What decides how a brand's orders are credited, and what its outcomes are counted in.
POLICY = """
CREATE OR REPLACE FUNCTION kolhub_outdate_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO attribution_policychange (organization_id, brand_id)
    SELECT NEW.organization_id, brand FROM unnest(ARRAY[OLD.brand_id, NEW.brand_id]) brand GROUP BY brand;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS outdate_runs ON campaigns_campaign;
CREATE TRIGGER outdate_runs AFTER UPDATE ON campaigns_campaign FOR EACH ROW
WHEN ((OLD.brand_id, OLD.click_window_days, OLD.view_window_days, OLD.coupon_first, OLD.pay_attributor, OLD.currency)
    IS DISTINCT FROM
    (NEW.brand_id, NEW.click_window_days, NEW.view_window_days, NEW.coupon_first, NEW.pay_attributor, NEW.currency))
EXECUTE FUNCTION kolhub_outdate_runs();
"""
NO_POLICY = """
DROP TRIGGER outdate_runs ON campaigns_campaign;
DROP FUNCTION kolhub_outdate_runs();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attribution", "0005_what_the_sweeper_reads"),
        ("campaigns", "0007_what_the_sweeper_reads"),
        ("kolhub", "0002_what_the_sweeper_reads"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.brand"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="kolhub.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    kolhub.models.rules.CompositeForeignKey(
                        field="brand", name="policychange_brand_org", organization="organization", target="organization"
                    ),
                    kolhub.models.rules.RowSecurity(
                        hits="",
                        name="policychange_rls",
                        read="organization_id = kolhub_organization()",
                        sweeper="SELECT (organization_id, brand_id)",
                        write="organization_id = kolhub_organization()",
                    ),
                ],
            },
        ),
        migrations.RunSQL(POLICY, NO_POLICY),
    ]
