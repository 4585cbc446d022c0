-- statistics public.s
CREATE STATISTICS s ON ocr_text, filename FROM documents;
