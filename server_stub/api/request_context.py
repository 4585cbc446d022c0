"""What is known about one request, from its arrival to its answer."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from starlette.types import Scope

    from server_stub.api.versions import Version
    from server_stub.services.access import Actor

_KEY = "ablage.request"
_SANE_ID = re.compile(rb"[!-~]{1,128}")


@dataclass(slots=True)
class RequestContext:
    """One request.

    Attributes:
        request_id: The client's, or one of the server's.
        version: The version to answer in.
        path: The path as the client wrote it.
        client: The address it came from.
        actor: Who asks, once known.
        headers: Headers that the answer gets, whatever becomes of the request.
        route: The route's path with its placeholders, once known.
    """

    request_id: str
    version: Version
    path: str
    client: str
    actor: Actor | None = None
    headers: dict[str, str] = field(default_factory=dict)
    route: str | None = None

    @classmethod
    def of(cls, scope: Scope) -> RequestContext:
        """Return the context of the request that a scope belongs to."""
        return cast("RequestContext", scope[_KEY])

    def attach(self, scope: Scope) -> None:
        """Make this the context of a scope."""
        scope[_KEY] = self


def request_id(sent: bytes | None) -> str:
    """Return the client's ``X-Request-ID`` when it is printable and short, else a new one."""
    if sent is not None and _SANE_ID.fullmatch(sent):
        return sent.decode("ascii")
    return uuid.uuid4().hex
