"""What `ablage-server db` says of errors, imported when there is one."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from server_stub.errors import OperatorError
from server_stub.migrations.errors import MigrationError

#: What PostgreSQL calls it: no such user or no access, a wrong password, no such database.
_ADDRESS_IS_WRONG = frozenset({"28000", "28P01", "3D000"})
_NOT_ALLOWED = "42501"
#: The class of what is missing, there already, or of another kind.
_NOT_AS_EXPECTED = "42"


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
        return _of_database(getattr(error, "orig", None) or error)
    return None


def _of_database(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = lines[0].partition(">: ")[2] or lines[0]
    state = getattr(error, "sqlstate", None) or ""
    if state in _ADDRESS_IS_WRONG:
        return f"The database cannot be used: {text}. Is DATABASE_URL (or --database-url) right?"
    if state == _NOT_ALLOWED:
        return f"The database does not allow it: {text}. Migrations need the role that owns the tables."
    if state[:2] == _NOT_AS_EXPECTED:
        return (
            f"The database is not as expected: {text}. Compare it with the release it came from "
            "(ablage-server db check --release RELEASE) and put that right; then the same command continues."
        )
    return f"The database did not do it: {text}. The same command can be run again: it continues."
