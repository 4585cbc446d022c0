-- walks
CREATE PUBLICATION p FOR TABLE documents, users;
