INSERT INTO refresh_tokens (user_id, family_id, token_hash) SELECT id, id, md5(id::text) FROM users;
