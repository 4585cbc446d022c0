"""A receiver of webhooks, for tests of what a server sends."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """One request that arrived.

    Attributes:
        headers: Its headers, by lower-case name.
        body: Its body, as it arrived.
        event: The body, parsed.
    """

    headers: dict[str, str]
    body: bytes
    event: dict[str, object] = field(repr=False)


class WebhookReceiver:
    """An HTTP server that keeps the webhooks it gets.

    ::

        with WebhookReceiver() as receiver:
            sdk.webhooks.create(receiver.url, ["document.processed"])

    Args:
        answer: Decides on the status code of each answer; it may block, to be slow.

    Attributes:
        url: Where to send webhooks to.
        received: What arrived so far.
    """

    def __init__(self, answer: Callable[[ReceivedWebhook], int] = lambda _webhook: 204) -> None:
        self.url = ""
        self.received: list[ReceivedWebhook] = []
        self.answer = answer
        self._http: ThreadingHTTPServer | None = None

    def types(self) -> list[object]:
        """Return the types of the events that arrived, in order."""
        return [webhook.event["type"] for webhook in list(self.received)]

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                webhook = ReceivedWebhook(headers, body, json.loads(body))
                receiver.received.append(webhook)
                status = receiver.answer(webhook)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # the sender did not wait

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is given
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.url = f"http://127.0.0.1:{self._http.server_port}/hook"
        threading.Thread(target=self._http.serve_forever, name="webhook-receiver", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
