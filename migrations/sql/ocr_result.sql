-- Conversion of documents.ocr_result between its formats. Equal to ocr_result_to_v2 and
-- ocr_result_to_old of the Python package on every JSON object; a test compares both.
--
-- Values are compared as the text of their JSONB, because "=" calls 1.0 and 1.00 equal: whoever converts
-- back must get the digits that were there.

CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_is_old(result jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(result -> 'version' NOT IN ('"1.0"', '"2.0"'), true)
        OR result ?| '{content,score,engine,segments,lang,page_count,duration}'
$$;

-- Rename a key in every object of an array. Where an object has both names, the value under the longer
-- one stays.
CREATE OR REPLACE FUNCTION ablage_migrations.rename_in_items(items jsonb, source text, target text)
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(items) <> 'array' THEN items ELSE (
        SELECT coalesce(jsonb_agg(
            CASE
                WHEN jsonb_typeof(item) <> 'object' OR NOT item ? source THEN item
                WHEN length(source) < length(target) THEN
                    jsonb_build_object(target, item -> source) || (item - source)
                ELSE (item - source) || jsonb_build_object(target, item -> source)
            END ORDER BY position), '[]')
        FROM jsonb_array_elements(items) WITH ORDINALITY AS i (item, position)
    ) END
$$;

-- Old names to new ones, nothing else. Missing keys stay missing, nulls stay null.
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_rename_old(old jsonb, version jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT jsonb_build_object('version', version)
        || CASE WHEN old ? 'score' THEN jsonb_build_object('confidence', old -> 'score') ELSE '{}' END
        || CASE WHEN old ? 'engine' THEN jsonb_build_object('backend', old -> 'engine') ELSE '{}' END
        || (old - '{content,score,engine,segments,lang,page_count,duration,version,text,confidence,backend,blocks}'::text[])
        || CASE WHEN NOT old ?| '{lang,page_count,duration}' THEN '{}' ELSE jsonb_build_object('metadata',
               CASE WHEN jsonb_typeof(old -> 'metadata') = 'object' THEN old -> 'metadata' ELSE '{}' END
               || CASE WHEN old ? 'lang' THEN jsonb_build_object('language', old -> 'lang') ELSE '{}' END
               || CASE WHEN old ? 'page_count' THEN jsonb_build_object('pages', old -> 'page_count') ELSE '{}' END
               || CASE WHEN old ? 'duration' THEN jsonb_build_object('processing_time', old -> 'duration') ELSE '{}' END
           ) END
        || CASE WHEN old ? 'content' THEN jsonb_build_object('text', old -> 'content') ELSE '{}' END
        || CASE WHEN old ? 'segments' THEN jsonb_build_object('blocks',
               ablage_migrations.rename_in_items(old -> 'segments', 'conf', 'confidence')) ELSE '{}' END
$$;

-- New names to old ones, nothing else.
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_rename_new(new jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (new - '{version,text,confidence,backend,blocks,metadata,content,score,engine,segments,lang,page_count,duration}'::text[])
        || CASE
               WHEN NOT new ? 'metadata' THEN '{}'
               WHEN jsonb_typeof(new -> 'metadata') <> 'object' THEN jsonb_build_object('metadata', new -> 'metadata')
               ELSE
                   CASE WHEN new -> 'metadata' ? 'language'
                       THEN jsonb_build_object('lang', new #> '{metadata,language}') ELSE '{}' END
                   || CASE WHEN new -> 'metadata' ? 'pages'
                       THEN jsonb_build_object('page_count', new #> '{metadata,pages}') ELSE '{}' END
                   || CASE WHEN new -> 'metadata' ? 'processing_time'
                       THEN jsonb_build_object('duration', new #> '{metadata,processing_time}') ELSE '{}' END
                   || CASE WHEN (new -> 'metadata') - '{language,pages,processing_time}'::text[] <> '{}'
                       THEN jsonb_build_object('metadata', (new -> 'metadata') - '{language,pages,processing_time}'::text[])
                       ELSE '{}' END
           END
        || CASE WHEN new ? 'confidence' THEN jsonb_build_object('score', new -> 'confidence') ELSE '{}' END
        || CASE WHEN new ? 'backend' THEN jsonb_build_object('engine', new -> 'backend') ELSE '{}' END
        || CASE WHEN new ? 'text' THEN jsonb_build_object('content', new -> 'text') ELSE '{}' END
        || CASE WHEN new ? 'blocks' THEN jsonb_build_object('segments',
               ablage_migrations.rename_in_items(new -> 'blocks', 'confidence', 'conf')) ELSE '{}' END
$$;

-- Renamed, and with the original under "_v1" if renaming back would not return it.
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_carry_old(old jsonb, version jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT old ?| '{_v1,_v2}' AND ablage_migrations.ocr_result_rename_new(renamed)::text = old::text THEN renamed
        ELSE renamed || jsonb_build_object('_v1', old)
    END
    FROM (SELECT ablage_migrations.ocr_result_rename_old(old, version) AS renamed OFFSET 0) AS r
$$;

-- The other way round, with the original under "_v2".
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_carry_new(new jsonb, version jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN NOT new ?| '{_v1,_v2}'
            AND ablage_migrations.ocr_result_rename_old(renamed, version)::text = new::text THEN renamed
        ELSE renamed || jsonb_build_object('_v2', new)
    END
    FROM (SELECT ablage_migrations.ocr_result_rename_new(new) AS renamed OFFSET 0) AS r
$$;

-- Documents as the releases write them, with exactly the keys of the format, need no look at the way back
-- and are converted in one pass over their text: "->" for each key would unpack the document again each
-- time. No row for every other shape. (Functions in FROM become part of the query that calls them.)
--
-- A key may be renamed in the text of the segments, because a quote inside a string is written \", so that
-- {"conf": and , "conf": are nothing but keys. Afterwards each segment must be an object that has the new name
-- and had it not before, so one key was renamed in each; and when the text has grown by as many names as there
-- are segments, none was renamed anywhere else. Only one of the two spellings is looked for: keys are sorted,
-- so that usually either all segments begin with it or none.
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_fast_new(result jsonb, version text)
RETURNS TABLE (converted jsonb) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT whole FROM jsonb_to_record(result) AS r (
        content jsonb, score jsonb, engine jsonb, lang jsonb, page_count jsonb, duration jsonb, segments jsonb
    ), LATERAL (SELECT CASE jsonb_typeof(segments) WHEN 'array' THEN segments END AS list OFFSET 0) AS l,
    LATERAL (SELECT list::text AS items, jsonb_array_length(list) AS number OFFSET 0) AS s,
    LATERAL (SELECT CASE WHEN items LIKE '[{"conf": %' THEN replace(items, '{"conf": ', '{"confidence": ')
        ELSE replace(items, ', "conf": ', ', "confidence": ') END AS renamed OFFSET 0) AS t,
    LATERAL (SELECT CASE WHEN octet_length(renamed) - octet_length(items)
            = number * (length('confidence') - length('conf'))
        THEN ('{"version": "' || version || '", "text": ' || content || ', "confidence": ' || score
            || ', "backend": ' || engine || ', "metadata": {"language": ' || lang || ', "pages": ' || page_count
            || ', "processing_time": ' || duration || '}, "blocks": ' || renamed || '}')::jsonb
        END AS whole OFFSET 0) AS w
    WHERE result - '{content,score,engine,segments,lang,page_count,duration}'::text[] = '{}'
        AND num_nulls(content, score, engine, lang, page_count, duration, whole) = 0
        AND (number = 0 OR (NOT jsonb_path_exists(list, '$[*].confidence') AND number = jsonb_array_length(
            jsonb_path_query_array(whole, 'strict $.blocks[*].confidence', silent => true))))
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_fast_old(result jsonb)
RETURNS TABLE (converted jsonb) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT whole FROM jsonb_to_record(result) AS r (
        text jsonb, confidence jsonb, backend jsonb, metadata jsonb, blocks jsonb
    ), LATERAL (SELECT metadata -> 'language' AS language, metadata -> 'pages' AS pages,
        metadata -> 'processing_time' AS processing_time OFFSET 0) AS m,
    LATERAL (SELECT CASE jsonb_typeof(blocks) WHEN 'array' THEN blocks END AS list OFFSET 0) AS l,
    LATERAL (SELECT list::text AS items, jsonb_array_length(list) AS number OFFSET 0) AS s,
    LATERAL (SELECT CASE WHEN items LIKE '[{"confidence": %' THEN replace(items, '{"confidence": ', '{"conf": ')
        ELSE replace(items, ', "confidence": ', ', "conf": ') END AS renamed OFFSET 0) AS t,
    LATERAL (SELECT CASE WHEN octet_length(items) - octet_length(renamed)
            = number * (length('confidence') - length('conf'))
        THEN ('{"content": '::text || r.text || ', "score": ' || confidence || ', "engine": ' || backend
            || ', "lang": ' || language || ', "page_count": ' || pages || ', "duration": ' || processing_time
            || ', "segments": ' || renamed || '}')::jsonb
        END AS whole OFFSET 0) AS w
    WHERE result - '{version,text,confidence,backend,metadata,blocks}'::text[] = '{}'
        AND jsonb_typeof(metadata) = 'object'
        AND metadata - '{language,pages,processing_time}'::text[] = '{}'
        AND num_nulls(r.text, confidence, backend, language, pages, processing_time, whole) = 0
        AND (number = 0 OR (NOT jsonb_path_exists(list, '$[*].conf') AND number = jsonb_array_length(
            jsonb_path_query_array(whole, 'strict $.segments[*].conf', silent => true))))
$$;

-- What the application may ask for: any object in, the new format with this version out.
CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_to_new(result jsonb, version text)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain jsonb := result || '{}';  -- unpacked once, not at every use
    converted jsonb;
    original jsonb;
BEGIN
    IF NOT ablage_migrations.ocr_result_is_old(plain) THEN
        RETURN plain || jsonb_build_object('version', version);
    END IF;
    SELECT f.converted FROM ablage_migrations.ocr_result_fast_new(plain, version) AS f INTO converted;
    IF FOUND THEN
        RETURN converted;
    END IF;
    original := plain -> '_v2';
    IF jsonb_typeof(original) = 'object' AND NOT ablage_migrations.ocr_result_is_old(original)
       AND original ->> 'version' = version
       AND ablage_migrations.ocr_result_carry_new(original, to_jsonb(version))::text = plain::text THEN
        converted := original;
    ELSE
        converted := ablage_migrations.ocr_result_carry_old(plain, to_jsonb(version));
    END IF;
    RETURN converted || jsonb_build_object('version', version);
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.ocr_result_to_old(result jsonb)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain jsonb := result || '{}';
    converted jsonb;
    original jsonb;
BEGIN
    IF ablage_migrations.ocr_result_is_old(plain) THEN
        RETURN plain;
    END IF;
    SELECT f.converted FROM ablage_migrations.ocr_result_fast_old(plain) AS f INTO converted;
    IF FOUND THEN
        RETURN converted;
    END IF;
    original := plain -> '_v1';
    IF jsonb_typeof(original) = 'object' AND ablage_migrations.ocr_result_is_old(original)
       AND ablage_migrations.ocr_result_carry_old(original, plain -> 'version')::text = plain::text THEN
        RETURN original;
    END IF;
    RETURN ablage_migrations.ocr_result_carry_new(plain, plain -> 'version');
END
$$;
