"""Fixtures of all tests: one server per session, clients and keys for it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import httpx
import pytest

from server_stub.migrations.url import parse
from server_stub.services.keys import key_hash, key_prefix, new_key
from server_stub.storage.database import connect_raw
from server_stub.storage.ids import new_id
from server_stub.testing import AblageServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from ablage_sdk import AblageSDK

Role: TypeAlias = Literal["admin", "user", "viewer"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a key."""

    user_id: UUID
    email: str
    role: Role
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.api_key}


@pytest.fixture(scope="session")
def server() -> Iterator[AblageServer]:
    """A server that all tests share; tests look only at what they made themselves."""
    with AblageServer() as running:
        yield running


@pytest.fixture
def sdk(server: AblageServer) -> Iterator[AblageSDK]:
    """A client with the admin's key."""
    with server.sdk() as client:
        yield client


@pytest.fixture(scope="session")
def http(server: AblageServer) -> Iterator[httpx.Client]:
    """A bare HTTP client with the admin's key."""
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def new_account(server: AblageServer) -> Callable[[Role], Account]:
    """Makes a user of a role, with an API key."""

    def make(role: Role) -> Account:
        return asyncio.run(make_account(server.database_url, role))

    return make


@pytest.fixture(scope="session")
def admin(new_account: Callable[[Role], Account]) -> Account:
    """A user of the role admin."""
    return new_account("admin")


@pytest.fixture(scope="session")
def user(new_account: Callable[[Role], Account]) -> Account:
    """A user of the role user."""
    return new_account("user")


@pytest.fixture(scope="session")
def other_user(new_account: Callable[[Role], Account]) -> Account:
    """Another user of the role user, who must not see what `user` has."""
    return new_account("user")


@pytest.fixture(scope="session")
def viewer(new_account: Callable[[Role], Account]) -> Account:
    """A user of the role viewer."""
    return new_account("viewer")


async def make_account(database_url: str, role: Role) -> Account:
    account = Account(new_id(), f"{role}-{secrets.token_hex(4)}@example.org", role, new_key())
    connection = await connect_raw(parse(database_url), application_name="tests")
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO users (id, email, full_name) VALUES ($1, $2, $3)",
                account.user_id, account.email, role.title(),
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO user_roles (user_id, role_id) SELECT $1, id FROM roles WHERE name = $2",
                account.user_id, role,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO api_keys (id, user_id, name, prefix, key_hash) VALUES ($1, $2, 'tests', $3, $4)",
                new_id(), account.user_id, key_prefix(account.api_key), key_hash(account.api_key),
            )  # fmt: skip
    finally:
        await connection.close()
    return account
