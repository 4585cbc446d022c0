UPDATE documents SET error_code = 'OCR_FAILED' WHERE hashtext(id::text) & 4 = 0;
