-- rule public.documents.keep
CREATE TABLE log (t text); CREATE RULE keep AS ON DELETE TO documents DO ALSO INSERT INTO log VALUES (old.ocr_text);
