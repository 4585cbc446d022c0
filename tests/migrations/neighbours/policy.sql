-- policy public.users.own
CREATE POLICY own ON users USING (role = 'user');
