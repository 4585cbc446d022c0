-- walks
CREATE TABLE theirs.alembic_version (version_num text); INSERT INTO theirs.alembic_version VALUES ('theirs');
