-- The data move merge_ocr_results: documents without a result of their own get that of the newest row in
-- ocr_results; text, confidence and backend are filled in the same way where they are empty. What was filled
-- is remembered, and taken out again on the way back unless somebody has changed it since.
--
-- A row is merged once: what somebody has emptied since stays empty, however often the database goes back and
-- forth. "row" of what is kept names the row; "up" says what was filled from it, "down" what may be again.

-- The newest row that has a result or at least a text.
CREATE OR REPLACE FUNCTION ablage_migrations.newest_ocr_result(of_document uuid) RETURNS ocr_results
LANGUAGE sql STABLE AS $$
    SELECT r.* FROM ocr_results AS r
    WHERE r.document_id = of_document AND (jsonb_typeof(r.result) = 'object' OR r.content IS NOT NULL)
    ORDER BY r.created_at DESC, r.id DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.merge_is_due(of_document uuid, result_row uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM ablage_migrations.kept AS k
        WHERE k.move = 'merge_ocr_results' AND k.row_id = of_document AND k.value ->> 'row' = result_row::text
            AND (k.direction = 'up' OR k.value -> 'result' = 'false')
    )
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_merge_ocr_results_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
DECLARE
    -- What is merged after the results have come to "2.0" is to be what they are. Marks are of "1.0", which the
    -- way down makes of it.
    format constant text := CASE WHEN EXISTS (
        SELECT FROM ablage_migrations.moves WHERE name = 'ocr_result_v2' AND direction = 'up'
    ) THEN '2.0' ELSE '1.0' END;
BEGIN
    -- A result of its own: the row was looked at, and is not needed.
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value)
    SELECT this_move, 'up', d.id, jsonb_build_object('row', r.id)
    FROM documents AS d, LATERAL (SELECT (ablage_migrations.newest_ocr_result(d.id)).*) AS r
    WHERE d.id = ANY (keys) AND jsonb_typeof(d.ocr_result) <> 'null' AND r.id IS NOT NULL
    ON CONFLICT DO NOTHING;

    WITH merged AS MATERIALIZED (
        SELECT d.id, r.id AS result_row,
            ablage_migrations.ocr_result_to_new(
                CASE WHEN jsonb_typeof(r.result) = 'object' THEN r.result
                ELSE jsonb_build_object('content', r.content)
                    || CASE WHEN r.score IS NULL OR r.score::text IN ('NaN', 'Infinity', '-Infinity') THEN '{}'
                       ELSE jsonb_build_object('score', r.score) END
                    || CASE WHEN r.engine IS NULL THEN '{}' ELSE jsonb_build_object('engine', r.engine) END
                END, '1.0') AS result,
            CASE WHEN d.extracted_text IS NULL AND k.value -> 'text' IS DISTINCT FROM 'false' THEN
                coalesce(r.content, r.result ->> 'content', r.result ->> 'text') END AS content,
            CASE WHEN d.confidence_score IS NULL AND k.value -> 'score' IS DISTINCT FROM 'false' THEN r.score
                END AS score,
            CASE WHEN d.ocr_backend IS NULL AND k.value -> 'engine' IS DISTINCT FROM 'false' THEN r.engine
                END AS engine
        FROM documents AS d CROSS JOIN LATERAL (SELECT (ablage_migrations.newest_ocr_result(d.id)).*) AS r
        LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'down' AND k.row_id = d.id
            AND k.value ->> 'row' = r.id::text
        WHERE d.id = ANY (keys) AND coalesce(jsonb_typeof(d.ocr_result), 'null') = 'null' AND r.id IS NOT NULL
            AND ablage_migrations.merge_is_due(d.id, r.id)
    ), remembered AS (
        INSERT INTO ablage_migrations.kept (move, direction, row_id, value)
        SELECT this_move, 'up', m.id, jsonb_build_object(
            'row', m.result_row, 'result', ablage_migrations.mark(m.result), 'text', md5(m.content), 'score', m.score::text,
            'engine', m.engine, 'json_null', d.ocr_result IS NOT NULL)
        FROM merged AS m JOIN documents AS d USING (id)
        ON CONFLICT (move, direction, row_id) DO UPDATE SET value = excluded.value
    )
    UPDATE documents AS d SET ocr_result = ablage_migrations.ocr_result_to_new(m.result, format),
        extracted_text = coalesce(d.extracted_text, m.content),
        confidence_score = coalesce(d.confidence_score, m.score),
        ocr_backend = coalesce(d.ocr_backend, m.engine)
    FROM merged AS m WHERE d.id = m.id;
    GET DIAGNOSTICS moved = ROW_COUNT;

    INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
    SELECT DISTINCT ON (d.id) this_move, d.id, 'documents', 'up',
        format('the result in ocr_results row %s is no object; it stays there', r.id)
    FROM documents AS d JOIN ocr_results AS r ON r.document_id = d.id
    WHERE d.id = ANY (keys) AND coalesce(jsonb_typeof(d.ocr_result), 'null') = 'null'
        AND jsonb_typeof(r.result) NOT IN ('object', 'null')
    ON CONFLICT (move, row_id) DO UPDATE SET reason = excluded.reason, direction = excluded.direction;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_merge_ocr_results_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT d.id FROM documents AS d, LATERAL (SELECT (ablage_migrations.newest_ocr_result(d.id)).*) AS r
    WHERE d.id = ANY (keys) AND coalesce(jsonb_typeof(d.ocr_result), 'null') = 'null' AND r.id IS NOT NULL
        AND ablage_migrations.merge_is_due(d.id, r.id)
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_merge_ocr_results_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND direction = 'down' AND row_id = ANY (keys);
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value)
    SELECT this_move, 'down', d.id, jsonb_build_object(
        'row', k.value -> 'row',
        'result', coalesce(ablage_migrations.mark(d.ocr_result) = k.value ->> 'result', false),
        'text', coalesce(md5(d.extracted_text) = k.value ->> 'text', false),
        'score', coalesce(d.confidence_score::text = k.value ->> 'score', false),
        'engine', coalesce(d.ocr_backend = k.value ->> 'engine', false))
    FROM ablage_migrations.kept AS k JOIN documents AS d ON d.id = k.row_id
    WHERE k.move = this_move AND k.direction = 'up' AND k.row_id = ANY (keys);

    UPDATE documents AS d SET ocr_result = CASE WHEN (k.value ->> 'json_null')::boolean THEN 'null'::jsonb END,
        extracted_text = CASE WHEN md5(d.extracted_text) = k.value ->> 'text' THEN NULL ELSE d.extracted_text END,
        confidence_score = CASE WHEN d.confidence_score::text = k.value ->> 'score' THEN NULL
            ELSE d.confidence_score END,
        ocr_backend = CASE WHEN d.ocr_backend = k.value ->> 'engine' THEN NULL ELSE d.ocr_backend END
    FROM ablage_migrations.kept AS k
    WHERE k.move = this_move AND k.direction = 'up' AND k.row_id = d.id AND d.id = ANY (keys)
        AND ablage_migrations.mark(d.ocr_result) = k.value ->> 'result';
    GET DIAGNOSTICS moved = ROW_COUNT;
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND direction = 'up' AND row_id = ANY (keys);
    DELETE FROM ablage_migrations.quarantine WHERE move = this_move AND row_id = ANY (keys);
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_merge_ocr_results_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid WHERE false $$;
