"""Connections: a pool for threads, or one for each event loop.

They are opened through the HTTP library's transports, one layer below its clients: cookies, redirects and
authentication flows have no use here and cost a third of a call. A client that the user passes in is used as
a whole, with its hooks, headers and mounts.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any

from ablage_sdk._concurrency import current_loop
from ablage_sdk._exceptions import ConfigurationError
from ablage_sdk._http_response import AsyncHTTPResponse, HTTPResponse
from ablage_sdk._library import (
    drop_orphans,
    library_of,
    load_library,
    prepare,
    translate,
    transport_arguments,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ablage_sdk._http_request import HTTPRequest
    from ablage_sdk._library import AsyncHTTPClient, SyncHTTPClient, TransportConfig

__all__ = ["AsyncTransport", "SyncTransport"]


class SyncTransport:
    """Connections of a synchronous client; safe to use from many threads."""

    def __init__(self, config: TransportConfig, client: SyncHTTPClient | None = None) -> None:
        self._config = config
        self._client: Any = client
        self._library = library_of(client) if client is not None else None
        self._pool: Any = None
        self._lock = threading.Lock()
        self._closed = False
        _transports.add(self)

    def open(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request and return when the headers of the answer are there."""
        pool = self._pool or self._connect()
        library = self._library
        assert library is not None  # noqa: S101 - set by _connect
        try:
            prepared = prepare(library, self._client, request)
            if self._client is None:
                response = pool.handle_request(prepared)
                response.request = prepared
            else:
                response = pool.send(prepared, stream=True)
        except Exception as exc:
            raise translate(exc, library, request) or exc from exc
        return HTTPResponse(response, library, request, own=self._client is None)

    def _connect(self) -> Any:
        with self._lock:
            if self._closed:
                raise _closed()
            if self._pool is None:
                if self._client is not None:
                    self._pool = self._client
                else:
                    library = load_library(self._config.library)
                    pool = library.HTTPTransport(**transport_arguments(library, self._config))
                    # A client that is dropped without close() leaves no open sockets behind.
                    weakref.finalize(self, pool.close)
                    self._library, self._pool = library, pool
            return self._pool

    def close(self) -> None:
        """Close all connections. A client that was passed in stays open: it is its owner's."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        if pool is not None and pool is not self._client:
            pool.close()

    @property
    def has_client(self) -> bool:
        """Whether a client was passed in."""
        return self._client is not None

    def check_picklable(self) -> None:
        """Refuse to be pickled with a client that was passed in."""
        if self._client is not None:
            msg = "a client with http_client=… cannot be pickled; pass verify, proxy and the like instead"
            raise TypeError(msg)

    def after_fork(self) -> None:
        """Forget the parent's connections, in the child."""
        self._lock = threading.Lock()
        if self._client is None and self._pool is not None:
            _inherited.append(self._pool)  # closing them is up to the parent
            self._pool = None


class AsyncTransport:
    """Connections of an asynchronous client: one pool for each event loop it is used in.

    A pool is closed when its event loop shuts its asynchronous generators down, as `asyncio.run` and
    trio do at their end. That is what makes a client usable in one loop after another.
    """

    def __init__(self, config: TransportConfig, client: AsyncHTTPClient | None = None) -> None:
        self._config = config
        self._client: Any = client
        self._library = library_of(client) if client is not None else None
        self._pools: weakref.WeakKeyDictionary[Any, tuple[Any, AsyncGenerator[None]]] = (
            weakref.WeakKeyDictionary()
        )
        self._closed = False
        _transports.add(self)

    async def open(self, request: HTTPRequest) -> AsyncHTTPResponse:
        """Send a request and return when the headers of the answer are there."""
        pool = self._client or await self._current_pool()
        library = self._library
        assert library is not None  # noqa: S101 - set by _current_pool
        try:
            prepared = prepare(library, self._client, request)
            if self._client is None:
                response = await pool.handle_async_request(prepared)
                response.request = prepared
            else:
                response = await pool.send(prepared, stream=True)
        except Exception as exc:
            raise translate(exc, library, request) or exc from exc
        except BaseException:
            if self._client is None:
                await drop_orphans(pool)
            raise
        return AsyncHTTPResponse(response, library, request, own=self._client is None)

    async def _current_pool(self) -> Any:
        loop = current_loop()
        entry = self._pools.get(loop)
        if entry is not None:
            return entry[0]
        if self._closed:
            raise _closed()
        self._library = library = load_library(self._config.library)
        pool = library.AsyncHTTPTransport(**transport_arguments(library, self._config))
        # Nothing is awaited before the entry stands: two tasks never make two pools.
        closer = _close_with_loop(pool)
        self._pools[loop] = (pool, closer)
        await closer.__anext__()
        return pool

    async def close(self) -> None:
        """Close all connections. A client that was passed in stays open: it is its owner's."""
        self._closed = True
        here = current_loop()
        for loop, (_, closer) in list(self._pools.items()):
            if loop is here:
                await closer.aclose()
            elif hasattr(loop, "call_soon_threadsafe") and not loop.is_closed():
                loop.call_soon_threadsafe(_close_there, loop, closer)
        self._pools.clear()

    @property
    def has_client(self) -> bool:
        """Whether a client was passed in."""
        return self._client is not None

    def check_picklable(self) -> None:
        """Refuse to be pickled with a client that was passed in."""
        if self._client is not None:
            msg = "a client with http_client=… cannot be pickled; pass verify, proxy and the like instead"
            raise TypeError(msg)

    def after_fork(self) -> None:
        """Forget the parent's connections, in the child."""
        _inherited.extend(self._pools.values())
        self._pools = weakref.WeakKeyDictionary()


async def _close_with_loop(pool: Any) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await pool.aclose()


def _close_there(loop: Any, closer: AsyncGenerator[None]) -> None:
    task = loop.create_task(closer.aclose())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


def _closed() -> ConfigurationError:
    return ConfigurationError("this client is closed; create a new one, or close it later")


#: Tasks need a reference to stay alive.
_closing: set[Any] = set()
#: Pools of the parent process, kept so that the garbage collector does not close what is not ours.
_inherited: list[Any] = []
_transports: weakref.WeakSet[SyncTransport | AsyncTransport] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for transport in list(_transports):
        transport.after_fork()


_register: Callable[..., None] | None = getattr(os, "register_at_fork", None)
if _register is not None:
    _register(after_in_child=_after_fork_in_child)
