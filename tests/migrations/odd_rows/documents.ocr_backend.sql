UPDATE documents SET ocr_backend = 'tesseract' WHERE hashtext(id::text) & 1 = 0;
