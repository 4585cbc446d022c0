"""Users and logins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, Method, converted, kept
from ablage_client_compat.migrate.rules.signatures import Call, always, by_name, only_default, takes
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="users", dialects="A")
_login = partial(Member, owner="Login", dialects="B")
_user = partial(Member, owner="User")


RULES: list[Rule] = [
    _method(
        name="get",
        example=">>> user = client.users.get(user_id)",
        parameters=takes("user_id"),
        call=Call("users.get", "user_id"),
        returns=Type("User"),
    ),
    _method(
        name="list",
        example="""
            >>> users = list(client.users.list())
            users = list(client.users.list(limit=20).items)
        """,
        parameters=takes(page=only_default("1"), page_size="20"),
        call=Call("users.list", limit=always("page_size")),
        returns=container("Page", Type("User")),
        written="Write `sdk.users.list(limit=…)`; its pages follow each other by cursor.",
    ),
    _method(
        name="create",
        example="""
            >>> user = client.users.create(email, password, role="viewer")
            user = client.users.create(email, password, roles=["viewer"])
        """,
        parameters=takes("email", "password", full_name="None", role="None", others=True),
        call=Call(
            "users.create",
            "email",
            "password",
            by_name("roles", source="role", expression="[role]"),
            full_name="full_name",
            others=True,
        ),
        returns=Type("User"),
        written="Write `sdk.users.create(email, password, roles=[…])`.",
    ),
    _method(
        name="update",
        example="""
            >>> client.users.update(user_id, role="admin")
            client.users.update(user_id, roles=["admin"])
        """,
        parameters=takes("user_id", role="None", others=True),
        call=Call(
            "users.update", "user_id", by_name("roles", source="role", expression="[role]"), others=True
        ),
        returns=Type("User"),
        written="Write `sdk.users.update(user_id, full_name=…, roles=[…])`.",
    ),
    _method(
        name="delete",
        example=">>> client.users.delete(user_id)",
        parameters=takes("user_id"),
        call=Call("users.delete", "user_id"),
        returns=Type("none"),
    ),
    *kept("Login", "access_token refresh_token token_type expires_in", dialects="B"),
    _login(name="user", new="user", returns=Type("User")),
    *kept("User", "id email full_name is_active created_at updated_at"),
    _user(name="user_id", new="id", dialects="B"),
    _user(name="name", new="full_name", dialects="B"),
    _user(
        name="role", expression="user.roles[0] if user.roles else None", advice="Write `user.roles`, a list."
    ),
    *converted("User", "User"),
]
