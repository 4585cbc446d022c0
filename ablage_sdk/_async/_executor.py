"""Sends operations: the loop of attempts, versions and credentials."""

from __future__ import annotations

import json
import logging
import random
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from ablage_sdk import _policies as policies
from ablage_sdk._async._forms import form
from ablage_sdk._concurrency import AsyncRuntime
from ablage_sdk._deprecation import announcement, warn
from ablage_sdk._exceptions import APIConnectionError, APITimeoutError, ConfigurationError
from ablage_sdk._response import Answer, ResponseInfo
from ablage_sdk._transport import HTTPRequest
from ablage_sdk._v1 import downgrade
from ablage_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ablage_sdk._core import Core
    from ablage_sdk._exceptions import AblageError
    from ablage_sdk._operation import Operation
    from ablage_sdk._options import Options
    from ablage_sdk._transport import AsyncStream, AsyncTransport

T = TypeVar("T")

logger = logging.getLogger("ablage_sdk")

#: Answers of the calls inside `with_raw_response`.
captured: ContextVar[list[Answer] | None] = ContextVar("ablage_sdk_captured", default=None)

_HEADERS = {
    "accept": "application/json, application/problem+json",
    "accept-encoding": "gzip, deflate",
    "user-agent": f"ablage-sdk/{__version__}",
}


class AsyncExecutor:
    """Sends operations with the options of one client."""

    def __init__(self, core: Core[AsyncTransport], options: Options) -> None:
        self.core = core
        self.options = options

    async def run(self, operation: Operation[T]) -> T:
        """Send an operation and read its result.

        Raises:
            APIStatusError: The server answered with an error.
            APIConnectionError: No complete answer arrived.
            ResponseValidationError: The answer is not what the API promises.
            UnsupportedByServer: The server speaks only v1, which cannot express the call.
        """
        answer, wire, _ = await self._send(operation, streamed=False)
        sink = captured.get()
        if sink is not None:
            sink.append(answer)
        return wire.read(answer)

    async def stream(self, operation: Operation[T]) -> tuple[ResponseInfo, AsyncStream]:
        """Send an operation and return when the headers of a successful answer are there."""
        answer, _, stream = await self._send(operation, streamed=True)
        sink = captured.get()
        if sink is not None:
            sink.append(answer)
        assert stream is not None  # noqa: S101 - streamed answers have one
        return answer.info, stream

    async def _send(
        self, operation: Operation[T], *, streamed: bool
    ) -> tuple[Answer, Operation[T], AsyncStream | None]:
        core = self.core
        call = _Call(operation, self.options, core.request_id())
        version = core.version or policies.V2
        if core.version is None and not call.replayable and operation.versioned:
            version = await self._ask_version()
        while True:
            wire = operation if version == policies.V2 else downgrade(operation)
            call.attempts += 1
            credentials = core.credentials
            stream: AsyncStream | None = None
            try:
                request = self._request(wire, version, call)
                answer, stream = await self._attempt(wire, request, call, streamed=streamed)
            except APIConnectionError as exc:
                error: AblageError = exc
                exc.request_id, exc.attempts = call.request_id, call.attempts
            else:
                if answer.info.status_code < 300:  # noqa: PLR2004 - success
                    self._observe(operation, version, answer.info)
                    return answer, wire, stream
                other = policies.next_version(version, answer) if operation.versioned else None
                if other is not None and call.switch(other):
                    logger.info("the server does not speak API %s; using %s", version, other)
                    core.version = version = other
                    continue
                error = policies.status_error(answer, call=operation.name)
                if await self._renewed(error, credentials, call):
                    continue
            await self._pause(error, call)

    async def _attempt(
        self, wire: Operation[T], request: HTTPRequest, call: _Call, *, streamed: bool
    ) -> tuple[Answer, AsyncStream | None]:
        upload = wire.upload
        pieces: AsyncGenerator[bytes] | None = None
        if upload is not None:
            request.content = pieces = form(upload)
        try:
            stream = await self.core.transport.open(request)
        finally:
            if pieces is not None:
                await pieces.aclose()
        info = ResponseInfo(
            stream.status_code,
            stream.headers,
            call.attempts,
            time.perf_counter() - call.started,
            call.request_id,
        )
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s %s -> %d (request id %s, attempt %d, %.0f ms)",
                request.method,
                policies.redact_url(request.url),
                info.status_code,
                info.request_id,
                call.attempts,
                info.elapsed * 1000,
            )
        if streamed and info.status_code < 300:  # noqa: PLR2004 - success
            return Answer(info, b""), stream
        return Answer(info, await stream.read()), None

    def _request(self, wire: Operation[T], version: str, call: _Call) -> HTTPRequest:
        options = self.options
        headers = {**_HEADERS, "x-request-id": call.request_id}
        if wire.authenticated:
            authorization = self.core.credentials.header()
            if authorization is None:
                msg = "no API key: pass api_key=…, set ABLAGE_API_KEY, or call auth.login() first"
                raise ConfigurationError(msg)
            headers["authorization"] = authorization
        content: bytes | None = None
        if wire.json is not None:
            content = json.dumps(wire.json, ensure_ascii=False, allow_nan=False).encode()
            headers["content-type"] = "application/json"
        elif wire.upload is not None:
            headers["content-type"] = wire.upload.content_type
            length = wire.upload.content_length
            if length is not None:
                headers["content-length"] = str(length)
        if wire.method == "POST":
            headers["idempotency-key"] = call.idempotency_key
        if wire.headers:
            headers.update(wire.headers)
        if options.headers:
            headers.update({name.lower(): value for name, value in options.headers.items()})
        timeout = options.timeout.extended(wire.extra_read_time) if wire.extra_read_time else options.timeout
        if call.deadline is not None:
            left = call.deadline - time.perf_counter()
            if left <= 0:
                raise call.too_late(None)
            timeout = timeout.within(left)
        return HTTPRequest(
            wire.method, wire.url(self.core.settings.base_url, version), headers, timeout, content
        )

    def _observe(self, operation: Operation[T], version: str, info: ResponseInfo) -> None:
        """Learn from a successful answer."""
        core, headers = self.core, info.headers
        core.budget.success()
        if operation.versioned:
            core.version = policies.preferred_version(version, headers)
            core.keyed = "x-api-supported-versions" in headers
        if "deprecation" in headers or "sunset" in headers or "x-api-deprecation" in headers:
            message = announcement(operation.name, headers)
            with core.warned_lock:
                known = operation.name in core.warned
                core.warned.add(operation.name)
            if message is not None and not known:
                warn(message)

    async def _renewed(self, error: AblageError, credentials: object, call: _Call) -> bool:
        """Renew an expired login; tell whether to try again."""
        return False

    async def _pause(self, error: AblageError, call: _Call) -> None:
        """Wait before the next attempt, or raise the error when there is to be none."""
        keyed = self.core.keyed
        if call.retries >= self.options.max_retries or not policies.may_retry(
            error, call.method, keyed=keyed, replayable=True
        ):
            raise error
        if not call.replayable:
            error.add_note(
                "Not tried again: the file can be read only once. Pass a path, bytes or a seekable file."
            )
            raise error
        if not policies.server_asked_to_wait(error) and not self.core.budget.take():
            error.add_note("Not tried again: too many calls of this client are failing.")
            raise error
        delay = policies.backoff(call.retries, error, random.random())  # noqa: S311 - spreads load
        if call.deadline is not None and time.perf_counter() + delay >= call.deadline:
            raise call.too_late(error) from error
        call.retries += 1
        logger.warning(
            "%s; trying again in %.1f s (%d of %d)", error, delay, call.retries, self.options.max_retries
        )
        await AsyncRuntime.sleep(delay)

    async def _ask_version(self) -> str:
        """Find the version out before sending what can be sent only once."""
        core = self.core
        request = HTTPRequest(
            "GET",
            f"{core.settings.base_url}/api",
            {**_HEADERS, "x-request-id": core.request_id()},
            self.options.timeout,
        )
        stream = await core.transport.open(request)
        await stream.read()
        core.version = policies.announced_version(stream.status_code, stream.headers)
        return core.version or policies.V2


class _Call:
    """How far one call is."""

    def __init__(self, operation: Operation[T], options: Options, request_id: str) -> None:
        self.method = operation.method
        self.name = operation.name
        self.request_id = request_id
        self.idempotency_key = operation.idempotency_key or request_id
        self.replayable = operation.upload is None or operation.upload.source.replayable
        self.started = time.perf_counter()
        self.seconds = options.deadline
        self.deadline = None if options.deadline is None else self.started + options.deadline
        self.attempts = 0
        self.retries = 0
        self.renewed = False
        self._tried: set[str] = set()

    def switch(self, version: str) -> bool:
        """Tell whether a version may be tried: each one once per call."""
        fresh = self.replayable and version not in self._tried
        self._tried.add(version)
        return fresh

    def too_late(self, cause: AblageError | None) -> APITimeoutError:
        """Return the error for a passed deadline."""
        last = f"; the last error was: {cause.message}" if cause else ""
        return APITimeoutError(
            f"{self.name} was not done within its deadline of {self.seconds} s{last}",
            request_id=self.request_id,
            attempts=self.attempts,
        )
