"""OpenTelemetry spans, when the program uses OpenTelemetry.

Nothing is imported for it: a program that has not imported ``opentelemetry.trace`` and set a tracer provider
has nowhere for spans to go.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ablage_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.trace import Span, Tracer

    from ablage_sdk._operation import Operation
    from ablage_sdk._response import ResponseInfo

__all__ = ["record", "span", "trace_headers", "tracer"]


def tracer() -> Tracer | None:
    """Return the tracer; ``None`` when spans would go nowhere."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    found: Tracer = trace.get_tracer("ablage_sdk", __version__)
    return found


@contextmanager
def span(found: Tracer, operation: Operation[object], base_url: str) -> Generator[Span]:
    """Open a span for a call with all its attempts."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - only where it is in use

    parts = urlsplit(base_url)
    attributes: dict[str, str | int] = {
        "ablage.operation": operation.name,
        "http.request.method": operation.method,
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }
    with found.start_as_current_span(
        f"ablage {operation.name}", kind=SpanKind.CLIENT, attributes=attributes
    ) as current:
        yield current


def record(info: ResponseInfo) -> None:
    """Add what is known of the answer to the current span."""
    from opentelemetry import trace  # noqa: PLC0415 - only where it is in use

    current = trace.get_current_span()
    current.set_attribute("http.response.status_code", info.status_code)
    current.set_attribute("http.request.resend_count", info.attempts - 1)
    current.set_attribute("ablage.request_id", info.request_id or "")


def trace_headers() -> dict[str, str]:
    """Return the headers that continue the trace on the server (``traceparent``)."""
    from opentelemetry.propagate import inject  # noqa: PLC0415 - only where it is in use

    headers: dict[str, str] = {}
    inject(headers)
    return headers
