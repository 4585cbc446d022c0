-- What data moves remember between two runs.

CREATE SCHEMA IF NOT EXISTS ablage_migrations;

-- The application's triggers call functions in here, under the application's own role.
GRANT USAGE ON SCHEMA ablage_migrations TO PUBLIC;

CREATE TABLE IF NOT EXISTS ablage_migrations.moves (
    name text PRIMARY KEY,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    done boolean NOT NULL DEFAULT false,
    migration_version text NOT NULL,
    again boolean NOT NULL DEFAULT false,  -- it was done before: converted rows are its own work
    first_xid xid8 NOT NULL,      -- what older transactions wrote, the chunks cover
    seconds double precision NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

-- The chunks of a move divide all possible keys, so a row that is inserted later lies in one of them.
CREATE TABLE IF NOT EXISTS ablage_migrations.chunks (
    move text NOT NULL,
    number bigint NOT NULL,       -- -1: not a chunk, but what the final sweeps converted
    low uuid,                     -- keys greater than this; NULL: from the first
    upto uuid,                    -- up to and including this; NULL: to the last
    after uuid,                   -- keys up to this one are done
    rows integer NOT NULL,        -- about how many there are
    rows_done integer NOT NULL DEFAULT 0,
    moved integer NOT NULL DEFAULT 0,
    done boolean NOT NULL DEFAULT false,
    xids xid[] NOT NULL DEFAULT '{}',
    retry_at timestamptz,
    touched_at timestamptz,
    PRIMARY KEY (move, number)
);
CREATE INDEX IF NOT EXISTS ix_chunks_open ON ablage_migrations.chunks (move, number) WHERE NOT done;

-- Rows that could not be converted. Where the value stood in the way it was moved here; the move in the
-- other direction puts it back.
CREATE TABLE IF NOT EXISTS ablage_migrations.quarantine (
    move text NOT NULL,
    row_id uuid NOT NULL,
    table_name text NOT NULL,
    direction text NOT NULL,
    reason text NOT NULL,
    value jsonb,
    noticed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (move, row_id)
);

-- Originals that the converted value alone could not give back. "mark" tells the converted value, so that
-- an original is only returned where nobody has changed the value in between.
CREATE TABLE IF NOT EXISTS ablage_migrations.kept (
    move text NOT NULL,
    direction text NOT NULL,
    row_id uuid NOT NULL,
    value jsonb NOT NULL,
    mark text,
    PRIMARY KEY (move, direction, row_id)
);
CREATE INDEX IF NOT EXISTS ix_kept_row_id ON ablage_migrations.kept (row_id);
CREATE INDEX IF NOT EXISTS ix_kept_tags ON ablage_migrations.kept ((value ->> 'document_id')) WHERE move = 'tags';
CREATE INDEX IF NOT EXISTS ix_quarantine_row_id ON ablage_migrations.quarantine (row_id);

-- What is remembered of a row goes when the row goes: a deleted document must not live on in here. Moves put
-- the trigger ablage_forget on every table that they remember something of, and it stays there.
CREATE OR REPLACE FUNCTION ablage_migrations.forget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('ablage_migrations.worker', true) = 'on' THEN
        RETURN NULL;  -- a move that takes a row away remembers it to bring it back
    END IF;
    DELETE FROM ablage_migrations.kept AS k USING gone WHERE k.row_id = gone.id;
    DELETE FROM ablage_migrations.quarantine AS q USING gone WHERE q.row_id = gone.id;
    IF TG_TABLE_NAME = 'documents' THEN
        DELETE FROM ablage_migrations.kept AS k USING gone
        WHERE k.move = 'tags' AND k.value ->> 'document_id' = gone.id::text;
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE IF NOT EXISTS ablage_migrations.durations (
    migration_version text PRIMARY KEY,
    seconds double precision NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS ablage_migrations.errors (
    migration_version text NOT NULL,
    error_type text NOT NULL,
    errors bigint NOT NULL,
    PRIMARY KEY (migration_version, error_type)
);

-- Servers show these figures in /metrics, under the application's own role; no column here holds contents.
GRANT SELECT ON ablage_migrations.moves, ablage_migrations.chunks, ablage_migrations.durations,
    ablage_migrations.errors TO PUBLIC;
GRANT SELECT (move) ON ablage_migrations.quarantine TO PUBLIC;
