-- view public.v
CREATE RECURSIVE VIEW v (n, t) AS SELECT 1, ocr_text FROM documents UNION ALL SELECT n + 1, t FROM v WHERE n < 2;
