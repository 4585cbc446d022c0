"""A server that does nothing but answer, so that only the client's own time is measured.

A path with ``/pending`` in it is a document whose recognition does not end; the answer is never held.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A document of 2 KB, as `GET /api/v2/documents/{id}` answers it.
DOCUMENT: dict[str, object] = {
    "id": "0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11",
    "filename": "rechnung-2026-0815.pdf",
    "status": "completed",
    "user_id": "0199d6a2-0000-7b1e-9d2a-1c9a5f0e7b00",
    "size": 48213,
    "mime_type": "application/pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "page_count": 2,
    "document_type": "invoice",
    "language": "de",
    "ocr_backend": "text-layer",
    "extracted_text": "Rechnung Nr. 2026-0815 über 1.190,00 € zahlbar bis zum 30. November. " * 9,
    "confidence_score": 0.9987,
    "ocr_result": {
        "version": "2.0",
        "text": "Rechnung Nr. 2026-0815",
        "confidence": 0.9987,
        "backend": "text-layer",
        "metadata": {"language": "de", "pages": 2, "processing_time": 0.042, "coverage": 0.98},
        "blocks": [
            {
                "text": f"Wort{n}",
                "bbox": [72.0, 90.5, 120.25, 101.0],
                "confidence": 0.9987,
                "type": "text",
                "page": 1,
            }
            for n in range(6)
        ],
    },
    "tags": ["rechnung", "2026"],
    "metadata": {"kunde": "4711"},
    "error": None,
    "created_at": "2026-11-20T08:15:00.123456Z",
    "updated_at": "2026-11-20T08:15:02.654321Z",
    "completed_at": "2026-11-20T08:15:02.654321Z",
}


def _answer(document: dict[str, object]) -> bytes:
    body = json.dumps(document).encode()
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-api-version: 2.0\r\n"
        b"x-api-supported-versions: 1.0, 2.0\r\nx-request-id: r-1\r\nx-ratelimit-limit: 600\r\n"
        b'x-ratelimit-remaining: 599\r\nx-ratelimit-reset: 1795430000\r\netag: "abc"\r\n'
        b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )


_ANSWER = _answer(DOCUMENT)
_PENDING = _answer({**DOCUMENT, "status": "pending", "ocr_result": None, "completed_at": None})
_CREATED = _ANSWER.replace(b"200 OK", b"201 Created", 1)


class _Connection(asyncio.Protocol):
    transport: asyncio.WriteTransport
    _head = b""
    _missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
            if self._missing <= 0:
                self._missing = 0
                self.transport.write(_CREATED)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        self._head = b""
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if length > len(rest):
            self._missing = length - len(rest)
        else:
            pending = b"/pending" in head.partition(b"\r\n")[0]
            self.transport.write(_CREATED if length else _PENDING if pending else _ANSWER)


async def _serve(listener: socket.socket) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, sock=listener)
    await server.serve_forever()


@contextlib.contextmanager
def responder() -> Iterator[str]:
    """Run the server in a process of its own; yield its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._responder", str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))
