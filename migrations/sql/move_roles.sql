-- The data move roles: users.role to user_roles, and back. It calls ablage_migrations.primary_role, which
-- belongs to the triggers that keep both equal; they are switched off for its own changes.

CREATE OR REPLACE FUNCTION ablage_migrations.move_roles_up(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
DECLARE
    differing uuid[];
BEGIN
    SELECT array_agg(id) FROM users
    WHERE id = ANY (keys) AND role IS DISTINCT FROM ablage_migrations.primary_role(id) INTO differing;
    moved := coalesce(cardinality(differing), 0);

    PERFORM set_config('ablage.syncing_roles', 'on', true);
    -- An unknown role keeps its name and grants nothing.
    INSERT INTO roles (name, description)
    SELECT DISTINCT role, 'Carried over from users.role' FROM users WHERE id = ANY (differing) AND role IS NOT NULL
    ORDER BY role
    ON CONFLICT (name) DO NOTHING;
    DELETE FROM user_roles AS ur USING users AS u, roles AS r
    WHERE ur.user_id = ANY (differing) AND u.id = ur.user_id AND r.id = ur.role_id AND r.name IS DISTINCT FROM u.role;
    INSERT INTO user_roles (user_id, role_id)
    SELECT u.id, r.id FROM users AS u JOIN roles AS r ON r.name = u.role WHERE u.id = ANY (differing)
    ON CONFLICT DO NOTHING;
    PERFORM set_config('ablage.syncing_roles', 'off', true);

    INSERT INTO ablage_migrations.quarantine (move, row_id, table_name, direction, reason)
    SELECT this_move, id, 'users', 'up', format('unknown role %L: kept, without any permission', role)
    FROM users WHERE id = ANY (keys) AND role NOT IN ('admin', 'user', 'viewer')
    ON CONFLICT (move, row_id) DO UPDATE SET reason = excluded.reason, direction = excluded.direction;
    DELETE FROM ablage_migrations.quarantine AS q USING users AS u
    WHERE q.move = this_move AND q.row_id = ANY (keys) AND u.id = q.row_id AND u.role IN ('admin', 'user', 'viewer');
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.move_roles_down(this_move text, keys uuid[], OUT moved int)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET role = ablage_migrations.primary_role(id)
    WHERE id = ANY (keys) AND role IS DISTINCT FROM ablage_migrations.primary_role(id);
    GET DIAGNOSTICS moved = ROW_COUNT;
END
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_roles_up(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM users WHERE id = ANY (keys) AND role IS DISTINCT FROM ablage_migrations.primary_role(id)
$$;

CREATE OR REPLACE FUNCTION ablage_migrations.left_roles_down(this_move text, keys uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT ablage_migrations.left_roles_up(this_move, keys) $$;
