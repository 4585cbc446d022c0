"""The client."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from ablage_sdk._async._executor import AsyncExecutor, captured
from ablage_sdk._async.resources.api_keys import AsyncAPIKeys
from ablage_sdk._async.resources.auth import AsyncAuth
from ablage_sdk._async.resources.documents import AsyncDocuments
from ablage_sdk._async.resources.system import AsyncAnalytics, AsyncServerHealth
from ablage_sdk._async.resources.users import AsyncRoles, AsyncUsers
from ablage_sdk._async.resources.webhooks import AsyncWebhooks
from ablage_sdk._bridge import AsyncBridge
from ablage_sdk._concurrency import AsyncMutex
from ablage_sdk._core import Core
from ablage_sdk._exceptions import ConfigurationError
from ablage_sdk._options import NOT_GIVEN
from ablage_sdk._policies import redact_url
from ablage_sdk._response import RawResponse
from ablage_sdk._settings import Settings
from ablage_sdk._transport import AsyncTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import TracebackType

    from ablage_sdk._options import NotGiven, Timeout
    from ablage_sdk._response import Answer
    from ablage_sdk._transport import AsyncHTTPClient, AsyncMiddleware, AsyncSend, Library, Verify

__all__ = ["AsyncAblageSDK"]

P = ParamSpec("P")
T = TypeVar("T")


class AsyncAblageSDK(AsyncBridge):
    """Client of an Ablage server.

    A client may be shared by threads or tasks and survives a fork; the asynchronous one works in one
    event loop after another, of asyncio and trio. Close it with ``await sdk.close()`` or use it as a
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
        http_client: AsyncHTTPClient | None = None,
        middleware: Sequence[AsyncMiddleware] = (),
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
        transport = AsyncTransport(settings.transport, http_client)
        send: AsyncSend = transport.open
        for layer in reversed(middleware):
            send = _through(layer, send)
        core = Core(settings, transport, AsyncMutex(), send)
        self._executor = AsyncExecutor(core, settings.options)

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
    def documents(self) -> AsyncDocuments:
        """Documents: upload, read, change, delete, and wait for recognition."""
        return AsyncDocuments(self._executor)

    @cached_property
    def users(self) -> AsyncUsers:
        """Users, for administrators."""
        return AsyncUsers(self._executor)

    @cached_property
    def roles(self) -> AsyncRoles:
        """What users may do."""
        return AsyncRoles(self._executor)

    @cached_property
    def api_keys(self) -> AsyncAPIKeys:
        """The caller's API keys."""
        return AsyncAPIKeys(self._executor)

    @cached_property
    def webhooks(self) -> AsyncWebhooks:
        """Whom the server tells about events."""
        return AsyncWebhooks(self._executor)

    @cached_property
    def analytics(self) -> AsyncAnalytics:
        """Figures about the archive."""
        return AsyncAnalytics(self._executor)

    @cached_property
    def auth(self) -> AsyncAuth:
        """Logging in, as an alternative to an API key."""
        return AsyncAuth(self._executor)

    @cached_property
    def health(self) -> AsyncServerHealth:
        """The state of the server."""
        return AsyncServerHealth(self._executor)

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
        variant._executor = AsyncExecutor(executor.core, options)
        return variant

    async def with_raw_response(
        self, method: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """Call a method and return its result together with the answer it was read from.

        ``raw = await sdk.with_raw_response(sdk.documents.get, document_id)`` gives ``raw.result``,
        ``raw.content`` and ``raw.info`` with status, headers, attempts and rate limit. When the method
        sends several requests, the last answer is the one returned.
        """
        answers: list[Answer] = []
        token = captured.set(answers)
        try:
            result = await method(*args, **kwargs)
        finally:
            captured.reset(token)
        if not answers:
            msg = "the method sent no request; pass a method of this client, such as sdk.documents.get"
            raise ConfigurationError(msg)
        return RawResponse(result, answers[-1].info, answers[-1].content)

    async def close(self) -> None:
        """Close all connections; those of all clients made by `with_options` too."""
        await self._executor.core.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[dict[str, Any]]]:
        settings = self._executor.core.settings
        self._executor.core.transport.check_picklable()
        return type(self)._restored, (settings.for_pickle(self._executor.options),)  # noqa: SLF001 - pickle calls it

    @classmethod
    def _restored(cls, arguments: dict[str, Any]) -> Self:
        return cls(**arguments)


def _through(layer: AsyncMiddleware, send: AsyncSend) -> AsyncSend:
    return lambda request: layer(request, send)
