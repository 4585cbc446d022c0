UPDATE documents SET document_type = 'invoice' WHERE hashtext(id::text) & 2 = 0;
