INSERT INTO idempotency_keys (user_id, key, request_hash, body) SELECT id, 'k', 'h', '\x00ff' FROM users;
