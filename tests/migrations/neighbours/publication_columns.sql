-- publication p
CREATE PUBLICATION p FOR TABLE documents (id, ocr_text);
