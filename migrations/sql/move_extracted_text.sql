-- The data move extracted_text: documents.ocr_text to extracted_text, and back. Triggers keep both columns
-- equal from the moment both exist, so the side that is filled is only ever empty because it is new.

CREATE OR REPLACE FUNCTION ablage_migrations.move_extracted_text_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents SET extracted_text = ocr_text
    WHERE id = ANY (keys) AND extracted_text IS NULL AND ocr_text IS NOT NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_extracted_text_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE documents SET ocr_text = extracted_text
    WHERE id = ANY (keys) AND ocr_text IS NULL AND extracted_text IS NOT NULL;
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_extracted_text_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM documents WHERE id = ANY (keys) AND extracted_text IS NULL AND ocr_text IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_extracted_text_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM documents WHERE id = ANY (keys) AND ocr_text IS NULL AND extracted_text IS NOT NULL
$$;
