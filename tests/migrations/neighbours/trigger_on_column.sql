-- trigger public.documents.watch
CREATE FUNCTION theirs.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER watch BEFORE UPDATE OF ocr_text ON documents FOR EACH ROW EXECUTE FUNCTION theirs.f();
