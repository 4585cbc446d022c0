"""Logging in, and tokens that expire."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ablage_sdk import AblageSDK, AsyncAblageSDK, AuthenticationError, ConfigurationError
from tests.sdk.conftest import DOCUMENT, V2, Reply, Wire, problem

if TYPE_CHECKING:
    from server_stub.testing import AblageServer
    from tests.sdk.conftest import Seen

ID = str(DOCUMENT["id"])


class TokenServer:
    """Knows one valid token at a time, and gives a new one for each refresh token once."""

    def __init__(self, expires_in: float = 900) -> None:
        self.number, self.refreshed, self.expires_in = 1, 0, expires_in

    def token(self) -> dict[str, Any]:
        return {
            "access_token": f"access-{self.number}",
            "refresh_token": f"refresh-{self.number}",
            "token_type": "bearer",
            "expires_in": self.expires_in,
        }

    def expire(self) -> None:
        self.number += 1

    def __call__(self, seen: Seen) -> Reply:
        if seen.path.endswith("/auth/login"):
            return Reply(200, self.token())
        if seen.path.endswith("/auth/refresh"):
            if seen.json["refresh_token"] != f"refresh-{self.number - 1}":
                return problem(401, "AUTH_TOKEN_INVALID")
            self.refreshed += 1
            return Reply(200, self.token())
        if seen.headers["authorization"] != f"Bearer access-{self.number}":
            return problem(401, "AUTH_TOKEN_EXPIRED")
        return Reply(headers=dict(V2))


async def test_an_expired_token_is_renewed_and_the_call_repeated(wire: Wire) -> None:
    server = TokenServer()
    wire.answers(server)
    client = wire.client(api_key=None)
    await client.auth.login("a@example.com", "secret")
    server.expire()
    assert (await client.documents.get(ID)).id == ID
    assert (await client.documents.upload(b"%PDF")).id == ID
    assert server.refreshed == 1


@pytest.mark.parametrize("kind", ["async"], indirect=True)
async def test_fifty_tasks_renew_once(wire: Wire) -> None:
    server = TokenServer()
    wire.answers(server)
    client = wire.client(api_key=None)
    await client.auth.login("a@example.com", "secret")
    server.expire()
    documents = await asyncio.gather(*(client.documents.get(ID) for _ in range(50)))
    assert len(documents) == 50
    assert server.refreshed == 1


@pytest.mark.parametrize("kind", ["sync"], indirect=True)
def test_fifty_threads_renew_once(wire: Wire) -> None:
    server = TokenServer()
    wire.answers(server)
    transport = wire.module.MockTransport(wire._handle)
    client = AblageSDK(base_url="http://archive.test", http_client=wire.module.Client(transport=transport))
    client.auth.login("a@example.com", "secret")
    server.expire()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(client.documents.get(ID).id)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ID] * 50
    assert server.refreshed == 1


async def test_a_token_that_is_about_to_expire_is_renewed_before_a_body_is_sent(wire: Wire) -> None:
    server = TokenServer(expires_in=0)
    wire.answers(server)
    client = wire.client(api_key=None)
    await client.auth.login("a@example.com", "secret")
    server.expire()
    server.expires_in = 900
    await client.documents.get(ID)
    assert [seen.path.rpartition("/")[2] for seen in wire.requests] == ["login", "refresh", ID]


async def test_an_ended_login_says_what_to_do(wire: Wire) -> None:
    server = TokenServer()
    wire.answers(server)
    client = wire.client(api_key=None)
    await client.auth.login("a@example.com", "secret")
    server.expire()
    server.expire()
    with pytest.raises(AuthenticationError) as caught:
        await client.documents.get(ID)
    assert any("auth.login()" in note for note in caught.value.__notes__)


async def test_without_credentials_nothing_is_sent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABLAGE_API_KEY", raising=False)
    wire.answers(Reply())
    with pytest.raises(ConfigurationError, match="ABLAGE_API_KEY"):
        await wire.client(api_key=None).documents.get(ID)
    assert wire.requests == []


async def test_the_environment_names_key_and_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_API_KEY", "ak_test_from_environment")
    monkeypatch.setenv("ABLAGE_BASE_URL", "https://archive.example.com/api/v2/")
    wire = Wire("async", "httpx")
    wire.answers(Reply())
    sdk = wire.client(api_key=None, base_url=None)
    await sdk.documents.get(ID)
    assert sdk.base_url == "https://archive.example.com"
    assert wire.requests[0].headers["authorization"] == "Bearer ak_test_from_environment"


async def test_login_logout_and_renewal_with_a_real_server(server: AblageServer, kind: str) -> None:
    email, password = "sdk-login@example.org", "correct horse battery staple"
    async with server.async_sdk() as admin:
        user = await admin.users.create(email.replace("@", f"-{kind}@"), password)
    async with AsyncAblageSDK(base_url=server.url) as sdk:
        with pytest.raises(AuthenticationError):
            await sdk.auth.login(user.email, "wrong")
        token = await sdk.auth.login(user.email, password)
        assert password not in repr(token)
        assert token.access_token not in repr(token)
        assert (await sdk.auth.me()).id == user.id
        renewed = await sdk.auth.refresh()
        assert renewed.refresh_token != token.refresh_token
        assert (await sdk.auth.me()).email == user.email
        await sdk.auth.logout()
        with pytest.raises(ConfigurationError):
            await sdk.auth.me()
