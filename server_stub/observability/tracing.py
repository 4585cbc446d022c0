"""OpenTelemetry spans of requests, queries, recognitions and webhooks, when there is a place for them to go.

Requests get theirs from FastAPI, with the client's ``traceparent`` continued. What happens later, in a job or
a delivery, is a trace of its own, linked to the span that gave rise to it. Without a tracer provider nothing
of this is more than a look at a variable.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa
from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from server_stub.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.trace import Link, Span, Tracer
    from sqlalchemy.ext.asyncio import AsyncEngine

Attributes: TypeAlias = "Mapping[str, str | int]"

_NAME = "server_stub"
_W3C = TraceContextTextMapPropagator()
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def configure() -> None:
    """Send spans to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says, if it says so.

    Raises:
        SettingsError: What is needed for that is not installed.
    """
    if not any(map(os.environ.get, _ENDPOINTS)) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - only in use
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise SettingsError(
            f"{' or '.join(_ENDPOINTS)} is set, but OpenTelemetry is not installed. Run: "
            "pip install 'ablage-sdk[server,otel]', or delete the variable."
        ) from None
    service = {"service.version": version("ablage-sdk")}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        service["service.name"] = "ablage-server"
    provider = TracerProvider(resource=Resource.create(service))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def tracer() -> Tracer | None:
    """Return the tracer; ``None`` when spans would go nowhere."""
    if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
        return None
    return trace.get_tracer(_NAME)


def annotate(attributes: Attributes, *, name: str | None = None) -> None:
    """Add to the span that is open here, if there is one.

    Args:
        attributes: What is known now.
        name: A better name for it.
    """
    current = trace.get_current_span()
    if current.is_recording():
        current.set_attributes(attributes)
        if name is not None:
            current.update_name(name)


def traceparent() -> str | None:
    """Return what links a later span to the one that is open here (W3C Trace Context)."""
    return headers().get("traceparent")


def headers() -> dict[str, str]:
    """Return the headers that continue the trace at whoever is called."""
    carrier: dict[str, str] = {}
    if trace.get_current_span().is_recording():
        _W3C.inject(carrier)
    return carrier


@contextmanager
def span(
    name: str, attributes: Attributes, *, kind: SpanKind = SpanKind.CONSUMER, cause: str | None = None
) -> Iterator[None]:
    """Open the first span of a trace of its own, for as long as the block runs.

    Args:
        name: Its name.
        attributes: What is known at its beginning.
        kind: Its kind.
        cause: The `traceparent` of the span that gave rise to it.
    """
    found = tracer()
    if found is None:
        yield
        return
    with found.start_as_current_span(
        name, context=trace.set_span_in_context(trace.INVALID_SPAN), kind=kind, attributes=attributes,
        links=_links(cause), record_exception=False, set_status_on_exception=False,
    ) as opened:  # fmt: skip
        try:
            yield
        except Exception as error:
            opened.set_status(trace.StatusCode.ERROR, type(error).__name__)  # its text may hold values
            raise


@contextmanager
def query(sql: str) -> Iterator[None]:
    """Open a span for a query within the span that is open here; without one, there is none."""
    opened = _begin_query(sql)
    try:
        yield
    finally:
        if opened is not None:
            opened.end()


def watch(engine: AsyncEngine) -> None:
    """Make spans of the queries that an engine runs within other spans."""
    if tracer() is None:
        return

    def before(
        _conn: sa.Connection, _cursor: object, sql: str, _values: object, context: object, _many: object
    ) -> None:
        setattr(context, _NAME, _begin_query(sql))

    def after(
        _conn: sa.Connection, _cursor: object, _sql: str, _values: object, context: object, _many: object
    ) -> None:
        opened: Span | None = getattr(context, _NAME, None)
        if opened is not None:
            opened.end()

    def failed(context: sa.engine.ExceptionContext) -> None:
        opened: Span | None = getattr(context.execution_context, _NAME, None)
        if opened is not None:
            opened.set_status(Status(StatusCode.ERROR, type(context.original_exception).__name__))
            opened.end()

    sa.event.listen(engine.sync_engine, "before_cursor_execute", before)
    sa.event.listen(engine.sync_engine, "after_cursor_execute", after)
    sa.event.listen(engine.sync_engine, "handle_error", failed)


def _begin_query(sql: str) -> Span | None:
    if not trace.get_current_span().is_recording():
        return None  # what nobody asked for, such as looking for work, would only be noise
    operation = sql.split(maxsplit=1)[0].upper()
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.text": sql.strip(),
    }
    return trace.get_tracer(_NAME).start_span(operation, kind=SpanKind.CLIENT, attributes=attributes)


def _links(cause: str | None) -> list[Link]:
    found = trace.get_current_span(_W3C.extract({"traceparent": cause or ""})).get_span_context()
    return [trace.Link(found)] if found.is_valid else []
