"""Puts faults and the journal into a server: one layer before everything, one behind the gateway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from server_stub.api.errors import HTTPError
from server_stub.testing import faults as kinds
from server_stub.testing.journal import KEPT_BODY, ReceivedRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server_stub.testing.faults import Faults
    from server_stub.testing.journal import Journal

    #: Breaks the connection that a request came over.
    Abort: TypeAlias = Callable[[Scope], None]

_REFUSAL = "ablage.testing.refusal"
_PARTS = 10


class Interceptor:
    """ASGI middleware before everything: what happens on the way to the server and back.

    Args:
        app: The application.
        faults: What goes wrong.
        journal: Where requests are noted.
        abort: Breaks connections.
    """

    def __init__(self, app: ASGIApp, *, faults: Faults, journal: Journal, abort: Abort) -> None:
        self.app = app
        self._faults = faults
        self._journal = journal
        self._abort = abort

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _request(scope)
        self._journal.add(request)

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
            await send(message)

        async def noting_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(request.body) < KEPT_BODY:
                request.body += message.get("body", b"")[: KEPT_BODY - len(request.body)]
            return message

        out: Send = noting_send
        for action in self._faults.due(request.method, request.path):
            if isinstance(action, kinds.Delay):
                await asyncio.sleep(action.seconds)
            elif isinstance(action, kinds.Dribble):
                out = _dribbling(out, action.seconds)
            elif isinstance(action, kinds.Change):
                out = _changing(out, action.function)
            else:
                await self._instead(action, scope, noting_receive, out)
                return
        await self.app(scope, noting_receive, out)

    async def _instead(
        self,
        action: kinds.ServerError | kinds.ProxyAnswer | kinds.Cut,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        match action:
            case kinds.ServerError():
                scope[_REFUSAL] = action
                await self.app(scope, receive, send)
            case kinds.ProxyAnswer():
                await _answer(action, send)
            case kinds.Cut("within"):
                await self.app(scope, receive, self._cutting(scope, send))
            case kinds.Cut(when):
                if when == "after":
                    await self.app(scope, receive, _nowhere)
                self._abort(scope)
                # Who returns earlier is told to have forgotten the answer.
                while (await receive())["type"] != "http.disconnect":
                    pass

    def _cutting(self, scope: Scope, send: Send) -> Send:
        async def half(message: Message) -> None:
            if message["type"] == "http.response.body":
                body = message.get("body", b"")
                await send({**message, "body": body[: len(body) // 2], "more_body": True})
                self._abort(scope)
            else:
                await send(message)

        return half


class Refuser:
    """ASGI middleware behind the gateway: lets the server answer with an error in its own way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        refusal: kinds.ServerError | None = scope.get(_REFUSAL)
        if refusal is not None:
            raise HTTPError(refusal.message, code=refusal.code, headers=refusal.headers)
        await self.app(scope, receive, send)


def _request(scope: Scope) -> ReceivedRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return ReceivedRequest(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers)


async def _answer(answer: kinds.ProxyAnswer, send: Send) -> None:
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": sent})
    await send({"type": "http.response.body", "body": answer.body})


async def _nowhere(_message: Message) -> None:
    """Send a message to nobody."""


def _dribbling(send: Send, seconds: float) -> Send:
    async def slowly(message: Message) -> None:
        body = message.get("body", b"") if message["type"] == "http.response.body" else b""
        size = -(-len(body) // _PARTS)
        while len(body) > size:
            part, body = body[:size], body[size:]
            await send({**message, "body": part, "more_body": True})
            await asyncio.sleep(seconds / _PARTS)
            message = {**message, "body": body}
        await send(message)

    return slowly


def _changing(send: Send, function: Callable[[bytes], bytes]) -> Send:
    start: Message = {}
    pieces: list[bytes] = []

    async def changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = function(b"".join(pieces))
        kept = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        headers = [*kept, (b"content-length", str(len(body)).encode())]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return changed
