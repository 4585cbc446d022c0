"""The outermost layer: request id, version, headers of every answer, and whatever nobody else caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from server_stub.api import problems, versions
from server_stub.api.database_errors import is_database_outage
from server_stub.api.errors import headers_of
from server_stub.api.request_context import RequestContext, request_id
from server_stub.errors import AblageServerError, InvalidRequestError, UnavailableError
from server_stub.observability import tracing
from server_stub.observability.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server_stub.api.state import ApiState
    from server_stub.releases import Release

log = get_logger(__name__)

#: Headers that keep browsers from doing anything clever with an answer.
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
#: What people search for, and keys that they put into addresses by mistake, are in no span.
_HIDDEN_QUERY = {"url.query": "[hidden]"}
#: What an API key opened is for its owner: X-API-Key does not stop shared caches, as Authorization does.
PRIVATE = (b"cache-control", b"private, no-cache")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
#: Seconds after which a refused write may be worth another try.
MAINTENANCE_RETRY = "60"


class Gateway:
    """ASGI middleware around the whole application.

    Args:
        app: The application.
        state: Which versions are switched on, and whether the server stops.
        release: What the release that the server runs as has.
        read_only: Whether writes are refused.
    """

    def __init__(self, app: ASGIApp, *, state: ApiState, release: Release, read_only: bool = False) -> None:
        self.app = app
        self.enabled = state.enabled
        self.release = release
        self.read_only = read_only
        self._state = state
        always = SECURITY_HEADERS
        if release.announces_versions:
            always += ((b"x-api-supported-versions", ", ".join(state.enabled).encode()),)
        self._always = {v: ((b"x-api-version", v.encode()), *always) for v in versions.ALL}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context, problem = self._enter(scope)
        started = False
        head = scope["method"] == "HEAD"
        if head:
            # The same as GET, less the body. A copy: the server looks at its own scope.
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = message.get("headers", ())
                message["headers"] = [*given, *self._headers(context, given)]
            elif head:
                message["body"] = b""
            await send(message)

        try:
            if problem is not None:
                if problem[0] == "SYS_MAINTENANCE":
                    context.headers["Retry-After"] = MAINTENANCE_RETRY
                await problems.response(context, *problem)(scope, receive, send_with_headers)
            else:
                await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if started:
                raise
            await answer_exception(context, error)(scope, receive, send_with_headers)

    def _enter(self, scope: Scope) -> tuple[RequestContext, tuple[str, str] | None]:
        """Make the context of a request and point it to a version; return what prevents that."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        sent_id = sent_version = None
        for name, value in headers:
            if name == b"x-request-id":
                sent_id = value
            elif name == b"x-api-version":
                sent_version = value.decode("latin-1").strip()
        resolved = versions.resolve(scope["path"], sent_version, self.enabled, self.release.api_versions)
        client = scope.get("client")
        context = RequestContext(
            request_id(sent_id), resolved.version, scope["path"], client[0] if client else "-"
        )
        context.attach(scope)
        tracing.annotate({"ablage.request_id": context.request_id, **_HIDDEN_QUERY})
        if resolved.path != scope["path"]:
            scope["path"] = resolved.path
            scope["raw_path"] = resolved.path.encode()
        return context, resolved.problem or self._refusal(scope)

    def _refusal(self, scope: Scope) -> tuple[str, str] | None:
        """Return why a request is not let in at all."""
        headers = scope["headers"]
        if len(headers) > MAX_HEADERS or sum(len(n) + len(v) for n, v in headers) > MAX_HEADER_BYTES:
            message = f"More than {MAX_HEADERS} request headers, or {MAX_HEADER_BYTES} bytes. Send fewer."
            return "REQUEST_HEADERS_TOO_LARGE", message
        if b"%00" in scope["query_string"] or "\x00" in scope["path"]:
            return "VALIDATION_ERROR", "The address holds the character U+0000, which no value can hold."
        if self.read_only and scope["method"] not in SAFE_METHODS:
            return "SYS_MAINTENANCE", "The server is in maintenance: it answers, but changes nothing now."
        return None

    def _headers(
        self, context: RequestContext, given: Iterable[tuple[bytes, bytes]]
    ) -> Iterable[tuple[bytes, bytes]]:
        """Give the headers of an answer beside those that it has already."""
        yield b"x-request-id", context.request_id.encode("ascii")
        yield from self._always[context.version]
        if not any(name == b"cache-control" for name, _ in given):
            yield PRIVATE
        if self._state.stopping:
            yield b"connection", b"close"  # the next request finds another server, or waits for it
        for name, value in context.headers.items():
            yield name.lower().encode("latin-1"), value.encode("latin-1")


def answer_exception(context: RequestContext, error: Exception) -> Response:
    """Answer an exception: a known one as what it is, any other as an internal error without details."""
    known = as_server_error(error)
    if known is None:
        log.error("unhandled_error", request_id=context.request_id, path=context.path, exc_info=error)
        message = f"Something went wrong on the server. Report this with the request id {context.request_id}."
        return problems.response(context, "INTERNAL_ERROR", message)
    context.headers.update(headers_of(known))
    return problems.response(context, known.code, known.message, known.errors)


def as_server_error(error: Exception) -> AblageServerError | None:
    """Return the server's own error behind an exception, ``None`` when it is a fault of the server."""
    if isinstance(error, AblageServerError):
        return error
    if isinstance(error, ClientDisconnect):  # nobody reads this; it is counted and logged like other requests
        return InvalidRequestError("The client hung up.", code="BAD_REQUEST")
    if is_database_outage(error):
        log.warning("database_not_available", error=type(error).__name__)
        return UnavailableError(
            "The database cannot be reached at this moment. Try again shortly.",
            code="SYS_DATABASE_ERROR",
            wait=5,
        )
    return None
