# Generated from ablage_sdk/_async/client.py by scripts/generate_sync.py: do not edit.
"""The client."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from ablage_sdk._concurrency import SyncMutex
from ablage_sdk._core import Core
from ablage_sdk._operation import Operation, one, plain, whole_path
from ablage_sdk._operation import query as query_of
from ablage_sdk._options import NOT_GIVEN
from ablage_sdk._policies import redact_url
from ablage_sdk._settings import Settings
from ablage_sdk._sync._executor import Executor
from ablage_sdk._sync_bridge import SyncBridge
from ablage_sdk._transport import SyncTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from pydantic import BaseModel, JsonValue

    from ablage_sdk._http_response import SyncMiddleware, SyncSend
    from ablage_sdk._library import Library, SyncHTTPClient, Verify
    from ablage_sdk._operation import Parameter
    from ablage_sdk._options import NotGiven, Timeout
    from ablage_sdk._response import Answer, RawResponse
    from ablage_sdk._sync.resources.api_keys import APIKeys
    from ablage_sdk._sync.resources.auth import Auth
    from ablage_sdk._sync.resources.documents import Documents
    from ablage_sdk._sync.resources.system import Analytics, ServerHealth
    from ablage_sdk._sync.resources.users import Roles, Users
    from ablage_sdk._sync.resources.webhooks import Webhooks

__all__ = ["AblageSDK"]

M = TypeVar("M", bound="BaseModel")


class AblageSDK(SyncBridge):
    """Client of an Ablage server.

    A client may be shared by threads or tasks and survives a fork; the asynchronous one works in one
    event loop after another, of asyncio and trio. Close it with ``sdk.close()`` or use it as a
    context manager.

    Args:
        api_key: ``ak_live_…``; from ``ABLAGE_API_KEY`` when left out.
        base_url: Address of the server; from ``ABLAGE_BASE_URL`` when left out, or else
            ``http://localhost:8000``.
        access_token: Token of an earlier login, in place of an API key; see ``sdk.auth``.
        refresh_token: Renews the access token when it expires.
        timeout: Seconds for each phase of a request, or a `Timeout`; ``None`` for no limit. 5 s to
            connect and 60 s for everything else when left out.
        max_retries: How often a call is tried again when that is safe and can help.
        deadline: Seconds for a whole call with all its retries; ``None`` for no limit.
        retry_budget: Retries of all calls together, as a share of what succeeds (a few are always
            allowed); ``None`` for no such limit.
        headers: Sent with every request.
        verify: ``True``, a file or folder of trusted certificates, an `ssl.SSLContext`, or ``False`` to
            trust anybody, which is for tests only.
        proxy: Address of a proxy; from the environment when left out.
        max_connections: Requests at the same time; further ones wait.
        trust_env: Whether the environment may name a proxy and certificates.
        http_library: ``httpx`` or ``httpx2``; the best that is installed when left out.
        http_client: A client of either library to use as it is, in place of the arguments from
            ``verify`` on. It is not closed.
        middleware: Called for every attempt with the request and a function that sends it; see
            `HTTPRequest`. The first one is the outermost.
        pickle_secrets: Whether a pickled client contains its API key.

    Raises:
        ConfigurationError: An argument is wrong.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        access_token: str | None = None,
        refresh_token: str | None = None,
        timeout: Timeout | float | NotGiven | None = NOT_GIVEN,
        max_retries: int = 3,
        deadline: float | None = None,
        retry_budget: float | None = 0.1,
        headers: Mapping[str, str] | None = None,
        verify: Verify = True,
        proxy: str | None = None,
        max_connections: int = 100,
        trust_env: bool = True,
        http_library: Library | None = None,
        http_client: SyncHTTPClient | None = None,
        middleware: Sequence[SyncMiddleware] = (),
        pickle_secrets: bool = False,
    ) -> None:
        settings = Settings.of(
            api_key=api_key,
            base_url=base_url,
            access_token=access_token,
            refresh_token=refresh_token,
            timeout=timeout,
            max_retries=max_retries,
            deadline=deadline,
            retry_budget=retry_budget,
            headers=headers,
            verify=verify,
            proxy=proxy,
            max_connections=max_connections,
            trust_env=trust_env,
            http_library=http_library,
            pickle_secrets=pickle_secrets,
            middleware=middleware,
        )
        transport = SyncTransport(settings.transport, http_client)
        send: SyncSend = transport.open
        for layer in reversed(middleware):
            send = _through(layer, send)
        core = Core(settings, transport, SyncMutex(), send)
        self._executor = Executor(core, settings.options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {redact_url(self.base_url)}>"

    @property
    def base_url(self) -> str:
        """The address of the server."""
        return self._executor.core.settings.base_url

    @property
    def api_version(self) -> str | None:
        """The API version that the server was last seen to speak; ``None`` before the first call."""
        return self._executor.core.version

    @cached_property
    def documents(self) -> Documents:
        """Documents: upload, read, change, delete, and wait for recognition."""
        from ablage_sdk._sync.resources.documents import Documents

        return Documents(self._executor)

    @cached_property
    def users(self) -> Users:
        """Users, for administrators."""
        from ablage_sdk._sync.resources.users import Users

        return Users(self._executor)

    @cached_property
    def roles(self) -> Roles:
        """What users may do."""
        from ablage_sdk._sync.resources.users import Roles

        return Roles(self._executor)

    @cached_property
    def api_keys(self) -> APIKeys:
        """The caller's API keys."""
        from ablage_sdk._sync.resources.api_keys import APIKeys

        return APIKeys(self._executor)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Whom the server tells about events."""
        from ablage_sdk._sync.resources.webhooks import Webhooks

        return Webhooks(self._executor)

    @cached_property
    def analytics(self) -> Analytics:
        """Figures about the archive."""
        from ablage_sdk._sync.resources.system import Analytics

        return Analytics(self._executor)

    @cached_property
    def auth(self) -> Auth:
        """Logging in, as an alternative to an API key."""
        from ablage_sdk._sync.resources.auth import Auth

        return Auth(self._executor)

    @cached_property
    def health(self) -> ServerHealth:
        """The state of the server."""
        from ablage_sdk._sync.resources.system import ServerHealth

        return ServerHealth(self._executor)

    def with_options(
        self,
        *,
        timeout: Timeout | float | NotGiven | None = NOT_GIVEN,
        max_retries: int | NotGiven = NOT_GIVEN,
        deadline: float | NotGiven | None = NOT_GIVEN,
        headers: Mapping[str, str] | NotGiven = NOT_GIVEN,
    ) -> Self:
        """Return a client with other options that shares connections, login and retry budget.

        Args:
            timeout: Seconds for each phase of a request, or a `Timeout`; ``None`` for no limit.
            max_retries: How often a call is tried again.
            deadline: Seconds for a whole call with all its retries; ``None`` for no limit.
            headers: Sent with every request, besides those of this client.
        """
        executor = self._executor
        options = executor.options.changed(
            timeout=timeout, max_retries=max_retries, deadline=deadline, headers=headers
        )
        variant = object.__new__(type(self))
        variant._executor = Executor(executor.core, options)
        return variant

    @overload
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Parameter] | None = None,
        json: JsonValue = None,
        headers: Mapping[str, str] | None = None,
    ) -> RawResponse[JsonValue]: ...
    @overload
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Parameter] | None = None,
        json: JsonValue = None,
        headers: Mapping[str, str] | None = None,
        cast_to: type[M],
    ) -> M: ...
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Parameter] | None = None,
        json: JsonValue = None,
        headers: Mapping[str, str] | None = None,
        cast_to: type[M] | None = None,
    ) -> M | RawResponse[JsonValue]:
        """Send a request that no method makes, with the credentials, retries and errors of all others.

        Args:
            method: Such as ``GET``.
            path: From the root of the server on, version included: ``/api/v2/documents``.
            query: What follows the ``?``; ``None`` leaves a parameter out, a list repeats it.
            json: The body.
            headers: Besides those of the client.
            cast_to: A pydantic model to read the answer as, such as `Document`.

        Returns:
            The model, or without ``cast_to`` the answer, whose ``parse()`` gives its JSON.

        Raises:
            ConfigurationError: The path is not one.
            APIStatusError: The server answered with an error.
            APIConnectionError: No complete answer arrived.
            ResponseValidationError: The answer is no such model.
        """
        read: Callable[[Answer], M | RawResponse[JsonValue]] = plain if cast_to is None else one(cast_to)
        return self._executor.run(
            Operation(
                name=f"{method.upper()} {path}",
                method=method.upper(),
                path=whole_path(path),
                query=query_of(query or {}),
                json=json,
                headers=tuple((name.lower(), value) for name, value in (headers or {}).items()),
                versioned=False,
                read=read,
            )
        )

    def close(self) -> None:
        """Close all connections; those of all clients made by `with_options` too."""
        self._executor.core.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[dict[str, Any]]]:
        settings = self._executor.core.settings
        self._executor.core.transport.check_picklable()
        return type(self)._restored, (settings.for_pickle(self._executor.options),)  # noqa: SLF001 - pickle calls it

    @classmethod
    def _restored(cls, arguments: dict[str, Any]) -> Self:
        return cls(**arguments)


def _through(layer: SyncMiddleware, send: SyncSend) -> SyncSend:
    return lambda request: layer(request, send)
