"""What a planted bug is: a change of requests or answers between the client and the application."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Headers = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """An answer on its way to the client."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str, value: str | None) -> None:
        """Set a header, or take it away."""
        self.headers = [pair for pair in self.headers if pair[0] != name.encode()]
        if value is not None:
            self.headers.append((name.encode(), value.encode()))

    def json(self, change: Callable[[Any], object]) -> None:
        """Change the value that the body holds."""
        value = json.loads(self.body)
        change(value)
        self.body = json.dumps(value).encode()


@dataclass(frozen=True)
class Mutant:
    """One bug.

    Attributes:
        name: What is wrong.
        operation: Id of the operation that shows it.
        caught_by: The check that must notice.
        request: Changes the headers of the request before the application sees it.
        query: Changes its query string.
        answer: Changes the answer before the client sees it.
        swallow: The status that is answered without the application being asked.
        method: Which requests, by method.
        path: Which requests, by path.
        statuses: Which answers, by the beginning of their status.
        version: In which version it shows.
        phase: In which kind of generated requests it shows.
    """

    name: str
    operation: str
    caught_by: str
    request: Callable[[Headers], Headers] | None = None
    query: Callable[[bytes], bytes] | None = None
    answer: Callable[[Answer], object] | None = None
    swallow: int | None = None
    method: str = "GET"
    path: re.Pattern[str] = field(default=re.compile(r"/api/v2/.*"), repr=False)
    statuses: str = "2"
    version: str = "v2"
    phase: str = "fuzzing"


class Planted:
    """ASGI middleware that has the bug which is planted at the moment.

    Attributes:
        bug: The bug; ``None`` for a server as it should be.
        admin_key: A key that a bug may put in place of the one that was sent.
    """

    bug: Mutant | None = None
    admin_key: str = ""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bug = type(self).bug
        if (
            bug is None
            or scope["type"] != "http"
            or scope["method"] != bug.method
            or not bug.path.fullmatch(scope["path"])
        ):
            await self.app(scope, receive, send)
            return
        if bug.swallow is not None:
            await emit(send, Answer(bug.swallow, identity(scope), b""))
            return
        if bug.request is not None:
            scope = {**scope, "headers": bug.request(scope["headers"])}
        if bug.query is not None:
            scope = {**scope, "query_string": bug.query(scope["query_string"])}
        await self.app(scope, receive, sending(bug, send) if bug.answer is not None else send)


def sending(bug: Mutant, send: Send) -> Callable[[Message], Awaitable[None]]:
    """Return a `send` that collects the answer and changes it at its end."""
    answer = Answer(0, [], b"")

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
            return
        answer.body += message.get("body", b"")
        if not message.get("more_body"):
            if str(answer.status).startswith(bug.statuses) and bug.answer is not None:
                bug.answer(answer)
            await emit(send, answer)

    return collect


async def emit(send: Send, answer: Answer) -> None:
    """Send an answer in one piece."""
    if answer.status != 204:
        answer.header("content-length", str(len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def identity(scope: Scope) -> Headers:
    """Return the headers that every answer has."""
    sent = dict(scope["headers"]).get(b"x-request-id", b"none")
    return [(b"x-request-id", sent), (b"x-api-version", b"2.0"), (b"x-api-supported-versions", b"1.0, 2.0")]


def without(*names: str) -> Callable[[Headers], Headers]:
    """Return a change of a request that takes headers away."""
    return lambda headers: [pair for pair in headers if pair[0].decode() not in names]


def as_admin(headers: Headers) -> Headers:
    """Take everybody for the admin."""
    mine = [(b"x-api-key", Planted.admin_key.encode())]
    return without("x-api-key", "authorization")(headers) + mine


def as_admin_if_known(headers: Headers) -> Headers:
    """Take everybody who is somebody for the admin."""
    known = any(name in {b"x-api-key", b"authorization"} for name, _ in headers)
    return as_admin(headers) if known else headers


def status(number: int) -> Callable[[Answer], None]:
    """Answer with another status."""

    def change(answer: Answer) -> None:
        answer.status = number

    return change


def header(name: str, value: str | None) -> Callable[[Answer], None]:
    """Answer with another header, or without it."""
    return lambda answer: answer.header(name, value)


def body(change: Callable[[Any], object]) -> Callable[[Answer], None]:
    """Answer another body."""
    return lambda answer: answer.json(change)


def text(value: bytes) -> Callable[[Answer], None]:
    """Answer another text."""

    def change(answer: Answer) -> None:
        answer.body = value

    return change


def crash(_answer: Answer) -> None:
    """Fail as code does that nobody tested."""
    raise RuntimeError("planted")


def set_to(name: str, value: object) -> Callable[[Answer], None]:
    """Answer a body with another value."""
    return body(lambda found: found.__setitem__(name, value))


def dropping(name: str) -> Callable[[Answer], None]:
    """Answer a body without a value."""
    return body(lambda found: found.pop(name))
