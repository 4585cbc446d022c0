"""What `ablage-server db` says of errors, imported when there is one."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from server_stub.errors import OperatorError
from server_stub.migrations import remedies
from server_stub.migrations.errors import MigrationError


def in_words(error: Exception) -> str | None:
    """Say what went wrong if users can put it right; ``None`` for a fault of the program."""
    if isinstance(error, (OperatorError, MigrationError)):
        return str(error)
    if isinstance(error, OSError):
        if error.filename is not None:
            return f"{error.filename}: {error.strerror}."
        reason = error.strerror or str(error) or type(error).__name__
        return f"The database cannot be reached: {reason}. Is PostgreSQL running there?"
    if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)):
        return remedies.in_words(getattr(error, "orig", None) or error)
    return None
