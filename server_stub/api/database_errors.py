"""Which exceptions mean that the database is away, as opposed to a fault of the server."""

from __future__ import annotations

import asyncpg
import sqlalchemy.exc

from server_stub.storage.database import DatabaseUnreachableError

# SQLSTATE classes 08 (connection), 53 (resources), 57P (shutdown), 55P03/40 (lock and serialisation).
_OUTAGE_CLASSES = ("08", "53", "57P", "55P03", "40")


def is_database_outage(error: BaseException) -> bool:
    """Tell whether an exception was caused by a database that is away, full or shutting down.

    Errors of the network count only where a connection to the database was being opened: those of the file
    store, which may be on the network too, are of the same types.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, asyncpg.InterfaceError):
            return not isinstance(seen, asyncpg.exceptions.UnsupportedClientFeatureError)
        if isinstance(seen, asyncpg.PostgresError):
            state = getattr(seen, "sqlstate", None) or ""
            return state.startswith(_OUTAGE_CLASSES)
        if isinstance(seen, (DatabaseUnreachableError, sqlalchemy.exc.TimeoutError)):
            return True
        if isinstance(seen, sqlalchemy.exc.DBAPIError) and seen.connection_invalidated:
            return True
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return False
