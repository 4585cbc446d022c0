"""The errors of backups and restores that operators can do something about."""

from __future__ import annotations

from server_stub.errors import OperatorError


class DumpError(OperatorError):
    """A backup cannot be made or restored; the message says why, and in what state the database is."""
