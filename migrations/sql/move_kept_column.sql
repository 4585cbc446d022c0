-- The data moves keep:TABLE.COLUMN. Down copies a column aside before it is dropped, up writes it back after
-- it was added again. The move's own name says which column, so the statements are built here.
--
-- A value is kept as text, the one form that gives back every type exactly. What the column's default will
-- give a new column by itself is not kept, nor is NULL where there is no default.

CREATE OR REPLACE FUNCTION ablage_migrations.kept_column(
    this_move text, OUT relation regclass, OUT name text, OUT type_name text, OUT default_value text
) LANGUAGE sql STABLE AS $$
    SELECT a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
        coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL')
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = split_part(split_part(this_move, ':', 2), '.', 1)::regclass
        AND a.attname = split_part(this_move, '.', 2) AND NOT a.attisdropped
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_kept_column_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
DECLARE
    col record;
    has_time boolean;
BEGIN
    SELECT * FROM ablage_migrations.kept_column(this_move) INTO STRICT col;
    SELECT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = col.relation AND attname = 'updated_at' AND NOT attisdropped
    ) INTO has_time;
    DELETE FROM ablage_migrations.kept WHERE move = this_move AND direction = 'down' AND row_id = ANY (keys);
    EXECUTE format(
        'INSERT INTO ablage_migrations.kept (move, direction, row_id, value, mark) '
        'SELECT $1, ''down'', id, coalesce(to_jsonb(%1$I::text), ''null''), %2$s '
        'FROM %3$s WHERE id = ANY ($2) AND %1$I::text IS DISTINCT FROM (%4$s)::text',
        col.name, CASE WHEN has_time THEN 'extract(epoch FROM updated_at)::text' ELSE 'NULL' END,
        col.relation, col.default_value
    ) USING this_move, keys;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_kept_column_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    col record;
BEGIN
    SELECT * FROM ablage_migrations.kept_column(this_move) INTO STRICT col;
    RETURN QUERY EXECUTE format(
        'SELECT t.id FROM %3$s AS t LEFT JOIN ablage_migrations.kept AS k '
        'ON k.move = $1 AND k.direction = ''down'' AND k.row_id = t.id '
        'WHERE t.id = ANY ($2) AND CASE WHEN t.%1$I::text IS DISTINCT FROM (%2$s)::text '
        'THEN k.value IS DISTINCT FROM coalesce(to_jsonb(t.%1$I::text), ''null'') ELSE k.row_id IS NOT NULL END',
        col.name, col.default_value, col.relation
    ) USING this_move, keys;
END
$$;

-- Only where the new column still holds what it was born with. How far a document is (documents.status) is
-- not given back where the older release has changed the document and it has its text by now.
CREATE OR REPLACE FUNCTION ablage_migrations.move_kept_column_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
DECLARE
    col record;
BEGIN
    SELECT * FROM ablage_migrations.kept_column(this_move) INTO STRICT col;
    EXECUTE format(
        'UPDATE %3$s AS t SET %1$I = (k.value #>> ''{}'')::%5$s FROM ablage_migrations.kept AS k '
        'WHERE k.move = $1 AND k.direction = ''down'' AND k.row_id = t.id AND t.id = ANY ($2) '
        'AND (t.%1$I IS NULL OR t.%1$I::text = (%2$s)::text) '
        'AND t.%1$I::text IS DISTINCT FROM k.value #>> ''{}'' %4$s',
        col.name, col.default_value, col.relation,
        CASE WHEN this_move = 'keep:documents.status' THEN
            'AND (k.mark = extract(epoch FROM t.updated_at)::text OR k.value = ''"completed"'' '
            'OR (t.ocr_result IS NULL AND t.ocr_text IS NULL))'
        ELSE '' END,
        col.type_name
    ) USING this_move, keys;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

-- What others write from now on is newer than what was kept.
CREATE OR REPLACE FUNCTION ablage_migrations.left_kept_column_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid WHERE false $$;
