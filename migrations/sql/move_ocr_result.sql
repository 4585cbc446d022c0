-- The data moves ocr_result_v1 (old format and "1.0") and ocr_result_v2 ("1.0" and "2.0").

CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_conforms(result jsonb, format text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE format
        WHEN 'old' THEN ablage_migrations.ocr_result_is_old(result)
        ELSE NOT ablage_migrations.ocr_result_is_old(result) AND result ->> 'version' = format
    END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_to(result jsonb, format text)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE format
        WHEN 'old' THEN ablage_migrations.ocr_result_to_old(result)
        ELSE ablage_migrations.ocr_result_to_new(result, format)
    END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.mark(result jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(result::text, 'UTF8')), 'hex')
$$;

-- Converts to whatever the trigger's argument says. It never fails: an application must not see an error
-- because of a value that only a migration cares about.
CREATE OR REPLACE FUNCTION ablage_migrations.guard_ocr_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_typeof(NEW.ocr_result) = 'object' THEN
        BEGIN
            NEW.ocr_result := ablage_migrations.ocr_result_to(NEW.ocr_result, TG_ARGV[0]);
        EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
            NULL;
        END;
    END IF;
    RETURN NEW;
END
$$;

-- Rows of these keys that hold an object and no original to put back. A value is taken from the table once,
-- whole: every operator would unpack a compressed one again. Part of the query that calls it.
CREATE OR REPLACE FUNCTION ablage_migrations.plain_ocr_results(this_move text, this_direction text, keys uuid[])
RETURNS TABLE (id uuid, value jsonb) LANGUAGE sql STABLE AS $$
    SELECT p.id, CASE jsonb_typeof(p.value) WHEN 'object' THEN p.value END FROM (
        SELECT d.id, jsonb_path_query_first(d.ocr_result, 'strict $') AS value
        FROM documents AS d WHERE d.id = ANY (keys) AND d.ocr_result IS NOT NULL AND NOT EXISTS (
            SELECT FROM ablage_migrations.kept AS k
            WHERE k.move = this_move AND k.direction <> this_direction AND k.row_id = d.id
        ) OFFSET 0
    ) AS p OFFSET 0
$$;

-- Rows in the usual shape, which nearly all have: no original to keep, nothing to put back. Returns the rest.
-- One subselect each: an UPDATE carries a copy of every row of every other item in its FROM.
CREATE OR REPLACE FUNCTION ablage_migrations.move_usual_ocr_results(
    this_move text, this_direction text, source text, target text, keys uuid[]
) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    done uuid[];
BEGIN
    IF source = 'old' THEN
        WITH updated AS (
            UPDATE documents AS d SET ocr_result = u.converted FROM (
                SELECT p.id, f.converted
                FROM ablage_migrations.plain_ocr_results(this_move, this_direction, keys) AS p,
                    ablage_migrations.ocr_result_fast_new(p.value, target) AS f OFFSET 0
            ) AS u WHERE d.id = u.id RETURNING d.id
        )
        SELECT array_agg(id) FROM updated INTO done;
    ELSIF target = 'old' THEN
        WITH updated AS (
            UPDATE documents AS d SET ocr_result = u.converted FROM (
                SELECT p.id, f.converted
                FROM ablage_migrations.plain_ocr_results(this_move, this_direction, keys) AS p,
                    ablage_migrations.ocr_result_fast_old(p.value) AS f
                WHERE p.value ->> 'version' = source OFFSET 0
            ) AS u WHERE d.id = u.id RETURNING d.id
        )
        SELECT array_agg(id) FROM updated INTO done;
    ELSE
        WITH updated AS (
            UPDATE documents AS d SET ocr_result = u.converted FROM (
                SELECT p.id, p.value || jsonb_build_object('version', target) AS converted
                FROM ablage_migrations.plain_ocr_results(this_move, this_direction, keys) AS p
                WHERE p.value ->> 'version' = source
                    AND NOT p.value ?| '{content,score,engine,segments,lang,page_count,duration}' OFFSET 0
            ) AS u WHERE d.id = u.id RETURNING d.id
        )
        SELECT array_agg(id) FROM updated INTO done;
    END IF;
    RETURN CASE WHEN cardinality(done) = cardinality(keys) THEN '{}'
        ELSE ARRAY(SELECT unnest(keys) EXCEPT SELECT unnest(done)) END;
END
$$;

-- A value that is not in the source format to begin with would come back in the source format: its original
-- is kept, even if it is in the target format and stays as it is. Values that were converted before, by this
-- move or by its trigger since it began, are not meant by that. A value that is no object is taken out of the way up and put back on the way down; JSON null
-- says that there is no result, in every format.
CREATE OR REPLACE FUNCTION ablage_migrations.move_ocr_result(
    this_move text, this_direction text, source text, target text, keys uuid[], OUT moved int
) LANGUAGE plpgsql AS $$
DECLARE
    rest uuid[] := ablage_migrations.move_usual_ocr_results(this_move, this_direction, source, target, keys);
    restored int;
    untouched_before xid;  -- NULL: rows in the target format may all be our own work
BEGIN
    moved := cardinality(keys) - cardinality(rest);
    IF moved = cardinality(keys) AND NOT EXISTS (
        SELECT FROM ablage_migrations.quarantine WHERE move = this_move AND direction <> this_direction
    ) THEN
        RETURN;
    END IF;
    SELECT CASE WHEN NOT again THEN first_xid::xid END FROM ablage_migrations.moves WHERE name = this_move
    INTO untouched_before;
    WITH plain AS MATERIALIZED (
        SELECT id, jsonb_path_query_first(ocr_result, 'strict $') AS value,
            coalesce(age(documents.xmin) > age(untouched_before), false) AS untouched
        FROM documents WHERE id = ANY (rest) AND ocr_result IS NOT NULL
    ), kept AS (
        SELECT row_id, k.value, k.mark FROM ablage_migrations.kept AS k
        WHERE k.move = this_move AND k.direction <> this_direction AND row_id = ANY (rest)
    ), objects AS MATERIALIZED (
        SELECT p.id, p.value, p.untouched, ablage_migrations.ocr_result_conforms(p.value, source) AS regular,
            CASE
                WHEN k.value::text = p.value::text THEN p.value
                WHEN k.mark = ablage_migrations.mark(p.value) THEN k.value
                WHEN ablage_migrations.ocr_result_conforms(p.value, target) THEN p.value
                ELSE ablage_migrations.ocr_result_to(p.value, target)
            END AS converted
        FROM plain AS p LEFT JOIN kept AS k ON k.row_id = p.id
        WHERE jsonb_typeof(p.value) = 'object'
    ), odd AS (
        SELECT id, value FROM plain
        WHERE this_direction = 'up' AND jsonb_typeof(value) NOT IN ('object', 'null')
    ), updated AS (
        UPDATE documents AS d SET ocr_result = c.converted
        FROM (
            SELECT id, converted FROM objects WHERE converted::text <> value::text
            UNION ALL SELECT id, NULL FROM odd
        ) AS c
        WHERE d.id = c.id
        RETURNING c.converted IS NOT NULL AS converted
    ), remembered AS (
        INSERT INTO ablage_migrations.kept (move, direction, row_id, value, mark)
        SELECT this_move, this_direction, id, value, ablage_migrations.mark(converted)
        FROM objects WHERE NOT regular AND (untouched OR converted::text <> value::text)
        ON CONFLICT (move, direction, row_id) DO UPDATE SET value = excluded.value, mark = excluded.mark
    ), set_aside AS (
        INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason, value)
        SELECT this_move, id, 'documents', this_direction,
            'ocr_result is not an object but ' || CASE jsonb_typeof(value)
                WHEN 'array' THEN 'an array' ELSE 'a ' || jsonb_typeof(value) END, value
        FROM odd
        ON CONFLICT (move, row_id) DO UPDATE
            SET direction = excluded.direction, reason = excluded.reason, value = excluded.value
    )
    SELECT count(*) FILTER (WHERE converted) FROM updated INTO moved;

    UPDATE documents AS d SET ocr_result = q.value FROM ablage_migrations.quarantine AS q
    WHERE q.move = this_move AND q.direction <> this_direction AND q.row_id = ANY (keys)
        AND q.value IS NOT NULL AND d.id = q.row_id AND d.ocr_result IS NULL;
    GET DIAGNOSTICS restored = ROW_COUNT;
    moved := moved + restored + cardinality(keys) - cardinality(rest);
    DELETE FROM ablage_migrations.quarantine
    WHERE move = this_move AND direction <> this_direction AND row_id = ANY (keys);
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_ocr_result(
    this_move text, this_direction text, target text, keys uuid[]
) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM (
        SELECT id, jsonb_path_query_first(ocr_result, 'strict $') AS value
        FROM documents WHERE id = ANY (keys) AND ocr_result IS NOT NULL OFFSET 0
    ) AS d
    WHERE CASE jsonb_typeof(value)
            WHEN 'object' THEN NOT ablage_migrations.ocr_result_conforms(value, target)
            ELSE this_direction = 'up' AND jsonb_typeof(value) <> 'null'
        END
        AND NOT EXISTS (
            SELECT FROM ablage_migrations.quarantine AS q
            WHERE q.move = this_move AND q.direction = this_direction AND q.row_id = d.id AND q.value IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM ablage_migrations.kept AS k
            WHERE k.move = this_move AND k.direction <> this_direction AND k.row_id = d.id
                AND k.value::text = d.value::text
        )
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_ocr_result_v1_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$ SELECT * FROM ablage_migrations.move_ocr_result(this_move, 'up', 'old', '1.0', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.move_ocr_result_v1_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$ SELECT * FROM ablage_migrations.move_ocr_result(this_move, 'down', '1.0', 'old', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.move_ocr_result_v2_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$ SELECT * FROM ablage_migrations.move_ocr_result(this_move, 'up', '1.0', '2.0', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.move_ocr_result_v2_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE sql AS $$ SELECT * FROM ablage_migrations.move_ocr_result(this_move, 'down', '2.0', '1.0', keys) $$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_ocr_result_v1_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT ablage_migrations.left_ocr_result(this_move, 'up', '1.0', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.left_ocr_result_v1_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT ablage_migrations.left_ocr_result(this_move, 'down', 'old', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.left_ocr_result_v2_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT ablage_migrations.left_ocr_result(this_move, 'up', '2.0', keys) $$;
CREATE OR REPLACE FUNCTION ablage_migrations.left_ocr_result_v2_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT ablage_migrations.left_ocr_result(this_move, 'down', '1.0', keys) $$;
