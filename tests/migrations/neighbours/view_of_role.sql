-- view public.v (owner postgres) needs users.role
CREATE VIEW v AS SELECT email, role FROM users;
