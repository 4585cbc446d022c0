-- walks
CREATE VIEW v AS SELECT id, filename, created_at FROM documents; COMMENT ON VIEW v IS 'theirs';
