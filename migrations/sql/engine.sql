-- What a worker does to one chunk: one call, one round trip, one transaction.

-- Lock rows, unless they are, and convert them; returns how many changed. A single row that fails is set aside.
CREATE OR REPLACE FUNCTION ablage_migrations.convert_rows(
    this_move text, this_direction text, table_name text, routine text, lock_query text, keys uuid[]
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    convert constant text := format('SELECT ablage_migrations.move_%s_%s($1, $2)', routine, this_direction);
    moved int;
BEGIN
    IF cardinality(keys) = 0 THEN
        RETURN 0;
    END IF;
    IF lock_query IS NOT NULL THEN
        EXECUTE lock_query USING keys;
    END IF;
    IF cardinality(keys) > 1 THEN
        EXECUTE convert INTO moved USING this_move, keys;
        RETURN moved;
    END IF;
    BEGIN
        EXECUTE convert INTO moved USING this_move, keys;
    EXCEPTION
        -- Bad data, a constraint, a limit, a trigger's RAISE: what the contents of one row can cause.
        WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded OR plpgsql_error THEN
            INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
            VALUES (this_move, keys[1], table_name, this_direction, SQLSTATE || ': ' || SQLERRM)
            ON CONFLICT (move, row_id) DO UPDATE
                SET direction = excluded.direction, reason = excluded.reason, noticed_at = now();
            moved := 0;
    END;
    RETURN moved;
END
$$;

-- Convert up to "size" keys of a chunk that nobody else is at. "done" is NULL if there is none to claim.
-- "keys_query" has %s for the range; where it locks the rows it finds, there is no lock_query.
CREATE OR REPLACE FUNCTION ablage_migrations.convert_chunk(
    this_move text, this_direction text, table_name text, routine text, lock_query text, keys_query text,
    size int, OUT done int
) LANGUAGE plpgsql AS $$
DECLARE
    chunk ablage_migrations.chunks;
    keys uuid[];
    changed int;
BEGIN
    SELECT * FROM ablage_migrations.chunks AS c
    WHERE c.move = this_move AND NOT c.done AND (c.retry_at IS NULL OR c.retry_at <= clock_timestamp())
    ORDER BY c.number LIMIT 1 FOR UPDATE SKIP LOCKED INTO chunk;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- No "key > $1 OR $1 IS NULL": a plan that serves both reads the index from its beginning.
    EXECUTE format(keys_query, concat_ws(' AND ', 'true',
        CASE WHEN chunk.after IS NOT NULL THEN 'key > $1' END,
        CASE WHEN chunk.upto IS NOT NULL THEN 'key <= $2' END))
    INTO keys USING chunk.after, chunk.upto, size;
    done := cardinality(keys);
    changed := ablage_migrations.convert_rows(
        this_move, this_direction, table_name, routine, lock_query, keys);
    UPDATE ablage_migrations.chunks AS c
    SET done = convert_chunk.done < size OR coalesce(keys[convert_chunk.done] = c.upto, false),
        after = coalesce(keys[convert_chunk.done], c.after), rows_done = c.rows_done + convert_chunk.done,
        moved = c.moved + changed, retry_at = NULL,
        xids = array_append(c.xids, pg_current_xact_id()::xid), touched_at = clock_timestamp()
    WHERE c.move = this_move AND c.number = chunk.number;
END
$$;

-- Forget rows of a move that are not there any more: deleted before their table had its trigger, or by
-- TRUNCATE, which fires none. A tag that was taken away as a double has no row, but a document, whose key is
-- also what is set aside of tags ("owner").
CREATE OR REPLACE FUNCTION ablage_migrations.forget_orphans(this_move text, table_name text, owner text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'DELETE FROM ablage_migrations.kept AS k WHERE k.move = $1 '
        'AND NOT EXISTS (SELECT FROM %1$I AS t WHERE t.id = k.row_id) AND (k.move <> ''tags'' '
        'OR NOT EXISTS (SELECT FROM %2$I AS o WHERE o.id::text = k.value ->> ''document_id''))', table_name, owner
    ) USING this_move;
    EXECUTE format(
        'DELETE FROM ablage_migrations.quarantine AS q WHERE q.move = $1 '
        'AND NOT EXISTS (SELECT FROM %1$I AS o WHERE o.id = q.row_id)', owner
    ) USING this_move;
END
$$;
