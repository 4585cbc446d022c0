"""What every service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server_stub.releases import RELEASE_2_0
from server_stub.services.failed_logins import UnknownAddresses

if TYPE_CHECKING:
    from server_stub.releases import Release
    from server_stub.settings import Settings
    from server_stub.storage.database import Database
    from server_stub.storage.files import FileStore
    from server_stub.storage.listener import Listener
    from server_stub.storage.queue import Queue


@dataclass(slots=True)
class Services:
    """The parts of a running server.

    Attributes:
        db: Connections to PostgreSQL.
        files: Where the bytes of documents are kept.
        settings: How the server is set up.
        queue: Background jobs, deferred inside the caller's transaction.
        listener: Notifications of the database, for waiting without polling.
        release: What the release that the server runs as has.
        unknown_addresses: Failed logins under addresses that no user has.
    """

    db: Database
    files: FileStore
    settings: Settings
    queue: Queue
    listener: Listener
    release: Release = RELEASE_2_0
    unknown_addresses: UnknownAddresses = field(default_factory=UnknownAddresses)
