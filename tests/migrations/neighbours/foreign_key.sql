-- walks
CREATE TABLE theirs.notes (id int, document_id uuid REFERENCES public.documents (id) ON DELETE CASCADE);
