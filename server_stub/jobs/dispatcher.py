"""Webhooks on their way: events become deliveries, deliveries are attempted until they arrive or are dead.

Everything is in the database: a delivery that is attempted is lent for a while, and whoever crashes in the
middle gives it back by not returning. Any number of processes share the work.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import sqlalchemy as sa
from opentelemetry.trace import SpanKind
from sqlalchemy.dialects import postgresql as pg

from server_stub.jobs.delivery import Outcome, Sender, body_of
from server_stub.observability import metrics, tracing
from server_stub.observability.logs import get_logger
from server_stub.services.access import ADMIN, VIEWER
from server_stub.services.events import CAUSE, envelope
from server_stub.storage.ids import new_id
from server_stub.storage.queries.documents import FINISHED_CHANNEL
from server_stub.storage.queries.webhooks import DUE_CHANNEL
from server_stub.storage.tables import notification_deliveries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from server_stub.services.context import Services

log = get_logger(__name__)

#: Seconds between two looks at the database when nobody says that something happened.
POLL = 1.0
#: Attempts at once: in all, for one webhook, and for one webhook whose receiver was too slow lately.
IN_FLIGHT, PER_WEBHOOK, PER_SLOW_WEBHOOK = 512, 4, 1
#: Events turned into deliveries in one transaction; due deliveries looked at in one claim.
FAN_OUT_BATCH, CLAIM_WINDOW = 200, 2000
#: Seconds that a delivery is lent for beyond the time limit of an attempt.
LEASE_MARGIN = 30

_EVENTS = sa.text(
    """
    SELECT event.id AS event_id, webhook.id AS webhook_id
    FROM (
        SELECT * FROM notification_events WHERE dispatched_at IS NULL
        ORDER BY created_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ) AS event
    LEFT JOIN webhooks AS webhook
      ON webhook.is_active AND webhook.event_types ? event.event_type
     AND (webhook.user_id = event.user_id OR EXISTS (
        SELECT FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = webhook.user_id AND roles.name = ANY(:see_all)))
    """
).bindparams(sa.bindparam("batch", type_=sa.Integer), sa.bindparam("see_all", type_=pg.ARRAY(sa.String)))
_DISPATCHED = sa.text(
    "UPDATE notification_events SET dispatched_at = clock_timestamp() WHERE id = ANY(:ids)"
).bindparams(sa.bindparam("ids", type_=pg.ARRAY(pg.UUID(as_uuid=True))))

# An earlier event of the same document goes first, unless it failed twice: one stubborn event must not hold
# up the document's later ones for the two days that its attempts take.
_CLAIM_TEXT = sa.text(
    """
    WITH due AS (
        SELECT delivery.id, delivery.webhook_id, delivery.event_id, delivery.next_attempt_at
        FROM notification_deliveries AS delivery
        WHERE delivery.status = 'pending' AND delivery.next_attempt_at <= now()
          AND delivery.webhook_id <> ALL(:busy)
        ORDER BY delivery.next_attempt_at LIMIT :window
    ), ranked AS (
        SELECT due.id, row_number() OVER (
            PARTITION BY due.webhook_id ORDER BY due.next_attempt_at, due.event_id) AS place
        FROM due JOIN notification_events AS event ON event.id = due.event_id
        WHERE event.document_id IS NULL OR NOT EXISTS (
            SELECT FROM notification_events AS earlier
            JOIN notification_deliveries AS before ON before.event_id = earlier.id
            WHERE earlier.document_id = event.document_id AND earlier.id < event.id
              AND before.webhook_id = due.webhook_id AND before.status = 'pending' AND before.attempts < 2)
    ), mine AS (
        SELECT id FROM notification_deliveries
        WHERE id IN (SELECT id FROM ranked WHERE place <= :per_webhook LIMIT :free)
          AND status = 'pending' AND next_attempt_at <= now()
        FOR UPDATE SKIP LOCKED
    )
    UPDATE notification_deliveries AS delivery
    SET attempts = delivery.attempts + 1, next_attempt_at = now() + make_interval(secs => :lease)
    FROM mine, webhooks AS webhook, notification_events AS event
    WHERE delivery.id = mine.id AND webhook.id = delivery.webhook_id AND event.id = delivery.event_id
    RETURNING delivery.id, delivery.attempts, webhook.id AS webhook_id, webhook.url, webhook.is_active,
        webhook.secret, event.id AS event_id, event.event_type, event.payload, event.created_at,
        CASE WHEN webhook.previous_secret_expires_at > now() THEN webhook.previous_secret END AS previous
    """
).bindparams(sa.bindparam("busy", type_=pg.ARRAY(pg.UUID(as_uuid=True))))
_CLAIM = _CLAIM_TEXT.columns(payload=pg.JSONB)


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
            rows = (await conn.execute(_EVENTS, {"batch": FAN_OUT_BATCH, "see_all": [ADMIN, VIEWER]})).all()
            if not rows:
                return 0
            first = sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, self._schedule[0])
            wanted = [
                {"id": new_id(), "event_id": event, "webhook_id": webhook}
                for event, webhook in rows
                if webhook is not None
            ]
            if wanted:
                await conn.execute(sa.insert(notification_deliveries).values(next_attempt_at=first), wanted)
            events = {event for event, _ in rows}
            await conn.execute(_DISPATCHED, {"ids": list(events)})
        return len(events)

    async def claim(self) -> int:
        """Start attempts of what is due.

        Returns:
            How many.
        """
        free = IN_FLIGHT - len(self._in_flight)
        if free <= 0:
            return 0
        async with self._services.db.begin() as conn:
            rows = (
                await conn.execute(
                    _CLAIM,
                    {
                        "busy": self._busy(),
                        "window": CLAIM_WINDOW,
                        "per_webhook": PER_WEBHOOK,
                        "free": free,
                        "lease": self._lease,
                    },
                )
            ).all()
        for row in rows:
            task = asyncio.create_task(self._attempt(row), name=f"delivery {row.id}")
            self._in_flight[task] = row.webhook_id
            task.add_done_callback(self._landed)
        return len(rows)

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

    async def _attempt(self, row: sa.Row[tuple[object, ...]]) -> None:
        if row.is_active:
            body = body_of(envelope(row.event_id, row.event_type, row.payload, row.created_at))
            secrets = [row.secret, *([row.previous] if row.previous else [])]
            event_id = f"evt_{row.event_id.hex}"
            attributes: tracing.Attributes = {
                "ablage.event_id": event_id,
                "ablage.event_type": row.event_type,
                "ablage.webhook_id": str(row.webhook_id),
                "ablage.attempt": row.attempts,
            }
            with tracing.span(
                "deliver webhook", attributes, kind=SpanKind.PRODUCER, cause=row.payload.get(CAUSE)
            ):
                outcome = await self._sender.send(row.url, event_id, body, secrets)
                tracing.annotate({"ablage.outcome": outcome.error or "delivered"})
        else:
            outcome = Outcome(final=True, error="The webhook was switched off.")
        if outcome.timed_out:
            self._slow.add(row.webhook_id)
        else:
            self._slow.discard(row.webhook_id)
        await self._store(row.id, row.attempts, outcome)

    async def _store(self, delivery_id: UUID, attempts: int, outcome: Outcome) -> None:
        values: dict[str, object] = {"response_status": outcome.status, "last_error": outcome.error}
        if outcome.delivered:
            label = "delivered"
            values |= {"status": "delivered", "delivered_at": sa.func.now(), "next_attempt_at": None}
        elif outcome.final or attempts >= len(self._schedule):
            label = "dead"
            values |= {"status": "dead", "next_attempt_at": None}
        else:
            label = "failed"
            wait = sa.func.make_interval(0, 0, 0, 0, 0, 0, self._schedule[attempts])
            values |= {"next_attempt_at": sa.func.now() + wait}
        deliveries = notification_deliveries
        async with self._services.db.begin() as conn:
            await conn.execute(
                sa.update(deliveries)
                # Unless it was taken up anew meanwhile: by request, or because the loan was over.
                .where(deliveries.c.id == delivery_id, deliveries.c.status == "pending")
                .where(deliveries.c.attempts == attempts)
                .values(values)
            )
        metrics.DELIVERIES.labels(label).inc()
        if label == "dead":
            log.warning("A delivery is dead.", delivery_id=str(delivery_id), reason=outcome.error)
