-- function theirs.f
CREATE FUNCTION theirs.f() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT ocr_text FROM public.documents; END;
