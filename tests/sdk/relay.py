"""What stands between client and server: a proxy, or the end of an encrypted connection."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

__all__ = ["Traffic", "proxy", "relay"]


@dataclass
class Traffic:
    """What passed.

    Attributes:
        url: Where to connect to.
        asked: Request lines that a proxy got, without the HTTP version.
        seen: Bytes of the client that a proxy could read.
        most: The most connections there were at a time.
    """

    url: str
    asked: list[str] = field(default_factory=list)
    seen: bytearray = field(default_factory=bytearray)
    most: int = 0
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """Count a connection."""
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1


def _pass_on(client: socket.socket, server: socket.socket, seen: bytearray | None = None) -> None:
    """Copy both ways until one side closes."""
    other = {client: server, server: client}
    while True:
        pending = [client] if hasattr(client, "pending") and client.pending() else []
        for source in pending or select.select(list(other), [], [])[0]:
            try:
                data = source.recv(1 << 16)
                if not data:
                    return
                if seen is not None and source is client:
                    seen += data
                other[source].sendall(data)
            except OSError:
                return


@contextlib.contextmanager
def _serve(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that do not trust the certificate break off: nothing to report."""

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def relay(target: str, context: ssl.SSLContext | None = None) -> Iterator[Traffic]:
    """Pass connections on to a server, decrypting them when there is a context."""
    parts = urlsplit(target)
    traffic = Traffic("")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            client = context.wrap_socket(self.request, server_side=True) if context else self.request
            with (
                traffic.connection(),
                client,
                socket.create_connection((parts.hostname, parts.port or 80)) as server,
            ):
                _pass_on(client, server)

    with _serve(Handler) as port:
        traffic.url = f"https://localhost:{port}" if context else f"http://127.0.0.1:{port}"
        yield traffic


@contextlib.contextmanager
def proxy(credentials: str | None = None) -> Iterator[Traffic]:
    """A proxy for plain requests and, by ``CONNECT``, for encrypted ones; it may want a password."""
    traffic = Traffic("")
    wanted = credentials and f"proxy-authorization: basic {base64.b64encode(credentials.encode()).decode()}"

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                data = self.request.recv(1 << 16)
                if not data:
                    return
                head += data
            line, _, rest = head.partition(b"\r\n")
            method, address, _ = line.decode().split(" ")
            traffic.asked.append(f"{method} {address}")
            if wanted and wanted.lower() not in rest.decode("latin-1").lower():
                self.request.sendall(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
                )
                return
            parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
            with traffic.connection(), socket.create_connection((parts.hostname, parts.port or 80)) as server:
                if method == "CONNECT":
                    self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
                    # One request per connection: the next one may be for somebody else.
                    rest = rest.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
                    traffic.seen += rest
                    server.sendall(f"{method} {path} HTTP/1.1\r\n".encode() + rest)
                _pass_on(self.request, server, traffic.seen)

    with _serve(Handler) as port:
        traffic.url = f"http://{credentials + '@' if credentials else ''}127.0.0.1:{port}"
        yield traffic
