-- needs documents.confidence_score
CREATE VIEW v AS SELECT confidence_score FROM documents;
