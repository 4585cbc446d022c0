# Generated from ablage_sdk/_async/resources/system.py by scripts/generate_sync.py: do not edit.
"""Figures about the archive, and the state of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk._endpoints import analytics, health
from ablage_sdk._operation import query, timestamp
from ablage_sdk._sync._raw import Raw, raw
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    from datetime import datetime

    from ablage_sdk._models.analytics import Metrics, Usage
    from ablage_sdk._models.health import Health, Readiness, ServerVersions


class Analytics(Resource):
    """``sdk.analytics``."""

    @property
    def with_raw_response(self) -> AnalyticsRaw:
        """The same methods, each returning a `RawResponse`."""
        return AnalyticsRaw(self)

    def usage(self, *, since: datetime | None = None, until: datetime | None = None) -> Usage:
        """Return how much is in the archive, as far as the caller may see it.

        Args:
            since: Count only documents uploaded from this time on.
            until: Count only documents uploaded before this time.
        """
        return self._executor.run(
            analytics.USAGE(
                query=query({"since": timestamp("since", since), "until": timestamp("until", until)})
            )
        )

    def metrics(self, *, since: datetime | None = None, until: datetime | None = None) -> Metrics:
        """Return how well recognition works, as far as the caller may see it.

        Args:
            since: Count only documents uploaded from this time on.
            until: Count only documents uploaded before this time.
        """
        return self._executor.run(
            analytics.METRICS(
                query=query({"since": timestamp("since", since), "until": timestamp("until", until)})
            )
        )


class AnalyticsRaw(Raw[Analytics]):
    """``sdk.analytics.with_raw_response``: status, headers and ``parse()``."""

    @raw(Analytics.usage)
    def usage(self) -> None: ...

    @raw(Analytics.metrics)
    def metrics(self) -> None: ...


class ServerHealth(Resource):
    """``sdk.health``; needs no API key."""

    @property
    def with_raw_response(self) -> ServerHealthRaw:
        """The same methods, each returning a `RawResponse`."""
        return ServerHealthRaw(self)

    def check(self) -> Health:
        """Return whether the server process is alive."""
        return self._executor.run(health.CHECK())

    def ready(self) -> Readiness:
        """Return whether the server can serve, and what it checked; not being ready is no error."""
        return self._executor.run(health.READY())

    def versions(self) -> ServerVersions:
        """Return which API versions the server speaks.

        Raises:
            NotFoundError: The server is older than release 2.0, and speaks only v1.
        """
        return self._executor.run(health.VERSIONS())


class ServerHealthRaw(Raw[ServerHealth]):
    """``sdk.health.with_raw_response``: status, headers and ``parse()``."""

    @raw(ServerHealth.check)
    def check(self) -> None: ...

    @raw(ServerHealth.ready)
    def ready(self) -> None: ...

    @raw(ServerHealth.versions)
    def versions(self) -> None: ...
