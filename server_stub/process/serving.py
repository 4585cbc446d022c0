"""The application on a socket: uvicorn, started and stopped together with everything else."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server_stub.api.state import ApiState
from server_stub.app import create_app, started
from server_stub.errors import StartupError
from server_stub.process.protocol import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from server_stub.runtime import Runtime
    from server_stub.settings import Settings

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 30
#: How long a stop waits for the requests of connections that were taken before it.
SETTLE_SECONDS = 1.0


class Server(uvicorn.Server):
    """Uvicorn on a socket that is bound already.

    Args:
        app: The application; its lifespan is ours, not uvicorn's.
        sock: Where to listen.
        grace: Seconds that requests have to finish when the server stops.

    Attributes:
        url: The address it answers at.
    """

    def __init__(self, app: FastAPI, sock: socket.socket, *, grace: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=max(1, round(grace)),
            )
        )
        self._sock = sock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._release: Callable[[], None] | None = None
        self._stopping = False
        self.url = address(sock)

    async def serve_until_stopped(self, release: Callable[[], None]) -> None:
        """Answer requests until `stop` is called; then finish those that run.

        Args:
            release: Called as soon as the stop is wanted: to end waits, and to tell that it is near.
        """
        self._loop, self._release = asyncio.get_running_loop(), release
        # Not `serve`: that gives signals back before our own parts are stopped.
        await self._serve(sockets=[self._sock])

    def abort(self, client: tuple[str, int] | None) -> None:
        """Break the connection that comes from an address, without a word."""
        for connection in self.server_state.connections:
            if isinstance(connection, HttpToolsProtocol) and connection.client == client:
                connection.transport.abort()

    def stop(self, *, after: float = 0, settle: float = 0) -> None:
        """Stop: begin nothing new, finish what runs. A second call stops at once. Any thread may call it.

        Args:
            after: Seconds for which connections are still taken. Whoever spreads requests over several
                servers has that long to notice that this one is not ready any more.
            settle: Seconds for which connections that were taken are still read: a client that was let in
                a moment ago is about to send its request.
        """
        if self._loop is None or self._release is None or self._stopping:
            self.force_exit = self._stopping
            self.should_exit = True
            return
        self._stopping = True
        self._loop.call_soon_threadsafe(self._release)
        self._loop.call_soon_threadsafe(self._loop.call_later, after, self._refuse)
        self._loop.call_soon_threadsafe(self._loop.call_later, after + settle, self._exit)

    def _refuse(self) -> None:
        for server in self.servers:
            server.close()

    def _exit(self) -> None:
        self.should_exit = True


def run(
    settings: Settings,
    *,
    on_app: Callable[[FastAPI], None] | None = None,
    sock: socket.socket | None = None,
    on_ready: Callable[[Server, Runtime], None] | None = None,
) -> None:
    """Run a server until it is stopped: by `Server.stop`, or in the main thread by SIGINT or SIGTERM.

    Args:
        settings: How it is set up.
        on_app: Called with the application before it starts, to add middleware of one's own.
        sock: A socket that listens, instead of one at the address that the settings name.
        on_ready: Called when it is about to take requests.

    Raises:
        StartupError: If something needed cannot be had.
    """
    sock = sock or bind(settings.host, settings.port)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, sock, on_app, on_ready))
    finally:
        sock.close()


async def _serve(
    settings: Settings,
    sock: socket.socket,
    on_app: Callable[[FastAPI], None] | None,
    on_ready: Callable[[Server, Runtime], None] | None,
) -> None:
    app = create_app(settings)
    if on_app is not None:
        on_app(app)
    server = Server(app, sock, grace=settings.shutdown_grace_seconds)
    if threading.current_thread() is threading.main_thread():
        _stop_on_signal(server, asyncio.current_task(), settings.shutdown_delay_seconds)
    async with started(app) as runtime:

        def release() -> None:
            ApiState.of(app).stopping = True
            runtime.services.listener.release()

        if on_ready is not None:
            on_ready(server, runtime)
        await server.serve_until_stopped(release)


def _stop_on_signal(server: Server, main: asyncio.Task[None] | None, delay: float) -> None:
    def stop(after: float) -> None:
        if server.started or main is None:
            server.stop(after=after, settle=SETTLE_SECONDS)
        else:
            main.cancel()  # still starting

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop, delay)
    # Somebody sits there and waits, or other processes take the connections already.
    loop.add_signal_handler(signal.SIGINT, stop, 0)
    loop.add_signal_handler(signal.SIGHUP, stop, 0)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: A name or an address, IPv4 or IPv6.
        port: 0 takes a free one.

    Raises:
        StartupError: If that is impossible, with what to do.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise StartupError(
            f"The host {host!r} is unknown. Use an address of this machine, such as 127.0.0.1 or 0.0.0.0."
        ) from None
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(place)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise StartupError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another one with --port (0 takes a "
            "free one) or --host."
        ) from None
    return sock


def address(sock: socket.socket) -> str:
    """Return the address to reach a listening socket at from this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
