-- check constraint public.documents.not_blank
ALTER TABLE documents ADD CONSTRAINT not_blank CHECK (ocr_text <> ' ');
