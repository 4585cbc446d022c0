"""The only module that knows the HTTP library.

``httpx2`` is preferred over ``httpx`` when both are installed: same interface, far less CPU under
concurrency. Nothing is imported before the first request. None of their exceptions passes `translate`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from ablage_sdk._exceptions import APIConnectionError, APITimeoutError, ConfigurationError
from ablage_sdk._policies import redact_url

if TYPE_CHECKING:
    from types import ModuleType

    import httpx
    import httpx2

    from ablage_sdk._http_request import HTTPRequest

__all__ = [
    "AsyncHTTPClient",
    "Library",
    "SyncHTTPClient",
    "TransportConfig",
    "Verify",
    "drop_orphans",
    "library_of",
    "load_library",
    "prepare",
    "translate",
    "transport_arguments",
]

SyncHTTPClient: TypeAlias = "httpx.Client | httpx2.Client"
AsyncHTTPClient: TypeAlias = "httpx.AsyncClient | httpx2.AsyncClient"
Library: TypeAlias = Literal["httpx", "httpx2"]
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


@functools.cache
def load_library(name: Library | None) -> ModuleType:
    """Import the HTTP library: the named one, or the best that is installed."""
    for candidate in (name,) if name else ("httpx2", "httpx"):
        if importlib.util.find_spec(candidate) is not None:
            return importlib.import_module(candidate)
    msg = f"{name or 'httpx'} is not installed; run: pip install {name or 'httpx'}"
    raise ConfigurationError(msg)


def library_of(client: object) -> ModuleType:
    """Return the library that a client comes from."""
    for kind in type(client).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in {"httpx", "httpx2"}:
            return importlib.import_module(root)
    msg = f"http_client must be a client of httpx or httpx2; got {type(client).__name__}"
    raise ConfigurationError(msg)


@functools.lru_cache(maxsize=16)
def _usual_context(
    library: ModuleType, *, verify: bool, trust_env: bool, environment: tuple[str | None, ...]
) -> ssl.SSLContext:
    # Loading the certificates takes 10 ms and more; all clients of a process share the result, for as long as
    # the environment names the same ones.
    _ = environment
    return cast("ssl.SSLContext", library.create_ssl_context(verify=verify, trust_env=trust_env))


def _own_context(path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as exc:
        msg = f"verify: cannot load certificates from {path!r}: {exc}"
        raise ConfigurationError(msg) from exc


def transport_arguments(library: ModuleType, config: TransportConfig) -> dict[str, Any]:
    """Return the arguments of the library's transports."""
    proxy = config.proxy or (_environment_proxy(config.base_url) if config.trust_env else None)
    context: ssl.SSLContext
    if isinstance(config.verify, ssl.SSLContext):
        context = config.verify
    elif config.base_url.startswith("http://"):
        # No TLS will happen: redirects are not followed. This context trusts nobody.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    elif isinstance(config.verify, bool):
        environment = tuple(map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
        context = _usual_context(
            library, verify=config.verify, trust_env=config.trust_env, environment=environment
        )
    else:
        context = _own_context(os.fspath(config.verify))
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


def prepare(library: ModuleType, client: Any, request: HTTPRequest) -> Any:
    """Return the request as the library has it; a client that was passed in adds its own headers."""
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


def translate(exc: Exception, library: ModuleType, request: HTTPRequest) -> APIConnectionError | None:
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


async def drop_orphans(pool: Any) -> None:
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
