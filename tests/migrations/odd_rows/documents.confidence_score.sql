DO $$
BEGIN
    IF (SELECT data_type FROM information_schema.columns
        WHERE table_name = 'documents' AND column_name = 'confidence_score') = 'numeric' THEN
        UPDATE documents SET confidence_score = (ARRAY[0, 1, 0.1, 0.1235, 0.25, 0.5, 0.9999, 0.0001])[1 + (hashtext(id::text) & 7)];
    ELSE
        -- More than four decimals, percentages, and what is no number.
        UPDATE documents SET confidence_score =
            (ARRAY[0.1, 0.123456789, 95.5, 0, '-0', NULL, 'NaN', 'Infinity']::float8[])[1 + (hashtext(id::text) & 7)];
    END IF;
END $$;
