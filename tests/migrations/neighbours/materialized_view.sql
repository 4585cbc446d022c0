-- materialized view public.m
CREATE MATERIALIZED VIEW m AS SELECT ocr_text FROM documents;
