-- walks
COMMENT ON COLUMN documents.ocr_text IS 'theirs: the text'; COMMENT ON COLUMN users.role IS 'theirs: the role'; COMMENT ON TABLE documents IS 'theirs';
