"""`ablage-server serve` sends its spans where the usual variables of OpenTelemetry say."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx

from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.processes import Shell


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Give the address of a collector, and what it gets: paths and bodies."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is given
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, name="collector", daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", got
        http.shutdown()


def test_spans_reach_the_collector_under_the_name_of_the_server(shell: Shell) -> None:
    with collector() as (address, got):
        server = shell.serve(OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="200")
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        headers = {
            "X-API-Key": str(server.told["api_key"]),
            "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01",
        }
        assert httpx.get(f"{server.url}/api/v2/documents", headers=headers, timeout=60).status_code == 200
        until(lambda: [body for _, body in got if bytes.fromhex(trace_id) in body], "the trace arrives")
        assert {path for path, _ in got} == {"/v1/traces"}
        named = (b"ablage-server", b"GET /api/v2/documents")
        until(lambda: [body for _, body in got if all(name in body for name in named)], "its names arrive")
        assert server.interrupt() == 0
