-- walks
CREATE POLICY own ON documents USING (filename <> '');
