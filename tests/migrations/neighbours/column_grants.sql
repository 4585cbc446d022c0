-- walks
GRANT SELECT (id, ocr_text), UPDATE (ocr_text) ON documents TO neighbour;
