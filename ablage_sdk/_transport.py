"""The only module that knows the HTTP library.

``httpx2`` is preferred over ``httpx`` when both are installed: same interface, far less CPU under
concurrency. Nothing is imported before the first request. None of their exceptions leaves this module.

Connections are opened through the library's transports, one layer below its clients: cookies, redirects
and authentication flows have no use here and cost a third of a call. A client that the user passes in is
used as a whole, with its hooks, headers and mounts.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import ssl
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from ablage_sdk._concurrency import current_loop
from ablage_sdk._exceptions import APIConnectionError, APITimeoutError, ConfigurationError
from ablage_sdk._policies import redact_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from types import ModuleType

    import httpx
    import httpx2

    from ablage_sdk._options import Timeout

__all__ = [
    "AsyncHTTPClient",
    "AsyncTransport",
    "HTTPRequest",
    "SyncHTTPClient",
    "SyncTransport",
    "TransportConfig",
]

SyncHTTPClient: TypeAlias = "httpx.Client | httpx2.Client"
AsyncHTTPClient: TypeAlias = "httpx.AsyncClient | httpx2.AsyncClient"
Library: TypeAlias = Literal["httpx", "httpx2"]
SyncSend: TypeAlias = "Callable[[HTTPRequest], HTTPResponse]"
AsyncSend: TypeAlias = "Callable[[HTTPRequest], Awaitable[AsyncHTTPResponse]]"
#: Called for every attempt with the request and what sends it; may change either, and the answer.
SyncMiddleware: TypeAlias = "Callable[[HTTPRequest, SyncSend], HTTPResponse]"
AsyncMiddleware: TypeAlias = "Callable[[HTTPRequest, AsyncSend], Awaitable[AsyncHTTPResponse]]"
Verify: TypeAlias = "bool | str | os.PathLike[str] | ssl.SSLContext"


@dataclass(frozen=True, slots=True)
class TransportConfig:
    """How connections are made."""

    base_url: str
    verify: Verify = True
    proxy: str | None = field(default=None, repr=False)  # may contain a password
    max_connections: int = 100
    trust_env: bool = True
    library: Library | None = None


@dataclass(slots=True)
class HTTPRequest:
    """One request, for either library."""

    method: str
    url: str
    headers: dict[str, str]
    timeout: Timeout
    content: bytes | Generator[bytes, None, None] | AsyncGenerator[bytes] | None = None


@functools.cache
def load_library(name: Library | None) -> ModuleType:
    """Import the HTTP library: the named one, or the best that is installed."""
    for candidate in (name,) if name else ("httpx2", "httpx"):
        if importlib.util.find_spec(candidate) is not None:
            return importlib.import_module(candidate)
    msg = f"{name or 'httpx'} is not installed; run: pip install {name or 'httpx'}"
    raise ConfigurationError(msg)


def _library_of(client: object) -> ModuleType:
    for kind in type(client).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in {"httpx", "httpx2"}:
            return importlib.import_module(root)
    msg = f"http_client must be a client of httpx or httpx2; got {type(client).__name__}"
    raise ConfigurationError(msg)


@functools.lru_cache(maxsize=16)
def _ssl_context(library: ModuleType, *, verify: bool | str, trust_env: bool) -> ssl.SSLContext:
    # Loading the certificates takes 10 ms and more; all clients of a process share the result.
    if isinstance(verify, str):
        try:
            if Path(verify).is_dir():
                return ssl.create_default_context(capath=verify)
            return ssl.create_default_context(cafile=verify)
        except (OSError, ssl.SSLError) as exc:
            msg = f"verify: cannot load certificates from {verify!r}: {exc}"
            raise ConfigurationError(msg) from exc
    return cast("ssl.SSLContext", library.create_ssl_context(verify=verify, trust_env=trust_env))


def _transport_arguments(library: ModuleType, config: TransportConfig) -> dict[str, Any]:
    proxy = config.proxy or (_environment_proxy(config.base_url) if config.trust_env else None)
    context: ssl.SSLContext
    if isinstance(config.verify, ssl.SSLContext):
        context = config.verify
    elif config.base_url.startswith("http://"):
        # No TLS will happen: redirects are not followed. This context trusts nobody.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        verify = config.verify if isinstance(config.verify, bool) else os.fspath(config.verify)
        context = _ssl_context(library, verify=verify, trust_env=config.trust_env)
    limits = library.Limits(
        max_connections=config.max_connections,
        max_keepalive_connections=config.max_connections,
        keepalive_expiry=30,
    )
    return {"verify": context, "limits": limits, "proxy": proxy, "trust_env": config.trust_env}


def _environment_proxy(base_url: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - only when a client is made

    parts = urlsplit(base_url)
    proxies = getproxies()
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _request(library: ModuleType, client: Any, request: HTTPRequest) -> Any:
    timeout = request.timeout
    extensions = {
        "timeout": {
            "connect": timeout.connect,
            "read": timeout.read,
            "write": timeout.write,
            "pool": timeout.pool,
        }
    }
    make = library.Request if client is None else client.build_request
    return make(
        request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
    )


def _headers(response: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _translate(exc: Exception, library: ModuleType, request: HTTPRequest) -> APIConnectionError | None:
    """Return our error for one of the library's; ``None`` for anybody else's."""
    if not isinstance(
        exc, (library.HTTPError, library.StreamError, library.InvalidURL, library.CookieConflict)
    ):
        return None
    where = "{0.scheme}://{0.netloc}".format(urlsplit(redact_url(request.url)))
    timeout = request.timeout
    if isinstance(exc, library.TimeoutException):
        message, sent = f"{where} did not answer within {timeout.read} s", True
        if isinstance(exc, library.ConnectTimeout):
            message, sent = f"no connection to {where} within {timeout.connect} s", False
        elif isinstance(exc, library.PoolTimeout):
            message, sent = f"no connection was free for {timeout.pool} s; raise max_connections", False
        elif isinstance(exc, library.WriteTimeout):
            message = f"{where} did not take the request within {timeout.write} s"
        return APITimeoutError(message, sent=sent)
    if isinstance(exc, (library.ConnectError, library.ProxyError, library.UnsupportedProtocol)):
        return APIConnectionError(f"cannot connect to {where}: {exc}. Is the server running?", sent=False)
    return APIConnectionError(f"the connection to {where} broke: {exc or type(exc).__name__}")


class HTTPResponse:
    """An answer whose body is still to be read."""

    def __init__(self, response: Any, library: ModuleType, request: HTTPRequest) -> None:
        self._response, self._library, self._request = response, library, request
        self.status_code: int = response.status_code
        self.headers: dict[str, str] = _headers(response)

    def read(self) -> bytes:
        """Read the whole body and close."""
        try:
            content: bytes = self._response.read()
        except Exception as exc:
            self._response.close()
            raise _translate(exc, self._library, self._request) or exc from exc
        return content

    def chunks(self) -> Generator[bytes, None, None]:
        """Read the body piece by piece."""
        try:
            yield from self._response.iter_bytes()
        except GeneratorExit:
            raise
        except Exception as exc:
            raise _translate(exc, self._library, self._request) or exc from exc
        finally:
            self._response.close()

    def close(self) -> None:
        """Give the connection back, or drop it when the body was not read."""
        self._response.close()


class AsyncHTTPResponse:
    """An answer whose body is still to be read."""

    def __init__(self, response: Any, library: ModuleType, request: HTTPRequest) -> None:
        self._response, self._library, self._request = response, library, request
        self.status_code: int = response.status_code
        self.headers: dict[str, str] = _headers(response)

    async def read(self) -> bytes:
        """Read the whole body and close."""
        try:
            content: bytes = await self._response.aread()
        except Exception as exc:
            await self._response.aclose()
            raise _translate(exc, self._library, self._request) or exc from exc
        except BaseException:
            await self._response.aclose()
            raise
        return content

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Read the body piece by piece."""
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except GeneratorExit:
            raise
        except Exception as exc:
            raise _translate(exc, self._library, self._request) or exc from exc
        finally:
            await self._response.aclose()

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read."""
        await self._response.aclose()


class SyncTransport:
    """Connections of a synchronous client; safe to use from many threads."""

    def __init__(self, config: TransportConfig, client: SyncHTTPClient | None = None) -> None:
        self._config = config
        self._client: Any = client
        self._library = _library_of(client) if client is not None else None
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
            prepared = _request(library, self._client, request)
            if self._client is None:
                response = pool.handle_request(prepared)
                response.request = prepared
            else:
                response = pool.send(prepared, stream=True)
        except Exception as exc:
            raise _translate(exc, library, request) or exc from exc
        return HTTPResponse(response, library, request)

    def _connect(self) -> Any:
        with self._lock:
            if self._closed:
                raise _closed()
            if self._pool is None:
                if self._client is not None:
                    self._pool = self._client
                else:
                    library = load_library(self._config.library)
                    pool = library.HTTPTransport(**_transport_arguments(library, self._config))
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
        self._library = _library_of(client) if client is not None else None
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
            prepared = _request(library, self._client, request)
            if self._client is None:
                response = await pool.handle_async_request(prepared)
                response.request = prepared
            else:
                response = await pool.send(prepared, stream=True)
        except Exception as exc:
            raise _translate(exc, library, request) or exc from exc
        except BaseException:
            if self._client is None:
                await _drop_orphans(pool)
            raise
        return AsyncHTTPResponse(response, library, request)

    async def _current_pool(self) -> Any:
        loop = current_loop()
        entry = self._pools.get(loop)
        if entry is not None:
            return entry[0]
        if self._closed:
            raise _closed()
        self._library = library = load_library(self._config.library)
        pool = library.AsyncHTTPTransport(**_transport_arguments(library, self._config))
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


async def _drop_orphans(pool: Any) -> None:
    """Close connections that belong to no request and are not idle.

    httpcore 1 forgets a connection when its request is cancelled between the moment it is assigned and the
    moment it is used: the pool then counts it as busy for ever. httpcore2 does not.
    """
    import anyio  # noqa: PLC0415 - the SDK is importable without paying for it

    core = pool._pool  # noqa: SLF001 - there is no other way to it
    if type(core).__module__.partition(".")[0] != "httpcore":
        return
    owned = {request.connection for request in core._requests}  # noqa: SLF001
    orphans = [each for each in core.connections if each not in owned and not each.is_idle()]
    with anyio.CancelScope(shield=True):
        for each in orphans:
            core._connections.remove(each)  # noqa: SLF001
            await each.aclose()
        if orphans:
            await core._close_connections(core._assign_requests_to_connections())  # noqa: SLF001


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
