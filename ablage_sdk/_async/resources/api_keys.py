"""API keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._async._pages import AsyncItems
from ablage_sdk._async._raw import AsyncRaw, raw
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._endpoints import api_keys
from ablage_sdk._operation import given, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ablage_sdk._async._pages import AsyncPage
    from ablage_sdk._models.api_key import APIKey, CreatedAPIKey


class AsyncAPIKeys(AsyncResource):
    """``sdk.api_keys``: the caller's own keys."""

    @property
    def with_raw_response(self) -> AsyncAPIKeysRaw:
        """The same methods, each returning a `RawResponse`."""
        return AsyncAPIKeysRaw(self)

    async def list(self, *, limit: int | None = None, cursor: str | None = None) -> AsyncPage[APIKey]:
        """Return a page of API keys, without their secrets.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return await self._page(api_keys.LIST, {"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> AsyncItems[APIKey]:
        """Yield all API keys, page by page."""
        return AsyncItems(partial(self.list, limit=limit))

    async def create(
        self, name: str, *, scopes: Iterable[str] | None = None, expires_at: datetime | None = None
    ) -> CreatedAPIKey:
        """Create an API key.

        Args:
            name: For people.
            scopes: What it allows, such as ``["documents:read"]``; all that its owner may when left out.
            expires_at: End of its validity; none when left out.

        Returns:
            The key; ``.key`` is the secret, which the server shows this once.
        """
        return await self._executor.run(
            api_keys.CREATE(
                json=given(name=name, scopes=scopes, expires_at=timestamp("expires_at", expires_at))
            )
        )

    async def revoke(self, key_id: str) -> None:
        """Revoke an API key; it stops working within a second.

        Raises:
            NotFoundError: There is no such key.
        """
        await self._executor.run(api_keys.REVOKE(key_id=key_id))


class AsyncAPIKeysRaw(AsyncRaw[AsyncAPIKeys]):
    """``sdk.api_keys.with_raw_response``: status, headers and ``parse()``."""

    @raw(AsyncAPIKeys.list)
    def list(self) -> None: ...

    @raw(AsyncAPIKeys.create)
    def create(self) -> None: ...

    @raw(AsyncAPIKeys.revoke)
    def revoke(self) -> None: ...
