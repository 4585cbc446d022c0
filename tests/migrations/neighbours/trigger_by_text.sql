-- trigger public.documents.watch
CREATE FUNCTION theirs.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.ocr_text := trim(NEW.ocr_text); RETURN NEW; END $$; CREATE TRIGGER watch BEFORE INSERT ON documents FOR EACH ROW EXECUTE FUNCTION theirs.f();
