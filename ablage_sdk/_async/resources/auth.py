"""Logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._async._raw import AsyncRaw, raw
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._core import Credentials
from ablage_sdk._endpoints import auth

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ablage_sdk._models.auth import Token
    from ablage_sdk._models.user import User


class AsyncAuth(AsyncResource):
    """``sdk.auth``: an alternative to API keys, for people.

    After `login`, all calls of the client and of those made by ``with_options`` use the login. Its tokens
    are renewed by themselves, once, however many calls find them expired together.
    """

    @property
    def with_raw_response(self) -> AsyncAuthRaw:
        """The same methods, each returning a `RawResponse`."""
        return AsyncAuthRaw(self)

    async def login(self, email: str, password: str) -> Token:
        """Log in.

        Args:
            email: Address of the user.
            password: Their password.

        Raises:
            AuthenticationError: Address and password do not belong together.
            RateLimitError: Too many failed logins; see ``retry_after``.
        """
        token = await self._executor.run(auth.LOGIN(json={"email": email, "password": password}))
        core = self._executor.core
        core.credentials = Credentials.of(token, core.settings.api_key)
        return token

    async def refresh(self) -> Token:
        """Renew the tokens now, instead of when they expire.

        Raises:
            ConfigurationError: Nobody is logged in.
            AuthenticationError: The login ended; log in again.
        """
        return await self._executor.renew(self._executor.core.credentials)

    async def logout(self) -> None:
        """End the login: its tokens stop working, and the client is back to its API key, if it has one."""
        core = self._executor.core
        token = core.credentials.refresh_token
        body: dict[str, JsonValue] = {"refresh_token": token} if token else {}
        await self._executor.run(auth.LOGOUT(json=body))
        core.credentials = Credentials(core.settings.api_key)

    async def me(self) -> User:
        """Return who is calling."""
        return await self._executor.run(auth.ME())


class AsyncAuthRaw(AsyncRaw[AsyncAuth]):
    """``sdk.auth.with_raw_response``: status, headers and ``parse()``."""

    @raw(AsyncAuth.login)
    def login(self) -> None: ...

    @raw(AsyncAuth.refresh)
    def refresh(self) -> None: ...

    @raw(AsyncAuth.logout)
    def logout(self) -> None: ...

    @raw(AsyncAuth.me)
    def me(self) -> None: ...
