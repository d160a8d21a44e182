"""The SQL that every table's rules build on: extensions, and the functions that name the acting organization."""

CREATE = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION kolhub_organization() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT NULLIF(current_setting('kolhub.organization', true), '')::bigint $$;

-- SECURITY DEFINER: it reads the grants as their owner, and gives back ids only.
CREATE FUNCTION kolhub_visible_organizations() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    RETURN ARRAY(
        SELECT kolhub_organization() UNION
        SELECT grantor_id FROM kolhub_sharinggrant
        WHERE grantee_id = kolhub_organization() AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now()));
END $$;

CREATE FUNCTION kolhub_contact_organizations() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    RETURN ARRAY(
        SELECT kolhub_organization() UNION
        SELECT grantor_id FROM kolhub_sharinggrant
        WHERE grantee_id = kolhub_organization() AND includes_contacts
          AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now()));
END $$;

CREATE FUNCTION kolhub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('kolhub.pruning', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""

DROP = """
DROP FUNCTION kolhub_refuse_change();
DROP FUNCTION kolhub_contact_organizations();
DROP FUNCTION kolhub_visible_organizations();
DROP FUNCTION kolhub_organization();
"""
