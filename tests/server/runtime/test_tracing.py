"""Spans of the server: a client's trace goes on in it, and leads to the recognition and to the webhook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

Json = dict[str, Any]

#: In a process of its own: a tracer provider is set once, and then for all.
PROGRAM = """
import io, json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

from reportlab.pdfgen.canvas import Canvas
from server_stub.testing import AblageServer, WebhookReceiver, until

file = io.BytesIO()
canvas = Canvas(file)
canvas.drawString(100, 700, "Streng vertraulich")
canvas.save()
with WebhookReceiver() as receiver, AblageServer() as server, server.sdk() as sdk:
    webhook = sdk.webhooks.create(receiver.url, ["document.processed"])
    with trace.get_tracer("program").start_as_current_span("program") as program:
        document = sdk.documents.upload(file.getvalue(), filename="geheim.pdf")
    sdk.documents.wait_for_completion(document.id)
    sdk.documents.get(document.id)
    list(sdk.documents.search("vertraulich"))
    sdk.documents.list(limit=1)
    until(lambda: receiver.received, "the webhook arrives")
    [got] = receiver.received
    key = server.api_key
until(lambda: [s for s in exporter.get_finished_spans() if s.name == "deliver webhook"], "its span ends")
print(json.dumps({
    "spans": [json.loads(span.to_json()) for span in exporter.get_finished_spans()],
    "trace_id": format(program.get_span_context().trace_id, "032x"),
    "document": document.id, "key": key, "secret": webhook.secret,
    "received": {"traceparent": got.headers.get("traceparent"), "data": got.event["data"]},
}, default=str))
"""


@pytest.fixture(scope="module")
def seen() -> Json:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: Json = json.loads(done.stdout)
    return told


def named(seen: Json, name: str) -> list[Json]:
    return [span for span in seen["spans"] if span["name"] == name]


def test_the_trace_of_a_client_goes_on_in_the_server(seen: Json) -> None:
    [upload] = named(seen, "POST /api/v2/documents/upload")
    assert upload["context"]["trace_id"] == f"0x{seen['trace_id']}"
    assert upload["kind"] == "SpanKind.SERVER"
    client = next(span for span in seen["spans"] if span["context"]["span_id"] == upload["parent_id"])
    assert client["kind"] == "SpanKind.CLIENT"
    assert upload["attributes"]["http.response.status_code"] == 201
    assert upload["attributes"]["ablage.request_id"] == client["attributes"]["ablage.request_id"]
    queries = [span for span in seen["spans"] if span["parent_id"] == upload["context"]["span_id"]]
    assert {"INSERT", "SELECT"} <= {query["name"] for query in queries}


def test_short_reads_have_their_route_and_their_query(seen: Json) -> None:
    for name in ("GET /api/v2/documents/{document_id}", "GET /api/v2/documents"):
        span = named(seen, name)[-1]
        assert span["attributes"]["http.route"] == name.removeprefix("GET ")
        assert [one for one in seen["spans"] if one["parent_id"] == span["context"]["span_id"]]


def test_recognition_and_delivery_are_linked_to_what_gave_rise_to_them(seen: Json) -> None:
    [upload] = named(seen, "POST /api/v2/documents/upload")
    [recognition] = named(seen, "recognize")
    [delivery] = named(seen, "deliver webhook")
    assert recognition["attributes"]["ablage.document_id"] == seen["document"]
    assert [link["context"]["span_id"] for link in recognition["links"]] == [upload["context"]["span_id"]]
    assert [link["context"]["span_id"] for link in delivery["links"]] == [recognition["context"]["span_id"]]
    assert delivery["attributes"]["ablage.outcome"] == "delivered"
    assert seen["received"]["traceparent"].split("-")[2] == delivery["context"]["span_id"].removeprefix("0x")
    assert seen["received"]["data"].keys() == {"document"}


def test_no_span_holds_a_secret_or_what_a_document_says(seen: Json) -> None:
    written = json.dumps(seen["spans"])
    for secret in (seen["key"], seen["secret"], "vertraulich", "geheim"):
        assert secret not in written


def test_nothing_is_loaded_or_sent_when_nobody_wants_spans() -> None:
    program = """
import sys
import server_stub.app
from server_stub.observability import tracing
tracing.configure()
assert tracing.tracer() is None
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_wanting_spans_without_the_library_is_told_in_a_line() -> None:
    program = """
import sys
sys.modules["opentelemetry.sdk.resources"] = None  # as if it were not installed
from server_stub.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--port", "0"],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install 'ablage-sdk[server,otel]'" in done.stderr
    assert "Traceback" not in done.stderr
