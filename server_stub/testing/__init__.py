"""A server that tests can hold in their hand: see `AblageServer`."""

from __future__ import annotations

from server_stub.testing.server import AblageServer

__all__ = ["AblageServer"]
