"""Several processes that answer at one address: started, watched, replaced one by one, stopped together.

The parent holds the socket and the embedded PostgreSQL and answers nothing itself. A connection goes to
whichever child takes it first; one that nobody takes yet waits in the socket, so that none is refused while
children come and go.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from prometheus_client.multiprocess import mark_process_dead

from server_stub import runtime
from server_stub.errors import StartupError
from server_stub.observability.logs import get_logger
from server_stub.process import serving
from server_stub.settings import as_environment

if TYPE_CHECKING:
    import socket
    from asyncio.subprocess import Process
    from collections.abc import Callable, Collection, Mapping

    from server_stub.runtime import Runtime
    from server_stub.settings import Settings

log = get_logger(__name__)

#: Seconds before a child that died is replaced: one that dies at once must not keep the machine busy.
RESTART_AFTER = 1.0
#: Seconds that a child may take beyond its own limits to end before it is killed.
PATIENCE = 30.0


def run(settings: Settings, given: Mapping[str, object], *, on_ready: Callable[[str, Runtime], None]) -> None:
    """Run `Settings.workers` processes until SIGINT or SIGTERM; SIGHUP replaces them one after the other.

    Args:
        settings: How the server is set up.
        given: What of that was given on the command line; the rest the children read themselves.
        on_ready: Called with the address when all processes take requests.

    Raises:
        StartupError: If something needed cannot be had.
    """
    sock = serving.bind(settings.host, settings.port)
    try:
        with tempfile.TemporaryDirectory(prefix="ablage-metrics-") as metrics:
            asyncio.run(_run(settings, given, sock, metrics, on_ready))
    finally:
        sock.close()


async def _run(
    settings: Settings,
    given: Mapping[str, object],
    sock: socket.socket,
    metrics: str,
    on_ready: Callable[[str, Runtime], None],
) -> None:
    environment = {**os.environ, **as_environment(given), "PROMETHEUS_MULTIPROC_DIR": metrics}
    supervisor = Supervisor(settings, sock, environment)
    supervisor.obey_signals(asyncio.current_task())
    if settings.rate_limit and settings.redis_dsn is None:
        log.warning("Each process counts rate limits by itself. Set REDIS_DSN to count across all of them.")
    async with runtime.prepared(settings) as prepared:
        await supervisor.run(lambda: on_ready(serving.address(sock), prepared))


class Supervisor:
    """Keeps some processes running.

    Args:
        settings: How the server is set up.
        sock: Where all of them listen.
        environment: Their environment variables.
    """

    def __init__(self, settings: Settings, sock: socket.socket, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._sock = sock
        self._environment = environment
        self._children: dict[int, Process] = {}
        self._running: set[Process] = set()
        self._stopped = asyncio.Event()
        self._rolling: asyncio.Task[None] | None = None

    def obey_signals(self, main: asyncio.Task[None] | None) -> None:
        """Take SIGINT, SIGTERM and SIGHUP; a signal that comes while all is still starting ends that."""

        def stop(number: signal.Signals) -> None:
            if self._children or main is None:
                self.stop(number)
            else:
                main.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        loop.add_signal_handler(signal.SIGHUP, self.replace)

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start all processes and keep as many running until `stop`.

        Raises:
            StartupError: If one does not start.
        """
        places = range(self._settings.workers)
        keeping: list[asyncio.Task[None]] = []
        try:
            started = await asyncio.gather(*(self._start(place) for place in places))
            self._children.update(enumerate(started))
            on_ready()
            keeping += [asyncio.create_task(self._keep(place)) for place in places]
            await self._stopped.wait()
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            if not self._stopped.is_set():
                self.stop()
            await self._end(self._running)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Let all processes finish what they do and end; a second time, let them drop it."""
        if self._rolling is not None:
            self._rolling.cancel()
        self._stopped.set()
        for child in self._running:
            _send(child, number)

    def replace(self) -> None:
        """Replace all processes one after the other: the new one answers before the old one stops."""
        if self._children and not self._stopped.is_set() and (self._rolling is None or self._rolling.done()):
            self._rolling = asyncio.create_task(self._replace())

    async def _replace(self) -> None:
        for place in sorted(self._children):
            try:
                new = await self._start(place)
            except (StartupError, OSError) as error:
                log.error("A new process did not start; the old ones stay.", reason=str(error))  # noqa: TRY400
                return
            old, self._children[place] = self._children[place], new
            _send(old, signal.SIGHUP)  # it leaves new connections to the others
            await self._end({old})
        log.info("All processes were replaced.", processes=len(self._children))

    async def _keep(self, place: int) -> None:
        while True:
            child = self._children[place]
            status = await child.wait()
            self._running.discard(child)
            mark_process_dead(child.pid, self._environment["PROMETHEUS_MULTIPROC_DIR"])  # type: ignore[no-untyped-call]  # the library's
            while self._children[place] is child:  # otherwise it was replaced on purpose
                log.warning("A process died; another takes its place.", pid=child.pid, status=status)
                await asyncio.sleep(RESTART_AFTER)
                with suppress(StartupError, OSError):  # nor must a machine without memory be given up
                    new = await self._start(place)
                    if self._children[place] is child:
                        self._children[place] = new
                    else:  # replaced on purpose meanwhile
                        _send(new, signal.SIGTERM)
                        await self._end({new})
                        self._running.discard(new)

    async def _start(self, place: int) -> Process:
        """Start a process and return it once it takes requests.

        Raises:
            StartupError: It ended before.
        """
        documents, rest = divmod(self._settings.worker_concurrency, self._settings.workers)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server_stub.process.child", str(self._sock.fileno()),
            env={**self._environment, "ABLAGE_WORKER_CONCURRENCY": str(documents + (place < rest))},
            stdin=asyncio.subprocess.PIPE,  # its end tells the child that its parent died
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[self._sock.fileno()],
            start_new_session=True,  # Ctrl-C in a terminal is for the parent, who tells its children
        )  # fmt: skip
        self._running.add(child)
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        if await child.stdout.readline():
            return child
        status = await child.wait()
        self._running.discard(child)
        raise StartupError(f"A process of the server ended with status {status} as it started.")

    async def _end(self, children: Collection[Process]) -> None:
        """Wait until processes that were told to stop have ended; kill what hangs."""
        settings = self._settings
        limit = settings.shutdown_delay_seconds + 2 * settings.shutdown_grace_seconds + PATIENCE
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await asyncio.gather(*(child.wait() for child in children))
        for child in children:
            _send(child, signal.SIGKILL)
        await asyncio.gather(*(child.wait() for child in children))


def _send(child: Process, number: signal.Signals) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.send_signal(number)
