"""The answer to a request, whichever HTTP library carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ablage_sdk._library import translate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from types import ModuleType

    from ablage_sdk._http_request import HTTPRequest

__all__ = [
    "AsyncHTTPResponse",
    "AsyncMiddleware",
    "AsyncSend",
    "HTTPResponse",
    "SyncMiddleware",
    "SyncSend",
]

SyncSend: TypeAlias = "Callable[[HTTPRequest], HTTPResponse]"
AsyncSend: TypeAlias = "Callable[[HTTPRequest], Awaitable[AsyncHTTPResponse]]"
#: Called for every attempt with the request and what sends it; may change either, and the answer.
SyncMiddleware: TypeAlias = "Callable[[HTTPRequest, SyncSend], HTTPResponse]"
AsyncMiddleware: TypeAlias = "Callable[[HTTPRequest, AsyncSend], Awaitable[AsyncHTTPResponse]]"


def _headers(response: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class HTTPResponse:
    """An answer whose body is still to be read."""

    def __init__(
        self, response: Any, library: ModuleType, request: HTTPRequest, *, own: bool = False
    ) -> None:
        self._response, self._library, self._request = response, library, request
        self.status_code: int = response.status_code
        self.headers: dict[str, str] = _headers(response)
        # Nobody else has a hand on it, and there is nothing to decode: the library's way would cost a tenth
        # of a call.
        self._bare = own and "content-encoding" not in self.headers
        self._content: bytes | None = None

    def read(self) -> bytes:
        """Read the whole body and close; again, return the same."""
        if self._content is not None:
            return self._content
        try:
            if self._bare:
                self._content = b"".join(self._response.stream)
                self._response.close()
            else:
                self._content = self._response.read()
        except Exception as exc:
            self._response.close()
            raise translate(exc, self._library, self._request) or exc from exc
        return self._content or b""

    def chunks(self) -> Generator[bytes, None, None]:
        """Read the body piece by piece; in one, when it was read before."""
        if self._content is not None:
            yield self._content
            return
        try:
            yield from self._response.iter_bytes()
        except GeneratorExit:
            raise
        except Exception as exc:
            raise translate(exc, self._library, self._request) or exc from exc
        finally:
            self._response.close()

    def close(self) -> None:
        """Give the connection back, or drop it when the body was not read."""
        self._response.close()


class AsyncHTTPResponse:
    """An answer whose body is still to be read."""

    def __init__(
        self, response: Any, library: ModuleType, request: HTTPRequest, *, own: bool = False
    ) -> None:
        self._response, self._library, self._request = response, library, request
        self.status_code: int = response.status_code
        self.headers: dict[str, str] = _headers(response)
        # Nobody else has a hand on it, and there is nothing to decode: the library's way would cost a tenth
        # of a call.
        self._bare = own and "content-encoding" not in self.headers
        self._content: bytes | None = None

    async def read(self) -> bytes:
        """Read the whole body and close; again, return the same."""
        if self._content is not None:
            return self._content
        try:
            if self._bare:
                self._content = b"".join([chunk async for chunk in self._response.stream])
                await self._response.aclose()
            else:
                self._content = await self._response.aread()
        except Exception as exc:
            await self._response.aclose()
            raise translate(exc, self._library, self._request) or exc from exc
        except BaseException:
            await self._response.aclose()
            raise
        return self._content or b""

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Read the body piece by piece; in one, when it was read before."""
        if self._content is not None:
            yield self._content
            return
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except GeneratorExit:
            raise
        except Exception as exc:
            raise translate(exc, self._library, self._request) or exc from exc
        finally:
            await self._response.aclose()

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read."""
        await self._response.aclose()
