"""Triggers that keep old and new columns right while two releases of the application run at once.

Pairs are kept equal in both directions: whichever of the two columns a statement changes, the other one
follows; when it changes both, the new one wins. A write that only an old release can have made is noted in
``ablage_migrations.heartbeats``, so that the contract step sees releases that report themselves to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import backfills


@dataclass(frozen=True, slots=True)
class Sync:
    """A column, or a pair of them, that is kept right.

    Attributes:
        install: Statements that create functions and triggers, idempotent.
        remove: Statements that drop the triggers, idempotent. Functions stay: they cost nothing, and
            a session may still be running them.
    """

    install: tuple[str, ...]
    remove: tuple[str, ...]


#: Notes at most twice a minute, and never waits for another writer that is noting it.
SAW_OLD_RELEASE = """
CREATE OR REPLACE FUNCTION ablage_migrations.saw_old_release(what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    instance constant text := 'writes ' || what;
BEGIN
    PERFORM 1 FROM ablage_migrations.heartbeats WHERE instance_id = instance;
    IF NOT FOUND THEN
        INSERT INTO ablage_migrations.heartbeats (instance_id, release, host, wrote_at)
        VALUES (instance, '1.0', coalesce(host(inet_client_addr()), 'a local socket'), clock_timestamp())
        ON CONFLICT DO NOTHING;
    ELSE
        UPDATE ablage_migrations.heartbeats
        SET seen_at = clock_timestamp(), wrote_at = clock_timestamp(),
            host = coalesce(host(inet_client_addr()), 'a local socket')
        WHERE instance_id IN (
            SELECT h.instance_id FROM ablage_migrations.heartbeats h
            WHERE h.instance_id = instance AND h.seen_at < clock_timestamp() - interval '30 seconds'
            FOR UPDATE SKIP LOCKED
        );
    END IF;
END $$
"""

TEXT = Sync(
    install=(
        SAW_OLD_RELEASE,
        """
CREATE OR REPLACE FUNCTION ablage_migrations.sync_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.extracted_text IS NULL AND NEW.ocr_text IS NOT NULL THEN
            NEW.extracted_text := NEW.ocr_text;
            PERFORM ablage_migrations.saw_old_release('documents.ocr_text');
        ELSE
            NEW.ocr_text := NEW.extracted_text;
        END IF;
    ELSIF NEW.extracted_text IS DISTINCT FROM OLD.extracted_text THEN
        NEW.ocr_text := NEW.extracted_text;
    ELSIF NEW.ocr_text IS DISTINCT FROM OLD.ocr_text
          AND NEW.ocr_text IS DISTINCT FROM NEW.extracted_text THEN
        NEW.extracted_text := NEW.ocr_text;
        PERFORM ablage_migrations.saw_old_release('documents.ocr_text');
    END IF;
    RETURN NEW;
END $$
""",
        """
CREATE OR REPLACE TRIGGER ablage_sync_text BEFORE INSERT OR UPDATE OF ocr_text, extracted_text
ON documents FOR EACH ROW EXECUTE FUNCTION ablage_migrations.sync_text()
""",
    ),
    remove=("DROP TRIGGER IF EXISTS ablage_sync_text ON documents",),
)

#: What a float means as a confidence: four decimals from 0 to 1, and nothing for anything else. A decimal
#: that is written as such may be any that the column takes, and the float follows it.
CONFIDENCE_DECIMAL = """
CREATE OR REPLACE FUNCTION ablage_migrations.confidence_decimal(value double precision) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN value >= 0 AND value <= 1 THEN round(value::numeric, 4) END
$$
"""


def _confidence(floating: str, decimal: str) -> Sync:
    return Sync(
        install=(
            CONFIDENCE_DECIMAL,
            f"""
CREATE OR REPLACE FUNCTION ablage_migrations.sync_confidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.{decimal} IS NULL THEN
            NEW.{decimal} := ablage_migrations.confidence_decimal(NEW.{floating});
        ELSE
            NEW.{floating} := NEW.{decimal};
        END IF;
    ELSIF NEW.{decimal} IS DISTINCT FROM OLD.{decimal} THEN
        IF NEW.{decimal} IS DISTINCT FROM ablage_migrations.confidence_decimal(NEW.{floating}) THEN
            NEW.{floating} := NEW.{decimal};
        END IF;
    ELSIF NEW.{floating} IS DISTINCT FROM OLD.{floating}
          AND NEW.{floating} IS DISTINCT FROM NEW.{decimal}::float8 THEN
        NEW.{decimal} := ablage_migrations.confidence_decimal(NEW.{floating});
    END IF;
    RETURN NEW;
END $$
""",
            f"""
CREATE OR REPLACE TRIGGER ablage_sync_confidence BEFORE INSERT OR UPDATE OF {floating}, {decimal}
ON documents FOR EACH ROW EXECUTE FUNCTION ablage_migrations.sync_confidence()
""",
        ),
        remove=("DROP TRIGGER IF EXISTS ablage_sync_confidence ON documents",),
    )


#: While the float has the name, and while the decimal already has it.
CONFIDENCE = _confidence("confidence_score", "confidence_score_decimal")
CONFIDENCE_SWAPPED = _confidence("confidence_score_float", "confidence_score")

ROLES = Sync(
    install=(
        """
CREATE OR REPLACE FUNCTION ablage_migrations.primary_role(of_user uuid) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = of_user
    ORDER BY array_position(ARRAY['admin', 'user', 'viewer'], r.name::text), ur.assigned_at, r.name LIMIT 1
$$
""",
        # An unknown role becomes a role without any permission: the name is kept, and grants nothing.
        """
CREATE OR REPLACE FUNCTION ablage_migrations.assign_only_role(to_user uuid, role_name text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF role_name IS NOT NULL THEN
        INSERT INTO roles (name, description) VALUES (role_name, 'Carried over from users.role')
        ON CONFLICT (name) DO NOTHING;
        INSERT INTO user_roles (user_id, role_id) SELECT to_user, id FROM roles WHERE name = role_name
        ON CONFLICT DO NOTHING;
    END IF;
    DELETE FROM user_roles ur WHERE ur.user_id = to_user
        AND NOT EXISTS (SELECT FROM roles r WHERE r.id = ur.role_id AND r.name = role_name);
END $$
""",
        """
CREATE OR REPLACE FUNCTION ablage_migrations.sync_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.role IS DISTINCT FROM ablage_migrations.primary_role(NEW.id) THEN
        PERFORM set_config('ablage.syncing_roles', 'on', true);
        PERFORM ablage_migrations.assign_only_role(NEW.id, NEW.role);
        PERFORM set_config('ablage.syncing_roles', 'off', true);
    END IF;
    RETURN NULL;
END $$
""",
        """
CREATE OR REPLACE FUNCTION ablage_migrations.sync_user_roles() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    changed uuid;
BEGIN
    IF current_setting('ablage.syncing_roles', true) = 'on' THEN
        RETURN NULL;
    END IF;
    FOREACH changed IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.user_id]
        WHEN 'DELETE' THEN ARRAY[OLD.user_id] ELSE ARRAY[OLD.user_id, NEW.user_id] END
    LOOP
        UPDATE users SET role = ablage_migrations.primary_role(id)
        WHERE id = changed AND role IS DISTINCT FROM ablage_migrations.primary_role(id);
    END LOOP;
    RETURN NULL;
END $$
""",
        """
CREATE OR REPLACE TRIGGER ablage_sync_role AFTER INSERT OR UPDATE OF role
ON users FOR EACH ROW EXECUTE FUNCTION ablage_migrations.sync_role()
""",
        """
CREATE OR REPLACE TRIGGER ablage_sync_user_roles AFTER INSERT OR UPDATE OR DELETE
ON user_roles FOR EACH ROW EXECUTE FUNCTION ablage_migrations.sync_user_roles()
""",
    ),
    remove=(
        "DROP TRIGGER IF EXISTS ablage_sync_role ON users",
        "DROP TRIGGER IF EXISTS ablage_sync_user_roles ON user_roles",
    ),
)

#: A document that is begun anew, or is completed, has no error code any more. Release 1.0, which does not
#: know the column, would leave the code of an earlier failure to the next one.
ERROR_CODE = Sync(
    install=(
        """
CREATE OR REPLACE FUNCTION ablage_migrations.clear_error_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.error_code := NULL;
    RETURN NEW;
END $$
""",
        """
CREATE OR REPLACE TRIGGER ablage_clear_error_code BEFORE UPDATE OF status ON documents
FOR EACH ROW WHEN (NEW.status <> 'failed' AND NEW.error_code IS NOT NULL)
EXECUTE FUNCTION ablage_migrations.clear_error_code()
""",
    ),
    remove=("DROP TRIGGER IF EXISTS ablage_clear_error_code ON documents",),
)

#: Converts what is written to the column to format 2.0. The data moves install the function; workers that
#: convert by themselves are let pass.
OCR_RESULT = Sync(
    install=(
        """
CREATE OR REPLACE TRIGGER ablage_guard_ocr_result BEFORE INSERT OR UPDATE OF ocr_result ON documents
FOR EACH ROW WHEN (coalesce(current_setting('ablage_migrations.worker', true), '') <> 'on')
EXECUTE FUNCTION ablage_migrations.guard_ocr_result('2.0')
""",
    ),
    remove=("DROP TRIGGER IF EXISTS ablage_guard_ocr_result ON documents",),
)

#: Fills in the number of pages when a release that does not know the column stores a result. It comes after
#: the trigger that converts the result: triggers run in the order of their names.
PAGE_COUNT = Sync(
    install=(
        *backfills.statements("move_page_count"),
        """
CREATE OR REPLACE TRIGGER ablage_page_count BEFORE INSERT OR UPDATE OF ocr_result ON documents
FOR EACH ROW WHEN (NEW.page_count IS NULL AND NEW.ocr_result IS NOT NULL)
EXECUTE FUNCTION ablage_migrations.fill_page_count()
""",
    ),
    remove=("DROP TRIGGER IF EXISTS ablage_page_count ON documents",),
)
