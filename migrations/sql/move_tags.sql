-- The data move tags: old names to the taxonomy, and back.
--
-- Only what the move did is undone: each renamed row is remembered. Of a document that has both the old and
-- the new tag, the old row is taken away and remembered whole. A row that has an old name when the way down
-- begins was written so by somebody at the new release; the next way up leaves it alone.

CREATE OR REPLACE FUNCTION ablage_migrations.new_tag(tag text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE tag
        WHEN 'invoice' THEN 'financial:invoice'
        WHEN 'receipt' THEN 'financial:receipt'
        WHEN 'contract' THEN 'legal:contract'
        WHEN 'id' THEN 'identity:id-card'
        WHEN 'passport' THEN 'identity:passport'
        WHEN 'letter' THEN 'communication:letter'
        WHEN 'email' THEN 'communication:email'
    END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.tag_is_left_alone(tag_id uuid, tag text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM ablage_migrations.kept AS k
        WHERE k.move = 'tags' AND k.direction = 'down' AND k.row_id = tag_id AND k.value ->> 'tag' = tag
    )
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_tags_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$
    WITH old AS MATERIALIZED (
        SELECT t.*, EXISTS (
            SELECT FROM document_tags AS n
            WHERE n.document_id = t.document_id AND n.tag = ablage_migrations.new_tag(t.tag)
        ) AS double
        FROM document_tags AS t
        WHERE t.document_id = ANY (keys) AND ablage_migrations.new_tag(t.tag) IS NOT NULL
            AND NOT ablage_migrations.tag_is_left_alone(t.id, t.tag)
    ), remembered AS (
        INSERT INTO ablage_migrations.kept (move, direction, row_id, value, mark)
        SELECT this_move, 'up', id, jsonb_build_object(
            'document_id', document_id, 'tag', tag, 'created_at', created_at::text),
            CASE WHEN double THEN 'removed' ELSE 'renamed' END
        FROM old
        ON CONFLICT (move, direction, row_id) DO UPDATE SET value = excluded.value, mark = excluded.mark
    ), removed AS (
        DELETE FROM document_tags AS t USING old WHERE t.id = old.id AND old.double RETURNING 1
    ), renamed AS (
        UPDATE document_tags AS t SET tag = ablage_migrations.new_tag(t.tag)
        FROM old WHERE t.id = old.id AND NOT old.double RETURNING 1
    )
    SELECT ((SELECT count(*) FROM removed) + (SELECT count(*) FROM renamed))::int
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_tags_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT DISTINCT document_id FROM document_tags
    WHERE document_id = ANY (keys) AND ablage_migrations.new_tag(tag) IS NOT NULL
        AND NOT ablage_migrations.tag_is_left_alone(id, tag)
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_tags_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
DECLARE
    renamed int;
    restored int;
BEGIN
    -- What was renamed here and is called by an old name was renamed back before.
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value)
    SELECT this_move, 'down', t.id, jsonb_build_object('tag', t.tag) FROM document_tags AS t
    WHERE t.document_id = ANY (keys) AND ablage_migrations.new_tag(t.tag) IS NOT NULL AND NOT EXISTS (
        SELECT FROM ablage_migrations.kept AS k
        WHERE k.move = this_move AND k.direction = 'up' AND k.row_id = t.id
    )
    ON CONFLICT (move, direction, row_id) DO UPDATE SET value = excluded.value;

    -- First what was removed: its document must still have the tag that it was the double of.
    INSERT INTO document_tags (id, document_id, tag, created_at)
    SELECT k.row_id, t.document_id, k.value ->> 'tag', (k.value ->> 'created_at')::timestamptz
    FROM ablage_migrations.kept AS k JOIN document_tags AS t
        ON t.document_id = (k.value ->> 'document_id')::uuid AND t.tag = ablage_migrations.new_tag(k.value ->> 'tag')
    WHERE k.move = this_move AND k.direction = 'up' AND k.mark = 'removed' AND t.document_id = ANY (keys)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS restored = ROW_COUNT;

    UPDATE document_tags AS t SET tag = k.value ->> 'tag'
    FROM ablage_migrations.kept AS k
    WHERE k.move = this_move AND k.direction = 'up' AND k.row_id = t.id AND k.mark = 'renamed'
        AND t.document_id = ANY (keys) AND t.tag = ablage_migrations.new_tag(k.value ->> 'tag')
        AND NOT EXISTS (
            SELECT FROM document_tags AS o WHERE o.document_id = t.document_id AND o.tag = k.value ->> 'tag'
        );
    GET DIAGNOSTICS renamed = ROW_COUNT;

    UPDATE ablage_migrations.kept SET mark = 'undone'
    WHERE move = this_move AND direction = 'up' AND mark IN ('renamed', 'removed')
        AND (value ->> 'document_id')::uuid = ANY (keys);
    moved := renamed + restored;
END
$$;

-- What is written on the way down stays as it is written.
CREATE OR REPLACE FUNCTION ablage_migrations.left_tags_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid WHERE false $$;
