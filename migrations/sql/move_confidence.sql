-- The data moves confidence and confidence_exact. It calls ablage_migrations.confidence_decimal, which
-- belongs to the triggers that keep float and decimal equal.
--
-- confidence fills confidence_score_decimal from the float. On the way back it remembers, before the decimal
-- is dropped, the decimals that the float would not give: whatever is not between 0 and 1.
--
-- confidence_exact remembers, before the float is dropped, the floats that four decimals cannot give back:
-- 0.98765, 95, NaN. On the way back it fills confidence_score_float from the decimal, which then has the name
-- confidence_score.

-- The decimal of documents: what was kept, unless the float is another one by now, else what follows from it.
CREATE OR REPLACE FUNCTION ablage_migrations.confidence_decimals(this_move text, keys uuid[])
RETURNS TABLE (id uuid, score numeric) LANGUAGE sql STABLE AS $$
    SELECT d.id, coalesce((k.value #>> '{}')::numeric, ablage_migrations.confidence_decimal(d.confidence_score))
    FROM documents AS d
    LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'down' AND k.row_id = d.id
        AND k.mark = d.confidence_score::text
    WHERE d.id = ANY (keys)
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_confidence_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents AS d SET confidence_score_decimal = c.score
    FROM ablage_migrations.confidence_decimals(this_move, keys) AS c
    WHERE d.id = c.id AND d.confidence_score_decimal IS NULL AND c.score IS NOT NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
    DELETE FROM ablage_migrations.quarantine WHERE move = this_move AND row_id = ANY (keys);
    INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
    SELECT this_move, id, 'documents', 'up',
        format('confidence_score %s is not between 0 and 1: kept for the way back, NULL from now on', confidence_score)
    FROM documents WHERE id = ANY (keys) AND confidence_score IS NOT NULL AND confidence_score_decimal IS NULL;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_confidence_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT d.id FROM documents AS d JOIN ablage_migrations.confidence_decimals(this_move, keys) AS c USING (id)
    WHERE d.confidence_score_decimal IS NULL AND c.score IS NOT NULL
$$;

-- Down: triggers have kept the float complete.
CREATE OR REPLACE FUNCTION ablage_migrations.move_confidence_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ablage_migrations.quarantine WHERE move = this_move AND row_id = ANY (keys);
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND row_id = ANY (keys);
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value, mark)
    SELECT this_move, 'down', id, to_jsonb(confidence_score_decimal::text), confidence_score::text
    FROM documents WHERE id = ANY (keys) AND confidence_score_decimal IS NOT NULL
        AND confidence_score_decimal IS DISTINCT FROM ablage_migrations.confidence_decimal(confidence_score);
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_confidence_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT d.id FROM documents AS d
    LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'down' AND k.row_id = d.id
    WHERE d.id = ANY (keys) AND d.confidence_score_decimal IS NOT NULL
        AND d.confidence_score_decimal IS DISTINCT FROM ablage_migrations.confidence_decimal(d.confidence_score)
        AND (k.value IS DISTINCT FROM to_jsonb(d.confidence_score_decimal::text)
            OR k.mark IS DISTINCT FROM d.confidence_score::text)
$$;

-- The mark is the decimal beside which the float stood: if it is another one by then, the float is stale.
-- Floats are compared and kept as text, because = calls 0 and -0 equal.
CREATE OR REPLACE FUNCTION ablage_migrations.move_confidence_exact_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND row_id = ANY (keys);
    INSERT INTO ablage_migrations.kept (move, direction, row_id, value, mark)
    SELECT this_move, 'up', id, to_jsonb(confidence_score::text), coalesce(confidence_score_decimal::text, '')
    FROM documents WHERE id = ANY (keys)
        AND confidence_score::text IS DISTINCT FROM confidence_score_decimal::float8::text;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_confidence_exact_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT d.id FROM documents AS d
    LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'up' AND k.row_id = d.id
    WHERE d.id = ANY (keys) AND CASE
        WHEN d.confidence_score::text IS DISTINCT FROM d.confidence_score_decimal::float8::text
            THEN to_jsonb(d.confidence_score::text) IS DISTINCT FROM k.value
                OR k.mark IS DISTINCT FROM coalesce(d.confidence_score_decimal::text, '')
        ELSE k.row_id IS NOT NULL
    END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.confidence_float(decimal_score numeric, kept jsonb, mark text)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN mark = coalesce(decimal_score::text, '') THEN (kept #>> '{}')::float8 ELSE decimal_score::float8 END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_confidence_exact_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents AS d
    SET confidence_score_float = ablage_migrations.confidence_float(d.confidence_score, k.value, k.mark)
    FROM documents AS o
    LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'up' AND k.row_id = o.id
    WHERE o.id = ANY (keys) AND d.id = o.id AND d.confidence_score_float IS NULL
        AND ablage_migrations.confidence_float(d.confidence_score, k.value, k.mark) IS NOT NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_confidence_exact_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT d.id FROM documents AS d
    LEFT JOIN ablage_migrations.kept AS k ON k.move = this_move AND k.direction = 'up' AND k.row_id = d.id
    WHERE d.id = ANY (keys) AND d.confidence_score_float IS NULL
        AND ablage_migrations.confidence_float(d.confidence_score, k.value, k.mark) IS NOT NULL
$$;
