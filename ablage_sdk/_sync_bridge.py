"""What only the synchronous client has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._exceptions import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

    from ablage_sdk._async.client import AsyncAblageSDK
    from ablage_sdk._concurrency import SyncMutex
    from ablage_sdk._core import Core
    from ablage_sdk._http_response import SyncSend
    from ablage_sdk._transport import SyncTransport

__all__ = ["SyncBridge"]


class SyncBridge:
    """``async with AblageSDK(…) as sdk`` opens the asynchronous client with the same arguments."""

    _opened: AsyncAblageSDK | None = None

    async def __aenter__(self) -> AsyncAblageSDK:
        from ablage_sdk._async.client import AsyncAblageSDK  # noqa: PLC0415 - needed only here

        core: Core[SyncTransport, SyncMutex, SyncSend] = self._executor.core  # type: ignore[attr-defined]  # of the client
        if core.settings.middleware or core.transport.has_client:
            msg = "middleware and http_client are synchronous here; use AsyncAblageSDK with asynchronous ones"
            raise ConfigurationError(msg)
        self._opened = AsyncAblageSDK(**core.settings.arguments())
        return self._opened

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()
