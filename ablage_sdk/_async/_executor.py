"""Sends operations: the loop of attempts, versions and credentials."""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, TypeVar

from ablage_sdk import _policies as policies
from ablage_sdk import _telemetry as telemetry
from ablage_sdk._async._forms import form
from ablage_sdk._call import Call
from ablage_sdk._concurrency import AsyncRuntime
from ablage_sdk._core import Credentials
from ablage_sdk._deprecation import announcement, warn
from ablage_sdk._exceptions import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
)
from ablage_sdk._http_request import HTTPRequest
from ablage_sdk._requests import BASE_HEADERS, build
from ablage_sdk._response import Answer, ResponseInfo
from ablage_sdk._v1 import cursor_version, downgrade, lost_cursor, unsupported

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ablage_sdk._concurrency import AsyncMutex
    from ablage_sdk._core import Core
    from ablage_sdk._exceptions import AblageError
    from ablage_sdk._http_response import AsyncHTTPResponse, AsyncSend
    from ablage_sdk._models.auth import Token
    from ablage_sdk._operation import Operation
    from ablage_sdk._options import Options
    from ablage_sdk._transport import AsyncTransport

T = TypeVar("T")

logger = logging.getLogger("ablage_sdk")


class AsyncExecutor:
    """Sends operations with the options of one client.

    Args:
        core: What all variants of the client share.
        options: Those of this variant.
        answers: Holds the last answer that a result was read from.
    """

    def __init__(
        self,
        core: Core[AsyncTransport, AsyncMutex, AsyncSend],
        options: Options,
        answers: list[Answer] | None = None,
    ) -> None:
        self.core = core
        self.options = options
        self._answers = answers

    def recording(self, answers: list[Answer]) -> AsyncExecutor:
        """Return the same executor, which keeps its last answer in a list."""
        return AsyncExecutor(self.core, self.options, answers)

    def record(self, answer: Answer) -> None:
        """Keep an answer as the last one, where somebody asked for that."""
        if self._answers is not None:
            self._answers[:] = (answer,)

    async def run(self, operation: Operation[T]) -> T:
        """Send an operation and read its result.

        Raises:
            APIStatusError: The server answered with an error.
            APIConnectionError: No complete answer arrived.
            ResponseValidationError: The answer is not what the API promises.
            UnsupportedByServer: The server speaks only v1, which cannot express the call.
        """
        answer, wire, _ = await self._traced(operation, streamed=False)
        self.record(answer)
        return wire.read(answer)

    async def stream(self, operation: Operation[T]) -> tuple[ResponseInfo, AsyncHTTPResponse]:
        """Send an operation and return when the headers of a successful answer are there."""
        answer, _, stream = await self._traced(operation, streamed=True)
        self.record(answer)
        assert stream is not None  # noqa: S101 - streamed answers have one
        return answer.info, stream

    async def _traced(
        self, operation: Operation[T], *, streamed: bool
    ) -> tuple[Answer, Operation[T], AsyncHTTPResponse | None]:
        tracer = telemetry.tracer()
        if tracer is None:
            return await self._send(operation, streamed=streamed, trace_headers=None)
        with telemetry.span(tracer, operation, self.core.settings.base_url):
            sent = await self._send(operation, streamed=streamed, trace_headers=telemetry.trace_headers())
            telemetry.record(sent[0].info)
            return sent

    async def _send(
        self, operation: Operation[T], *, streamed: bool, trace_headers: Mapping[str, str] | None
    ) -> tuple[Answer, Operation[T], AsyncHTTPResponse | None]:
        core = self.core
        call = Call(operation, self.options, core.request_id(), trace_headers)
        # A cursor means something to one version only, whatever else the server speaks.
        version = cursor_version(operation.query) or core.version or policies.V2
        if core.version is None and not call.replayable and operation.versioned:
            version = await self._ask_version()
        while True:
            wire = operation if version == policies.V2 else downgrade(operation)
            call.attempts += 1
            credentials = core.credentials
            if call.authenticated and credentials.is_stale:
                await self.renew(credentials)
                credentials = core.credentials
            stream: AsyncHTTPResponse | None = None
            try:
                request = self._request(wire, version, call)
                answer, stream = await self._attempt(wire, request, call, streamed=streamed)
            except APIConnectionError as exc:
                error: AblageError = exc
                exc.request_id, exc.attempts = call.request_id, call.attempts
            else:
                if operation.accepts(answer.info.status_code):
                    self._observe(operation, version, answer.info)
                    return answer, wire, stream
                other = self._other_version(operation, version, answer, call)
                if other is not None:
                    core.version = version = other
                    continue
                error = policies.status_error(answer, call=operation.name)
                if await self._renewed(error, credentials, call):
                    continue
            await self._pause(error, call)

    def _other_version(self, operation: Operation[T], version: str, answer: Answer, call: Call) -> str | None:
        """Return the version to try, when an answer says that the server lacks this one.

        Raises:
            UnsupportedByServer: The call means nothing in the other one, or the server has nothing like it.
        """
        if not operation.versioned:
            return None
        other = policies.next_version(version, answer)
        if other is None:
            if version == policies.V1 and policies.lacks_address(answer):
                raise unsupported(operation, operation.name) from policies.status_error(
                    answer, call=operation.name
                )
            return None
        self.core.learn_release(answer.info.headers)
        if call.unsure is not None and not self.core.honours_keys:
            raise call.unsure  # a release without keys could do it a second time
        if cursor_version(operation.query) is not None:
            self.core.version = other
            raise lost_cursor(operation, version)
        if not call.may_try(other):
            return None
        logger.info("the server does not speak API %s; using %s", version, other)
        return other

    async def _attempt(
        self, wire: Operation[T], request: HTTPRequest, call: Call, *, streamed: bool
    ) -> tuple[Answer, AsyncHTTPResponse | None]:
        upload = wire.upload
        pieces: AsyncGenerator[bytes] | None = None
        if upload is not None:
            request.content = pieces = form(upload)
        try:
            stream = await self.core.send(request)
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
        if streamed and wire.accepts(info.status_code):
            return Answer(info, b""), stream
        return Answer(info, await stream.read()), None

    def _request(self, wire: Operation[T], version: str, call: Call) -> HTTPRequest:
        options, core = self.options, self.core
        authorization = core.credentials.header() if wire.authenticated else None
        if wire.authenticated and authorization is None:
            msg = "no API key: pass api_key=…, set ABLAGE_API_KEY, or call auth.login() first"
            raise ConfigurationError(msg)
        timeout = options.timeout.extended(wire.extra_read_time) if wire.extra_read_time else options.timeout
        if call.deadline is not None:
            left = call.deadline - time.perf_counter()
            if left <= 0:
                raise call.too_late(None)
            timeout = timeout.within(left)
        return build(
            wire,
            url=wire.url(core.settings.base_url, version),
            options=options,
            timeout=timeout,
            authorization=authorization,
            request_id=call.request_id,
            idempotency_key=call.idempotency_key,
            trace_headers=call.trace_headers,
        )

    def _observe(self, operation: Operation[T], version: str, info: ResponseInfo) -> None:
        """Learn from a successful answer."""
        core, headers = self.core, info.headers
        core.budget.success()
        if operation.versioned:
            core.version = policies.preferred_version(version, headers)
            core.learn_release(headers)
        if "deprecation" in headers or "sunset" in headers or "x-api-deprecation" in headers:
            message = announcement(operation.name, headers)
            with core.warned_lock:
                known = operation.name in core.warned
                core.warned.add(operation.name)
            if message is not None and not known:
                warn(message)

    async def renew(self, credentials: Credentials) -> Token:
        """Renew a login, unless another call did it meanwhile.

        Args:
            credentials: Those found to be expired.
        """
        from ablage_sdk._endpoints import auth  # noqa: PLC0415 - most programs have no login

        core = self.core
        async with core.renewal:
            current = core.credentials
            if current.token is not None and current is not credentials:
                return current.token
            if current.refresh_token is None:
                msg = "nobody is logged in; call auth.login() first"
                raise ConfigurationError(msg)
            try:
                token = await self.run(auth.REFRESH(json={"refresh_token": current.refresh_token}))
            except AuthenticationError as exc:
                exc.add_note("The login has ended; call auth.login() again.")
                raise
            core.credentials = Credentials.of(token, current.api_key, current.refresh_token)
            return token

    async def _renewed(self, error: AblageError, credentials: Credentials, call: Call) -> bool:
        """Renew the login that the server found expired; tell whether to try again."""
        expired = isinstance(error, APIStatusError) and error.code == "AUTH_TOKEN_EXPIRED"
        if not expired or call.renewed or not call.replayable or not call.authenticated:
            return False
        if credentials.access_token is None or credentials.refresh_token is None:
            return False
        call.renewed = True
        await self.renew(credentials)
        return True

    async def _pause(self, error: AblageError, call: Call) -> None:
        """Wait before the next attempt, or raise the error when there is to be none."""
        honours_keys = self.core.honours_keys
        if call.retries >= self.options.max_retries or not policies.may_retry(
            error, call.method, honours_keys=honours_keys
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
        if not policies.may_retry(error, call.method, honours_keys=False):
            call.unsure = error
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
            {**BASE_HEADERS, "x-request-id": core.request_id()},
            self.options.timeout,
        )
        stream = await core.send(request)
        await stream.read()
        core.version = policies.announced_version(stream.status_code, stream.headers)
        return core.version or policies.V2
