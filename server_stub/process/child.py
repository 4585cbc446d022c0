"""One of several processes that answer at one address: what `server_stub.process.supervisor` starts."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import TYPE_CHECKING

from server_stub.errors import OperatorError
from server_stub.observability import logs, tracing
from server_stub.process import serving
from server_stub.settings import load_settings

if TYPE_CHECKING:
    from server_stub.process.serving import Server
    from server_stub.runtime import Runtime


def main() -> int:
    """Serve on the socket whose number is the argument, until a signal or the end of the parent."""
    try:
        settings = load_settings()
        logs.configure_for(settings.log_level, settings.log_format)
        tracing.configure()
        serving.run(settings, sock=socket.socket(fileno=int(sys.argv[1])), on_ready=_ready)
    except OperatorError as error:
        print(f"ablage-server: {error}", file=sys.stderr)  # noqa: T201 - the parent's user reads it
        return 1
    except asyncio.CancelledError:
        return 130
    return 0


def _ready(server: Server, _runtime: Runtime) -> None:
    print("ready", flush=True)  # noqa: T201 - for the parent
    loop = asyncio.get_running_loop()

    def parent_is_gone() -> None:
        loop.remove_reader(sys.stdin.fileno())
        server.stop()

    os.set_blocking(sys.stdin.fileno(), False)
    loop.add_reader(sys.stdin.fileno(), parent_is_gone)  # it never writes: this is the end


if __name__ == "__main__":
    sys.exit(main())
