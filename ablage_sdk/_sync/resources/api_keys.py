# Generated from ablage_sdk/_async/resources/api_keys.py by scripts/generate_sync.py: do not edit.
"""API keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._endpoints import api_keys
from ablage_sdk._operation import given, timestamp
from ablage_sdk._sync._pages import Items
from ablage_sdk._sync._raw import Raw, raw
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ablage_sdk._models.api_key import APIKey, CreatedAPIKey
    from ablage_sdk._sync._pages import Page


class APIKeys(Resource):
    """``sdk.api_keys``: the caller's own keys."""

    @property
    def with_raw_response(self) -> APIKeysRaw:
        """The same methods, each returning a `RawResponse`."""
        return APIKeysRaw(self)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[APIKey]:
        """Return a page of API keys, without their secrets.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return self._page(api_keys.LIST, {"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> Items[APIKey]:
        """Yield all API keys, page by page."""
        return Items(partial(self.list, limit=limit))

    def create(
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
        return self._executor.run(
            api_keys.CREATE(
                json=given(name=name, scopes=scopes, expires_at=timestamp("expires_at", expires_at))
            )
        )

    def revoke(self, key_id: str) -> None:
        """Revoke an API key; it stops working within a second.

        Raises:
            NotFoundError: There is no such key.
        """
        self._executor.run(api_keys.REVOKE(key_id=key_id))


class APIKeysRaw(Raw[APIKeys]):
    """``sdk.api_keys.with_raw_response``: status, headers and ``parse()``."""

    @raw(APIKeys.list)
    def list(self) -> None: ...

    @raw(APIKeys.create)
    def create(self) -> None: ...

    @raw(APIKeys.revoke)
    def revoke(self) -> None: ...
