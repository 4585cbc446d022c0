-- A database of release 0.9 with every odd shape in several rows ("tests.copies" sets how many). Nothing is
-- random: a failure comes again.

INSERT INTO users (id, email, role)
SELECT gen_random_uuid(), n || '@example.org',
    (ARRAY['admin', 'user', 'viewer', NULL, 'auditor', 'Admin', ''])[1 + n % 7]
FROM generate_series(1, 14) AS n;

-- Missing keys, nulls, unknown keys at every level, numbers that no float holds, trailing zeros, segments
-- that are no list, results of later formats and results that are no object. Two owners do not exist.
WITH owners AS (
    SELECT array_agg(id) || ARRAY[gen_random_uuid(), gen_random_uuid()] AS ids FROM users
), shapes AS (
    SELECT result::jsonb, row_number() OVER () AS number FROM unnest(ARRAY[
        '{"content": "a", "score": 0.95, "engine": "tesseract", "lang": "de", "page_count": 2, "duration": 1.5, "segments": [{"text": "a", "bbox": [1, 2, 3, 4], "conf": 0.9, "type": "text"}]}',
        '{}',
        '{"content": null, "score": null, "engine": null, "lang": null, "page_count": null, "segments": null}',
        '{"content": "x", "score": 12345678901234567890.12345678901234567890}',
        '{"score": 1.0, "duration": 1.500, "x": 0.10}',
        '{"score": 1, "content": "1.0"}',
        '{"segments": []}',
        '{"segments": [null, 1, "a", [], {}, {"conf": 0.50, "page": 1, "x": {"conf": 1}}]}',
        '{"segments": {"no": "list"}}',
        '{"segments": [{"conf": 0.1, "confidence": 0.2}], "content": "both"}',
        '{"content": "old", "text": "new", "blocks": [1], "segments": [2]}',
        '{"metadata": {"language": "en", "other": [1.0]}, "lang": "de", "extra": {"deep": {"deeper": null}}}',
        '{"metadata": "a string", "page_count": 3}',
        '{"version": "0.1", "content": "c"}',
        '{"version": 2, "text": "t"}',
        '{"version": "1.0", "text": "already new", "confidence": 0.80, "metadata": {"pages": 1}}',
        '{"version": "2.0", "text": "from the future", "blocks": [{"text": "b", "page": 2}]}',
        '{"_v1": {"content": "reserved"}, "_v2": 1, "content": "c"}',
        '{"content": "\u0001 control, äöüß€ 😀", "Content": "case"}',
        '{"": "", "lang": ["a", "list"]}',
        '"just a string"',
        '[1, 2.0, {}]',
        '42',
        'true',
        'null',
        NULL
    ]) AS result
), texts AS (
    SELECT text, row_number() OVER () AS number FROM unnest(ARRAY['some text', '', NULL]) AS text
)
INSERT INTO documents (user_id, filename, storage_key, size, mime_type, ocr_text, ocr_result, metadata, error_message)
SELECT owners.ids[1 + (shapes.number * 3 + texts.number + copy) % 16], 'a.pdf', 'k', 1, 'application/pdf',
    texts.text, shapes.result, '{"a": 1.00}', CASE WHEN copy = 1 THEN 'it failed' END
FROM owners, shapes, texts, generate_series(1, current_setting('tests.copies')::int) AS copy;

INSERT INTO ocr_results (document_id, score, content, result, engine, created_at)
SELECT d.id, v.score, v.content, v.result::jsonb, 'tesseract', now() - v.age
FROM documents AS d, (VALUES
    (0.5::float8, 'older', NULL, interval '2 days'),
    (0.123456789, 'newest', '{"content": "newest", "score": 0.10}', interval '1 day'),
    (NULL, NULL, '[]', interval '0')
) AS v (score, content, result, age)
WHERE hashtext(d.id::text) & 1 = 0;

INSERT INTO notification_events (document_id, event_type) SELECT id, 'document.created' FROM documents;
INSERT INTO notification_deliveries (event_id) SELECT id FROM notification_events;
INSERT INTO api_keys (user_id, name, prefix, key_hash) SELECT id, 'k', 'ak_live_', md5(id::text) FROM users;
