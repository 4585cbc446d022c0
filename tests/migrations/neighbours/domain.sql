-- walks
CREATE DOMAIN short AS text CHECK (length(value) < 9); CREATE TABLE theirs.t (s public.short);
