"""Stored files that belong to no document any more, or never did: found and deleted.

A file is stored before its row is committed, and deleted after its row is: whoever dies in between leaves a
file without a row. Such a file is never in use again, for its key holds the id of the document, and no id is
given twice. A file that is just being uploaded has no row either; it is told apart by its age.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from server_stub.jobs.limits import MIN_AGE_HOURS
from server_stub.observability import metrics
from server_stub.observability.logs import get_logger
from server_stub.services.uploads import FILES
from server_stub.storage.queries import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server_stub.services.context import Services

log = get_logger(__name__)

#: The background job deletes no more than this at once. Crashes leave a few files; very many mean that an
#: older backup of the database was restored, and somebody should look before their bytes are gone.
MAX_UNATTENDED = 100

_FEW = 5

_KEY = re.compile(rf"{FILES}/[0-9a-f]{{2}}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")


@dataclass(slots=True)
class Leftovers:
    """Files without a document.

    Attributes:
        files: Bytes by key.
        uploads: Names of uploads that were broken off, in the folder for uploads on their way.
        deleted: Whether they were deleted.
    """

    files: dict[str, int] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    deleted: bool = False

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.files) + len(self.uploads)


async def sweep(
    services: Services, *, hours: float, most: int | None = None, delete: bool = True
) -> Leftovers:
    """Find the files that no document has, and delete them.

    Args:
        services: The running server.
        hours: How old a file must be, at least `server_stub.jobs.limits.MIN_AGE_HOURS`.
        most: Delete nothing when there are more.
        delete: Whether to delete them.

    Returns:
        What was found.
    """
    before = datetime.now(UTC) - timedelta(hours=max(hours, MIN_AGE_HOURS))
    found, seen = Leftovers(uploads=await services.files.abandoned(before)), 0
    async for batch in services.files.older_than(f"{FILES}/", before):
        seen += len(batch)
        found.files |= await _without_row(services, batch)
    if not len(found):
        return found
    # Where most files have none it is a small archive beside a wrong database, not what crashes left.
    if most is not None and (len(found) > most or len(found.files) > _FEW + seen // 2):
        log.error(
            "Many files belong to no document; nothing is deleted. Is this their database, or was an older "
            "one restored? Look with: ablage-server jobs sweep --dry-run",
            files=len(found),
        )
    elif delete:
        for key in found.files:
            await services.files.delete(key)
        await services.files.discard(found.uploads)
        found.deleted = True
        metrics.SWEPT_FILES.inc(len(found))
        log.warning(
            "Files without a document were deleted.",
            files=len(found.files),
            uploads=len(found.uploads),
            size=sum(found.files.values()),
        )
    return found


async def _without_row(services: Services, files: Mapping[str, int]) -> dict[str, int]:
    """Return those of some files that no document has."""
    ids = {key: UUID(match[1]) for key in files if (match := _KEY.fullmatch(key))}
    async with services.db.connect() as conn:
        left = await documents.without_document(conn, ids)
    return {key: size for key, size in files.items() if key in left}
