"""Users of a role, with an API key, made without going through the API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from server_stub.migrations.loop import run_async
from server_stub.migrations.url import parse
from server_stub.services.api_key_secrets import key_hash, key_prefix, new_key
from server_stub.storage.database import connect_raw
from server_stub.storage.ids import new_id

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
    account = Account(new_id(), f"{role}-{secrets.token_hex(4)}@example.org", role, new_key())
    run_async(_insert(database_url, account))
    return account


def fetch(database_url: str, statement: str, *values: object) -> list[dict[str, object]]:
    """Run a statement in a database and return its rows."""
    return run_async(_fetch(database_url, statement, values))


async def _fetch(database_url: str, statement: str, values: tuple[object, ...]) -> list[dict[str, object]]:
    connection = await connect_raw(parse(database_url), application_name="ablage-testing")
    try:
        return [dict(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def _insert(database_url: str, account: Account) -> None:
    connection = await connect_raw(parse(database_url), application_name="ablage-testing")
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO users (id, email, full_name) VALUES ($1, $2, $3)",
                account.user_id, account.email, account.role.title(),
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO user_roles (user_id, role_id) SELECT $1, id FROM roles WHERE name = $2",
                account.user_id, account.role,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO api_keys (id, user_id, name, prefix, key_hash) VALUES ($1, $2, $3, $4, $5)",
                new_id(), account.user_id, "testing", key_prefix(account.api_key), key_hash(account.api_key),
            )  # fmt: skip
    finally:
        await connection.close()
