"""Whether the server can do its work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server_stub.migrations import guard
from server_stub.migrations.releases import RELEASES
from server_stub.observability.logs import get_logger
from server_stub.ocr import engines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_stub.services.context import Services

log = get_logger(__name__)

#: How long each check may take, in seconds.
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: What was looked at.
        ok: Whether it works.
        detail: What is wrong, or what was found.
    """

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """The outcome of all checks."""

    checks: list[Check] = field(default_factory=list)
    engines: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether requests can be served. A missing OCR engine does not prevent it."""
        return all(check.ok for check in self.checks)


async def readiness(services: Services, *, stopping: bool = False) -> Readiness:
    """Look at the database, its schema, the file store and the OCR engines.

    Args:
        services: The running server.
        stopping: Whether it is about to stop: then it is not ready, however well it is.
    """

    async def database() -> str:
        await services.db.ping()
        return "reachable"

    async def schema() -> str:
        revision = await services.db.revision()
        guard.check(revision, release=services.release.name)
        if revision not in RELEASES.values():
            return f"revision {revision}"
        return next(name for name, known in RELEASES.items() if known == revision)

    async def storage() -> str:
        await services.files.check()
        return "writable"

    found = await asyncio.gather(
        _check("database", "cannot be reached", database),
        _check("schema", "has no revision that this server knows; run: ablage-server db upgrade", schema),
        _check("storage", "cannot be written to", storage),
    )
    checks = list(found)
    if stopping:
        checks.append(Check("server", ok=False, detail="is stopping; send requests to another one"))
    available = await asyncio.to_thread(engines)
    return Readiness(checks, [Check(e.name, e.available, e.detail) for e in available])


async def _check(name: str, problem: str, look: Callable[[], Awaitable[str]]) -> Check:
    try:
        async with asyncio.timeout(TIMEOUT):
            return Check(name, ok=True, detail=await look())
    except guard.IncompatibleSchemaError as error:
        return Check(name, ok=False, detail=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the check is about
        log.warning("not_ready", check=name, error=type(error).__name__)
        return Check(name, ok=False, detail=problem)
