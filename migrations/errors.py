"""The errors of migrations that users can do something about.

- `MigrationError`: every error below; its message says what was wrong and what to do
    - `MigrationLockedError`, `MigrationLockLostError` (lock.py)
    - `LockPatienceError`, `NotEmptyError` (ddl.py)
    - `ContractRefusedError` (contract.py)
    - `RefusedError`: nothing was changed
        - `ForeignDatabaseError` (ownership.py)
        - `InTheWayError` (neighbours.py)
    - `DependentsError` (neighbours.py)
    - `IncompatibleSchemaError` (guard.py)
        - `SchemaTooOldError`, `SchemaTooNewError`
    - `UnknownRevisionError`
    - `InvalidDatabaseUrlError` (url.py)
    - `BackfillError`, `UnknownMoveError` (backfills)
"""

from __future__ import annotations


class MigrationError(Exception):
    """A migration cannot be done now; nothing was lost, and the message says what to do."""


class RefusedError(MigrationError):
    """What was looked at before anything was changed forbids it; nothing was changed."""


class UnknownRevisionError(MigrationError):
    """No such release or revision, or none that can be reached from where the database is."""
