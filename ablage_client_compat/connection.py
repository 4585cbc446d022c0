"""The SDK client behind an old client, made from the old arguments."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

import ablage_sdk
from ablage_client_compat.calls import old_error
from ablage_client_compat.paging.cursors import Bookmarks
from ablage_client_compat.raw.response import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ablage_client_compat.warnings import Site

__all__ = [
    "AsItIs",
    "AsyncConnection",
    "Connection",
    "Seconds",
    "Settings",
    "SyncConnection",
    "ask",
    "ask_async",
    "last_headers",
]

#: Seconds for each phase, ``(connect, read)``, or None for no limit.
Seconds: TypeAlias = "float | tuple[float | None, float | None] | None"

SyncConnection: TypeAlias = "Connection[ablage_sdk.AblageSDK]"
AsyncConnection: TypeAlias = "Connection[ablage_sdk.AsyncAblageSDK]"
S = TypeVar("S", bound="ablage_sdk.AblageSDK | ablage_sdk.AsyncAblageSDK")

DEFAULT_URL = "http://localhost:8000"
_VERSION = re.compile(r"v?[12](\.0)?")
#: Sent when there is no key. The old client sent its requests without one, too, and got a 401.
_NO_KEY = "none"
_last_headers: ContextVar[Mapping[str, str]] = ContextVar("ablage_client_compat_headers")


@dataclass(kw_only=True)
class Settings:
    """The arguments of the old client."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    timeout: Seconds = 30
    max_retries: int = 3
    verify_ssl: bool = True
    api_version: str = "v1"

    @classmethod
    def of(cls, positional: Sequence[object], keywords: dict[str, Any]) -> Settings:
        """Read the arguments of any dialect.

        A ``(api_key, base_url, timeout, max_retries, verify_ssl)``, B ``(base_url, api_version)`` and C
        ``(base_url, api_key, timeout)`` are told apart by what the values are.

        Raises:
            TypeError: There are too many arguments, or one is given twice.
        """
        given: dict[str, Any] = {}
        names = iter(("timeout", "max_retries", "verify_ssl"))
        for index, value in enumerate(positional):
            if index < 2 and (value is None or isinstance(value, str)):  # noqa: PLR2004  # key, URL, version
                if value is None:
                    continue
                name = _kind_of(value)
            else:
                name = next(names, "")
            if not name:
                raise TypeError(
                    f"AblageClient takes at most 5 positional arguments, {len(positional)} were given"
                )
            if name in given or keywords.get(name) is not None:
                raise TypeError(f"AblageClient got two values for {name!r}")
            given[name] = value
        settings = cls(**{**keywords, **given})
        if not _VERSION.fullmatch(settings.api_version):
            raise ValueError(f"api_version must be 'v1' or 'v2'; got {settings.api_version!r}")
        settings.api_key = settings.api_key or os.environ.get("ABLAGE_API_KEY") or None
        settings.base_url = settings.base_url or os.environ.get("ABLAGE_BASE_URL") or DEFAULT_URL
        return settings

    def open(self, sdk: type[S]) -> S:
        """Return a client of the SDK.

        Raises:
            AblageError: A value is wrong.
        """
        remembering: Any = () if issubclass(sdk, ablage_sdk.AsyncAblageSDK) else (_remember,)
        try:
            return sdk(
                api_key=self.api_key or _NO_KEY,
                base_url=self.base_url,
                timeout=as_timeout(self.timeout),
                max_retries=self.max_retries,
                retry_budget=None,  # the old client always tried as often as it was told to
                verify=self.verify_ssl,
                middleware=remembering,
            )
        except ablage_sdk.AblageError as error:
            raise old_error(error) from None


@dataclass(frozen=True)
class AsItIs:
    """A request to an address of the server just as it is, past the SDK's choice of a version."""

    method: str
    path: str
    query: Mapping[str, Any]
    body: Any = None


def ask(connection: SyncConnection, what: AsItIs) -> ablage_sdk.RawResponse[Any]:
    """Send a request that no method of the SDK makes."""
    return connection.sdk.request(what.method, what.path, query=what.query, json=what.body)


async def ask_async(connection: AsyncConnection, what: AsItIs) -> ablage_sdk.RawResponse[Any]:
    """Send a request that no method of the SDK makes."""
    return await connection.sdk.request(what.method, what.path, query=what.query, json=what.body)


def last_headers() -> Mapping[str, str]:
    """Return the headers of the last answer that this thread got through a synchronous client."""
    return _last_headers.get()


def _remember(
    request: ablage_sdk.HTTPRequest, send: Callable[[ablage_sdk.HTTPRequest], ablage_sdk.HTTPResponse]
) -> ablage_sdk.HTTPResponse:
    response = send(request)
    _last_headers.set(response.headers)
    return response


def as_timeout(seconds: Seconds) -> ablage_sdk.Timeout:
    """Return the SDK's form of a time limit."""
    connect, read = seconds if isinstance(seconds, tuple) else (seconds, seconds)
    return ablage_sdk.Timeout(connect=connect, read=read, write=read)


def _kind_of(text: str) -> str:
    if text.startswith(("http://", "https://")):
        return "base_url"
    return "api_version" if _VERSION.fullmatch(text) else "api_key"


class Connection(Generic[S]):
    """What the resources of one old client share.

    Attributes:
        settings: The old arguments.
        session: The headers that legacy code adds.
        bookmarks: Where pages of lists ended.
        made_at: The line of legacy code that made the client.
    """

    def __init__(self, settings: Settings, sdk: type[S], made_at: Site) -> None:
        self.settings = settings
        self.made_at = made_at
        self.session = Session()
        self.bookmarks = Bookmarks()
        self._class = sdk
        self._sdk = settings.open(sdk)

    @property
    def sdk(self) -> S:
        """The SDK's client, with the session's headers."""
        headers = self.session.headers
        if not headers:
            return self._sdk
        sent = dict(headers)
        if "X-API-Key" in headers and "Authorization" not in headers:
            sent["Authorization"] = f"Bearer {headers['X-API-Key']}"  # not that of the placeholder
        return cast("S", self._sdk.with_options(headers=sent))

    def varied(self, headers: Mapping[str, str] | None, timeout: Seconds) -> Connection[S]:
        """Return the same with further headers and another time limit, for one request."""
        if not headers and timeout is None:
            return self
        varied = copy(self)
        varied.session = Session()
        varied.session.headers.update({**self.session.headers, **(headers or {})})
        if timeout is not None:
            vars(varied)["_sdk"] = self._sdk.with_options(timeout=as_timeout(timeout))
        return varied

    @property
    def only_v1(self) -> bool:
        """Whether the server was last seen to speak nothing but v1."""
        return self._sdk.api_version == "1.0"

    def close(self) -> Any:
        """Close the connections; for the async client the result is awaitable."""
        return self._sdk.close()

    def change(self, name: str, value: Any) -> None:
        """Go on with another argument, as after ``client.timeout = 60``."""
        setattr(self.settings, name, value)
        self._sdk = self.settings.open(self._class)
