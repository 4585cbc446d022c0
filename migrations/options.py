"""What a caller can choose for one run of migrations."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one run.

    Attributes:
        wait: Seconds to wait for another migration of the same database.
        lock_patience: Seconds that a step tries to get its locks before the migration gives up.
        quiet_minutes: For how long no server may have been seen that needs what a step drops: one of an old
            release on the way to v2.0, one of release 2.0 on the way below v2.0-expand.
        chunk: Rows in one chunk of a data move; 0 takes what the move is measured for.
        workers: Connections that move data at once.
        pause: Seconds that a worker pauses between two chunks.
        max_lag: Seconds that a replica may lag behind before data moves pause; 0 does not look.
        move_views: Whether plain views of other programs are moved to the column that takes over; 1 or 0.
    """

    wait: float = 1800.0
    lock_patience: float = 600.0
    quiet_minutes: float = 10.0
    chunk: int = 0
    workers: int = 2
    pause: float = 0.0
    max_lag: float = 0.0
    move_views: int = 0


def parse(given: Mapping[str, object]) -> Options:
    """Read options from ``name=value`` pairs, as ``alembic -x`` gives them; others are left alone.

    Raises:
        ValueError: If a value is not a number.
    """
    known = {field.name for field in fields(Options)}
    options = Options()
    for name, value in given.items():
        key = name.replace("-", "_")
        if key not in known:
            continue
        try:
            number = type(getattr(options, key))(str(value))
        except ValueError:
            raise ValueError(f"-x {name}={value}: {name} takes a number.") from None
        options = replace(options, **{key: number})
    return options
