"""What only one of the two clients has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from ablage_sdk._async.client import AsyncAblageSDK
    from ablage_sdk._concurrency import SyncMutex
    from ablage_sdk._core import Core
    from ablage_sdk._transport import SyncTransport

__all__ = ["AsyncBridge", "SyncBridge"]


class AsyncBridge:
    """Nothing: the asynchronous client is complete."""


class SyncBridge:
    """``async with AblageSDK(…) as sdk`` opens the asynchronous client with the same arguments."""

    _opened: AsyncAblageSDK | None = None

    async def __aenter__(self) -> AsyncAblageSDK:
        from ablage_sdk._async.client import AsyncAblageSDK  # noqa: PLC0415 - needed only here

        core: Core[SyncTransport, SyncMutex] = self._executor.core  # type: ignore[attr-defined]  # of the client
        self._opened = AsyncAblageSDK(**core.settings.arguments())
        return self._opened

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()
