UPDATE documents SET page_count = 3 WHERE hashtext(id::text) & 1 = 0;
