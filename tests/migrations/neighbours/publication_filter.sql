-- publication p
CREATE PUBLICATION p FOR TABLE users WHERE (role = 'admin'); ALTER TABLE users REPLICA IDENTITY FULL;
