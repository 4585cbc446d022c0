"""The SDK client behind an old client, made from the old arguments."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

import ablage_sdk
from ablage_client_compat.errors import no_such_name, old_error

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from typing import Never

    from ablage_client_compat.warnings import Site

__all__ = [
    "AsyncConnection",
    "Bookmarks",
    "Connection",
    "Headers",
    "MethodGroup",
    "Named",
    "Seconds",
    "Session",
    "Settings",
    "SyncConnection",
    "last_headers",
]

#: Seconds for each phase, ``(connect, read)``, or None for no limit.
Seconds: TypeAlias = "float | tuple[float | None, float | None] | None"

SyncConnection: TypeAlias = "Connection[ablage_sdk.AblageSDK]"
AsyncConnection: TypeAlias = "Connection[ablage_sdk.AsyncAblageSDK]"
Client = TypeVar("Client", bound="ablage_sdk.AblageSDK | ablage_sdk.AsyncAblageSDK")

#: How long (s) the place of a page is remembered: a program that turns pages goes on where it was, one that
#: comes back later is shown the list as it is then.
_REMEMBERED_FOR = 60.0
_MOST_BOOKMARKS = 64
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
    def of(cls, positional: Sequence[object], keywords: Mapping[str, object]) -> Settings:
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

    def open(self, sdk: type[Client]) -> Client:
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


class Headers(MutableMapping[str, str]):
    """Headers: upper and lower case are the same."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._items: dict[str, tuple[str, str]] = {}
        self.update(headers or {})

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._items[name.lower()] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"  # values may be secrets


class Session:
    """``client.session``: headers that are sent with every request."""

    __slots__ = ("headers",)

    def __init__(self) -> None:
        self.headers = Headers()

    def __getattr__(self, name: str) -> Never:
        raise no_such_name("AblageClient.session", name, self.__slots__)

    def __setattr__(self, name: str, value: object) -> None:
        if name != "headers":
            raise AttributeError(
                f"AblageClient.session has only 'headers', no {name!r}; certificates, timeouts and retries "
                "are arguments of AblageClient: verify_ssl, timeout, max_retries"
            )
        super().__setattr__(name, value if isinstance(value, Headers) else Headers(value))  # type: ignore[arg-type]


class Bookmarks:
    """Cursors at which recently shown pages ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[tuple[Hashable, int], tuple[float, str]] = {}

    def put(self, which: Hashable, offset: int, cursor: str) -> None:
        """Remember the cursor behind the first ``offset`` items of a list."""
        with self._lock:
            self._places.pop((which, offset), None)
            self._places[which, offset] = (time.monotonic(), cursor)
            while len(self._places) > _MOST_BOOKMARKS:
                del self._places[next(iter(self._places))]

    def nearest(self, which: Hashable, offset: int) -> tuple[int, str | None]:
        """Return the last known place at or before ``offset``; its beginning when none is known."""
        oldest = time.monotonic() - _REMEMBERED_FOR
        with self._lock:
            known = [
                (place, cursor)
                for (list_, place), (when, cursor) in self._places.items()
                if list_ == which and place <= offset and when >= oldest
            ]
        return max(known, default=(0, None), key=lambda place: place[0])


class Connection(Generic[Client]):
    """What the resources of one old client share.

    Attributes:
        settings: The old arguments.
        session: The headers that legacy code adds.
        bookmarks: Where pages of lists ended.
        made_at: The line of legacy code that made the client.
    """

    def __init__(self, settings: Settings, sdk: type[Client], made_at: Site) -> None:
        self.settings = settings
        self.made_at = made_at
        self.session = Session()
        self.bookmarks = Bookmarks()
        self._sdk = settings.open(sdk)

    @property
    def sdk(self) -> Client:
        """The SDK's client, with the session's headers."""
        headers = self.session.headers
        if not headers:
            return self._sdk
        sent = dict(headers)
        if "X-API-Key" in headers and "Authorization" not in headers:
            sent["Authorization"] = f"Bearer {headers['X-API-Key']}"  # not that of the placeholder
        return cast("Client", self._sdk.with_options(headers=sent))

    def varied(self, headers: Mapping[str, str] | None, timeout: Seconds) -> Connection[Client]:
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

    @property
    def opened(self) -> Client:
        """The SDK's client as it was made, to be closed."""
        return self._sdk


class Named:
    """What legacy code reaches by names: a wrong one is answered with the nearest that there is."""

    #: The way to it in legacy code.
    _path: ClassVar[str]

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never:
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_such_name(self._path, name, dir(type(self)))


class MethodGroup(Named):
    """``client.documents`` and its like: a group of methods of the old client."""

    def __init__(self, connection: SyncConnection) -> None:
        self._connection = connection

    @property
    def _sdk(self) -> ablage_sdk.AblageSDK:
        return self._connection.sdk

    def __repr__(self) -> str:
        return f"<{self._path}>"
