-- The data move page_count: documents.page_count from what the OCR result says, for documents that were
-- recognised before there was the column. A document that had no number all the same gets none when it comes
-- back: the way down remembers it.

CREATE OR REPLACE FUNCTION ablage_migrations.pages_of(result jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pages ~ '^[0-9]{1,9}$' THEN pages::integer END
    FROM (SELECT CASE jsonb_typeof(result #> '{metadata,pages}') WHEN 'number' THEN result #>> '{metadata,pages}' END)
        AS p (pages)
$$;

-- For results that release 1.0 stores: it does not know the column.
CREATE OR REPLACE FUNCTION ablage_migrations.fill_page_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.page_count := ablage_migrations.pages_of(NEW.ocr_result);
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_page_count_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM documents WHERE id = ANY (keys) AND page_count IS NULL
        AND ablage_migrations.pages_of(ocr_result) IS NOT NULL AND NOT EXISTS (
            SELECT FROM ablage_migrations.kept AS k
            WHERE k.move = this_move AND k.direction = 'down' AND k.row_id = documents.id
        )
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_page_count_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents SET page_count = ablage_migrations.pages_of(ocr_result)
    WHERE id = ANY (ARRAY(SELECT ablage_migrations.left_page_count_up(this_move, keys)));
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_page_count_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND direction = 'down' AND row_id = ANY (keys);
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value)
    SELECT this_move, 'down', id, 'null' FROM documents
    WHERE id = ANY (keys) AND page_count IS NULL AND ablage_migrations.pages_of(ocr_result) IS NOT NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_page_count_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid WHERE false $$;
