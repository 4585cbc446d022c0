"""Users of a role, with an API key, made without going through the API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from server_stub.migrations.connection import engine
from server_stub.migrations.loop import run_async
from server_stub.migrations.url import parse
from server_stub.services import api_keys, users
from server_stub.services.api_key_secrets import new_key
from server_stub.storage.database import connect_raw

if TYPE_CHECKING:
    from uuid import UUID

Role: TypeAlias = Literal["admin", "user", "viewer"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user with an API key.

    Attributes:
        user_id: Their id.
        email: Their address.
        role: Their role.
        api_key: A key of theirs, without scopes or expiry.
    """

    user_id: UUID
    email: str
    role: Role
    api_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a bare HTTP client sends to be them."""
        return {"X-API-Key": self.api_key}


def make_account(database_url: str, role: Role) -> Account:
    """Make a user in a database."""
    return run_async(_make(database_url, role))


def fetch(database_url: str, statement: str, *values: object) -> list[dict[str, object]]:
    """Run a statement in a database and return its rows."""
    return run_async(_fetch(database_url, statement, values))


async def _fetch(database_url: str, statement: str, values: tuple[object, ...]) -> list[dict[str, object]]:
    connection = await connect_raw(parse(database_url), application_name="ablage-testing")
    try:
        return [dict(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def _make(database_url: str, role: Role) -> Account:
    email, key = f"{role}-{secrets.token_hex(4)}@example.org", new_key()
    async with engine(database_url, application_name="ablage-testing").begin() as conn:
        new = users.UserChanges(email, full_name=role.title(), roles=[role])
        user_id = cast("UUID", (await users.add(conn, new, None, by=None))["id"])
        await api_keys.add(conn, await users.acting_as(conn, user_id), api_keys.NewApiKey("testing"), key)
    return Account(user_id, email, role, key)
