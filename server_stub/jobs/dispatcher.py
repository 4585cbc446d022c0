"""Webhooks on their way: events become deliveries, deliveries are attempted until they arrive or are dead.

Everything is in the database: a delivery that is attempted is lent for a while, and whoever crashes in the
middle gives it back by not returning. Any number of processes share the work.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

from opentelemetry.trace import SpanKind

from server_stub.jobs.delivery import Outcome, Sender, body_of
from server_stub.observability import metrics, tracing
from server_stub.observability.logs import get_logger
from server_stub.services.access import ADMIN, VIEWER
from server_stub.services.events import CAUSE, envelope
from server_stub.storage.queries import dispatch
from server_stub.storage.queries.documents import FINISHED_CHANNEL
from server_stub.storage.queries.webhooks import DUE_CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from server_stub.services.context import Services
    from server_stub.storage.queries.dispatch import Due

log = get_logger(__name__)

#: Seconds between two looks at the database when nobody says that something happened.
POLL = 1.0
#: Attempts at once: in all, for one webhook, and for one webhook whose receiver was too slow lately.
IN_FLIGHT, PER_WEBHOOK, PER_SLOW_WEBHOOK = 512, 4, 1
#: Events turned into deliveries in one transaction; due deliveries looked at in one claim.
FAN_OUT_BATCH, CLAIM_WINDOW = 200, 2000
#: Seconds that a delivery is lent for beyond the time limit of an attempt.
LEASE_MARGIN = 30


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Deliver webhooks for as long as the block runs; attempts in the air have some time to land."""
    dispatcher = Dispatcher(services)
    task = asyncio.create_task(dispatcher.run(), name="webhooks")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await dispatcher.close()


class Dispatcher:
    """Turns events into deliveries, and attempts those.

    Args:
        services: The running server.
    """

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services = services
        self._schedule = settings.webhook_schedule_seconds
        self._lease = settings.webhook_timeout_seconds + LEASE_MARGIN
        self._sender = Sender(
            timeout=settings.webhook_timeout_seconds, allow_private=settings.webhook_allow_private
        )
        self._in_flight: dict[asyncio.Task[None], UUID] = {}
        self._slow: set[UUID] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled. A database that is away is waited for."""
        wake, listener = self._something_happened, self._services.listener
        with listener.watch(FINISHED_CHANNEL, wake), listener.watch(DUE_CHANNEL, wake):
            while True:
                self._wake.clear()
                try:
                    busy = await self.fan_out() + await self.claim()
                except Exception as error:  # noqa: BLE001 - whatever it was, events wait
                    log.warning("Webhooks wait for the database.", reason=type(error).__name__)
                    busy = 0
                if not busy:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL):
                            await self._wake.wait()

    async def close(self) -> None:
        """Wait for the attempts in the air, then drop them: they are made again later."""
        if self._in_flight:
            await asyncio.wait(list(self._in_flight), timeout=self._services.settings.shutdown_grace_seconds)
        for task in list(self._in_flight):
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        await self._sender.close()

    async def fan_out(self) -> int:
        """Make deliveries of new events.

        Returns:
            How many events there were.
        """
        async with self._services.db.begin() as conn:
            return await dispatch.hand_out(
                conn, batch=FAN_OUT_BATCH, see_all=[ADMIN, VIEWER], after=self._schedule[0]
            )

    async def claim(self) -> int:
        """Start attempts of what is due.

        Returns:
            How many.
        """
        free = IN_FLIGHT - len(self._in_flight)
        if free <= 0:
            return 0
        async with self._services.db.begin() as conn:
            claimed = await dispatch.claim(
                conn,
                busy=self._busy(),
                window=CLAIM_WINDOW,
                per_webhook=PER_WEBHOOK,
                free=free,
                lease=self._lease,
            )
        for due in claimed:
            task = asyncio.create_task(self._attempt(due), name=f"delivery {due.id}")
            self._in_flight[task] = due.webhook_id
            task.add_done_callback(self._landed)
        return len(claimed)

    def _busy(self) -> list[UUID]:
        """Return the webhooks that have as many attempts in the air as they may have."""
        flying = list(self._in_flight.values())
        return [
            webhook
            for webhook in set(flying)
            if flying.count(webhook) >= (PER_SLOW_WEBHOOK if webhook in self._slow else PER_WEBHOOK)
        ]

    def _something_happened(self, _payload: str | None) -> None:
        self._wake.set()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.pop(task, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("A delivery was interrupted; it is made again.", exc_info=task.exception())

    async def _attempt(self, due: Due) -> None:
        if due.is_active:
            body = body_of(envelope(due.event_id, due.event_type, due.payload, due.created_at))
            secrets = [due.secret, *([due.previous] if due.previous else [])]
            event_id = f"evt_{due.event_id.hex}"
            attributes: tracing.Attributes = {
                "ablage.event_id": event_id,
                "ablage.event_type": due.event_type,
                "ablage.webhook_id": str(due.webhook_id),
                "ablage.attempt": due.attempts,
            }
            with tracing.span(
                "deliver webhook",
                attributes,
                kind=SpanKind.PRODUCER,
                cause=cast("str | None", due.payload.get(CAUSE)),
            ):
                outcome = await self._sender.send(due.url, event_id, body, secrets)
                tracing.annotate({"ablage.outcome": outcome.error or "delivered"})
        else:
            outcome = Outcome(final=True, error="The webhook was switched off.")
        if outcome.timed_out:
            self._slow.add(due.webhook_id)
        else:
            self._slow.discard(due.webhook_id)
        await self._settle(due, outcome)

    async def _settle(self, due: Due, outcome: Outcome) -> None:
        status, label, wait = "pending", "failed", 0.0
        if outcome.delivered:
            status = label = "delivered"
        elif outcome.final or due.attempts >= len(self._schedule):
            status = label = "dead"
        else:
            wait = self._schedule[due.attempts]
        async with self._services.db.begin() as conn:
            await dispatch.settle(conn, due, status, answered=outcome.status, error=outcome.error, wait=wait)
        metrics.DELIVERIES.labels(label).inc()
        if label == "dead":
            log.warning("A delivery is dead.", delivery_id=str(due.id), reason=outcome.error)
