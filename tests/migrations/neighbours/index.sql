-- index public.their_index
CREATE INDEX their_index ON documents (md5(ocr_text));
