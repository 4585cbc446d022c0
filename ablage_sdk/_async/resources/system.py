"""Figures about the archive, and the state of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._async._raw import AsyncRaw, raw
from ablage_sdk._async._resource import AsyncResource
from ablage_sdk._endpoints import analytics, health
from ablage_sdk._operation import query, timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from ablage_sdk._models.analytics import Metrics, Usage
    from ablage_sdk._models.health import Health, Readiness, ServerVersions


class AsyncAnalytics(AsyncResource):
    """``sdk.analytics``."""

    @property
    def with_raw_response(self) -> AsyncAnalyticsRaw:
        """The same methods, each returning a `RawResponse`."""
        return AsyncAnalyticsRaw(self)

    async def usage(self, *, since: datetime | None = None, until: datetime | None = None) -> Usage:
        """Return how much is in the archive, as far as the caller may see it.

        Args:
            since: Count only documents uploaded from this time on.
            until: Count only documents uploaded before this time.
        """
        return await self._executor.run(
            analytics.USAGE(
                query=query({"since": timestamp("since", since), "until": timestamp("until", until)})
            )
        )

    async def metrics(self, *, since: datetime | None = None, until: datetime | None = None) -> Metrics:
        """Return how well recognition works, as far as the caller may see it.

        Args:
            since: Count only documents uploaded from this time on.
            until: Count only documents uploaded before this time.
        """
        return await self._executor.run(
            analytics.METRICS(
                query=query({"since": timestamp("since", since), "until": timestamp("until", until)})
            )
        )


class AsyncAnalyticsRaw(AsyncRaw[AsyncAnalytics]):
    """``sdk.analytics.with_raw_response``: status, headers and ``parse()``."""

    @raw(AsyncAnalytics.usage)
    def usage(self) -> None: ...

    @raw(AsyncAnalytics.metrics)
    def metrics(self) -> None: ...


class AsyncServerHealth(AsyncResource):
    """``sdk.health``; needs no API key."""

    @property
    def with_raw_response(self) -> AsyncServerHealthRaw:
        """The same methods, each returning a `RawResponse`."""
        return AsyncServerHealthRaw(self)

    async def check(self) -> Health:
        """Return whether the server process is alive."""
        return await self._executor.run(health.CHECK())

    async def ready(self) -> Readiness:
        """Return whether the server can serve, and what it checked; not being ready is no error."""
        return await self._executor.run(health.READY())

    async def versions(self) -> ServerVersions:
        """Return which API versions the server speaks.

        Raises:
            NotFoundError: The server is older than release 2.0, and speaks only v1.
        """
        return await self._executor.run(health.VERSIONS())


class AsyncServerHealthRaw(AsyncRaw[AsyncServerHealth]):
    """``sdk.health.with_raw_response``: status, headers and ``parse()``."""

    @raw(AsyncServerHealth.check)
    def check(self) -> None: ...

    @raw(AsyncServerHealth.ready)
    def ready(self) -> None: ...

    @raw(AsyncServerHealth.versions)
    def versions(self) -> None: ...
