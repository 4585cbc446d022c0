"""The old `AblageClient`: `ablage_client.client` is this module."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, overload

import ablage_sdk
from ablage_client_compat.administration import Analytics, ApiKeys, Users, Webhooks
from ablage_client_compat.async_client import AsyncAblageClient
from ablage_client_compat.connection import Connection, Settings
from ablage_client_compat.documents import Documents
from ablage_client_compat.flat import Flat
from ablage_client_compat.raw.send import send
from ablage_client_compat.warnings import deprecated, legacy, used

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_client_compat.connection import Seconds
    from ablage_client_compat.raw.response import Response

__all__ = ["AblageClient", "AsyncAblageClient"]


@deprecated("Write `AblageSDK(api_key=…, base_url=…)` from `ablage_sdk`.", category=None)
class AblageClient(Flat):
    """The client of the Ablage API as programs before release 2.0 know it.

    It takes the arguments of all three dialects::

        AblageClient(api_key, base_url, timeout=30, max_retries=3, verify_ssl=True)
        AblageClient(base_url, api_version="v1")
        AblageClient(base_url, api_key, timeout=30.0)

    Args:
        api_key: From ``ABLAGE_API_KEY`` when left out; or log in with `login`.
        base_url: From ``ABLAGE_BASE_URL`` when left out, or else ``http://localhost:8000``.
        timeout: Seconds, ``(connect, read)`` in seconds, or None for no limit.
        max_retries: How often a failed request is tried again.
        verify_ssl: Whether the server's certificate is checked.
        api_version: Without effect: the SDK speaks what the server speaks.

    Raises:
        AblageError: An argument is wrong.
    """

    _path: ClassVar[str] = "AblageClient"

    @overload
    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: Seconds = 30,
        max_retries: int = 3,
        verify_ssl: bool = True,  # noqa: FBT001, FBT002  # as it was
    ) -> None: ...
    @overload
    def __init__(self, base_url: str, *, api_version: str = "v1") -> None: ...
    @overload
    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: Seconds = 30,
        max_retries: int = 3,
        verify_ssl: bool = True,
    ) -> None: ...
    def __init__(self, *positional: object, **keywords: object) -> None:
        made_at = used("AblageClient()", AblageClient.__deprecated__)  # type: ignore[attr-defined]  # the decorator sets it
        self._connection = Connection(Settings.of(positional, keywords), ablage_sdk.AblageSDK, made_at)

    @cached_property
    def documents(self) -> Documents:
        """Documents."""
        return Documents(self._connection)

    @cached_property
    def users(self) -> Users:
        """Users."""
        return Users(self._connection)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Webhooks."""
        return Webhooks(self._connection)

    @cached_property
    def analytics(self) -> Analytics:
        """Figures about the archive."""
        return Analytics(self._connection)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """API keys."""
        return ApiKeys(self._connection)

    @legacy
    @deprecated("Write the method of `AblageSDK` for that path.", category=None)
    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        data: Mapping[str, object] | None = None,
        files: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Seconds = None,
    ) -> Response:
        """Send a request to a path of API v1 and return the answer as v1 gave it.

        Args:
            method: HTTP method.
            path: ``/api/v1/documents``, or the same without the prefix. Another path is sent as it is.
            params: Query parameters.
            json: The body, as JSON.
            data: Fields of a form.
            files: ``{"file": file}`` for an upload, as `requests` takes it.
            headers: Further headers.
            timeout: Seconds, or ``(connect, read)`` in seconds.

        Raises:
            AblageAPIError: No answer arrived. An error that the server answered is a response, too.
        """
        return send(
            self._connection,
            method,
            path,
            params=params,
            json=json,
            data=data,
            files=files,
            headers=headers,
            timeout=timeout,
        )
