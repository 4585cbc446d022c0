-- view public.v
CREATE VIEW v WITH (security_barrier) AS SELECT id FROM documents WHERE ocr_text IS NOT NULL WITH CHECK OPTION;
