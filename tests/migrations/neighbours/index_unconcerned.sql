-- walks
CREATE INDEX their_index ON documents (filename);
