-- view public.v (owner postgres) needs ocr_results
CREATE VIEW v AS SELECT content FROM ocr_results;
