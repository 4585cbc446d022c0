INSERT INTO document_tags (document_id, tag)
SELECT d.id, t FROM documents AS d, unnest(ARRAY['invoice', 'receipt', 'contract', 'id', 'passport', 'letter',
    'email', 'custom', 'financial:invoice']) AS t
WHERE hashtext(d.id::text || t) & 1 = 0;
