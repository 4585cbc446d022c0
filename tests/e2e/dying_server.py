"""A server that dies when it is about to answer one request: its work is committed, nobody is told.

Run as ``python dying_server.py POST /api/v2/documents``; otherwise it is set up like ``ablage-server serve``.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING
from unittest import mock

from server_stub.app import create_app
from server_stub.process import serving
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server_stub.runtime import Runtime
    from server_stub.settings import Settings

METHOD, PATH = sys.argv[1:]


class Dying:
    """Kills the process at the first byte of the answer to the request that it is started for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def deadly(message: Message) -> None:
            if (scope["method"], scope["path"]) == (METHOD, PATH):
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self.app(scope, receive, deadly)


def create_dying_app(settings: Settings | None = None) -> FastAPI:
    """Return the application with the deadly layer around it."""
    app = create_app(settings)
    app.add_middleware(Dying)
    return app


def tell(server: serving.Server, _runtime: Runtime) -> None:
    """Say that requests are taken."""
    print(server.url, flush=True)


if __name__ == "__main__":
    with mock.patch("server_stub.process.serving.create_app", create_dying_app):
        serving.run(load_settings(port=0), on_ready=tell)
