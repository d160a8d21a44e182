"""Let the hit server number its rows, know time zones, and hear at once when a link, pixel or key changes."""

from django.db import migrations

GRANTS = """
GRANT USAGE ON SEQUENCE attribution_hitcount_id_seq, attribution_hitconflict_id_seq TO kolhub_hits;
GRANT SELECT (id, timezone) ON kolhub_organization TO kolhub_hits;
"""
TAKE_BACK = """
REVOKE USAGE ON SEQUENCE attribution_hitcount_id_seq, attribution_hitconflict_id_seq FROM kolhub_hits;
REVOKE SELECT (id, timezone) ON kolhub_organization FROM kolhub_hits;
"""

# NOTIFY reaches listeners when the change commits, so a reload that it starts is sure to see the change.
TOLD_ABOUT = (
    "campaigns_trackinglink",
    "campaigns_trackinglinkversion",
    "campaigns_campaign",
    "attribution_pixel",
    "attribution_sourcekey",
)
TELL = "\n".join(
    [
        """
CREATE FUNCTION kolhub_tell_collector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kolhub_tables', '');
    RETURN NULL;
END $$;
"""
    ]
    + [
        f"CREATE TRIGGER tell_collector AFTER INSERT OR UPDATE OR DELETE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION kolhub_tell_collector();"
        for table in TOLD_ABOUT
    ]
)
HUSH = "\n".join(
    [*(f"DROP TRIGGER tell_collector ON {table};" for table in TOLD_ABOUT), "DROP FUNCTION kolhub_tell_collector();"]
)


class Migration(migrations.Migration):
    dependencies = [
        ("attribution", "0002_streams_of_batches"),
        ("campaigns", "0005_what_the_collector_reads"),
    ]

    operations = [
        migrations.RunSQL(GRANTS, TAKE_BACK),
        migrations.RunSQL(TELL, HUSH),
    ]
