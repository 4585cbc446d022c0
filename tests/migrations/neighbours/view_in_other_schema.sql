-- view theirs.v (owner neighbour) needs documents.ocr_text
CREATE VIEW theirs.v AS SELECT ocr_text FROM public.documents; ALTER VIEW theirs.v OWNER TO neighbour;
