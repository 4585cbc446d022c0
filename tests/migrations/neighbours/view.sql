-- view public.v (owner postgres) needs documents.ocr_text
CREATE VIEW v AS SELECT id, ocr_text FROM documents;
