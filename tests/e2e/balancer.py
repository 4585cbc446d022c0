"""A load balancer: every request goes to the next server in rotation.

Nothing sticks a client to a server, so that two requests in a row nearly always meet two releases.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 65_536
_BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Balancer:
    """Passes each request on, on a connection of its own; runs in a thread.

    Attributes:
        url: Where it answers.
        served: Address of a server → how many requests it got.
    """

    def __init__(self) -> None:
        self.url = ""
        self.served: dict[str, int] = {}
        self._rotation: tuple[str, ...] = ()
        self._turns = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds them but weakly
        self._ready = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="balancer")

    def add(self, url: str) -> None:
        """Give a server its share from now on."""
        self._rotation = (*self._rotation, url)

    def remove(self, url: str) -> None:
        """Send a server nothing new."""
        self._rotation = tuple(each for each in self._rotation if each != url)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(patient(30))
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop()
        self._thread.join(patient(30))

    async def _run(self) -> None:
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await stopped.wait()
        server.close()

    def _accept(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(client, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await client.readuntil(b"\r\n\r\n")
                await self._pass_on(head, client, answer)
        finally:
            answer.close()

    async def _pass_on(self, head: bytes, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        rotation = self._rotation
        turn = next(self._turns)
        for number in range(len(rotation)):  # a server that is not there costs nothing: ask the next one
            url = rotation[(turn + number) % len(rotation)]
            place = urlsplit(url)
            try:
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
            except ConnectionRefusedError:
                continue
            self.served[url] = self.served.get(url, 0) + 1
            try:
                await self._exchange(head, client, answer, reader, writer)
            finally:
                writer.close()
            return
        answer.write(_BAD_GATEWAY)
        await answer.drain()

    async def _exchange(
        self,
        head: bytes,
        client: asyncio.StreamReader,
        answer: asyncio.StreamWriter,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([*lines, b"connection: close", b"", b""]))
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        with suppress(ConnectionError):  # it has answered already, and wants no more
            writer.write(await client.readexactly(length))
            await writer.drain()
        while piece := await reader.read(_PIECE):
            answer.write(piece)
        await answer.drain()
