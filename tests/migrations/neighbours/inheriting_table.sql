-- inheriting table public.archive
CREATE TABLE archive () INHERITS (documents);
