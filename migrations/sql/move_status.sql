-- The data move status: what a document without one has already got says how far it is. Going down needs
-- nothing: the column is dropped, and what it held is kept.

CREATE OR REPLACE FUNCTION ablage_migrations.move_status_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents AS d SET status = CASE
        -- A result that was set aside because it is no object is a result all the same.
        WHEN jsonb_typeof(ocr_result) <> 'null' OR ocr_text IS NOT NULL
            OR EXISTS (SELECT FROM ocr_results AS r WHERE r.document_id = d.id)
            OR EXISTS (
                SELECT FROM ablage_migrations.quarantine AS q
                WHERE q.move = 'ocr_result_v1' AND q.row_id = d.id AND q.value IS NOT NULL
            ) THEN 'completed'
        WHEN error_message IS NOT NULL THEN 'failed'
        ELSE 'pending'
    END
    WHERE id = ANY (keys) AND status IS NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_status_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM documents WHERE id = ANY (keys) AND status IS NULL
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_status_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$ SELECT 0 $$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_status_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid WHERE false $$;
