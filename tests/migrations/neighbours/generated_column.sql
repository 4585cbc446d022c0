-- generated column public.documents.length
ALTER TABLE documents ADD COLUMN length int GENERATED ALWAYS AS (length(ocr_text)) STORED;
