"""How far one call is: the state of the loop of attempts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ablage_sdk._exceptions import APITimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk._exceptions import AblageError
    from ablage_sdk._operation import Operation
    from ablage_sdk._options import Options

__all__ = ["Call"]


class Call:
    """How far one call is."""

    def __init__(
        self,
        operation: Operation[object],
        options: Options,
        request_id: str,
        trace_headers: Mapping[str, str] | None,
    ) -> None:
        self.method = operation.method
        self.name = operation.name
        self.authenticated = operation.authenticated
        self.request_id = request_id
        self.trace_headers = trace_headers
        self.idempotency_key = operation.idempotency_key or request_id
        self.replayable = operation.upload is None or operation.upload.source.replayable
        self.started = time.perf_counter()
        self.seconds = options.deadline
        self.deadline = None if options.deadline is None else self.started + options.deadline
        self.attempts = 0
        self.retries = 0
        self.renewed = False
        self.unsure: AblageError | None = None  # of an attempt that may have been done all the same
        self._tried: set[str] = set()

    def may_try(self, version: str) -> bool:
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
