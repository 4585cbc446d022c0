"""Figures about the archive, and its health."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Method, kept
from ablage_client_compat.migrate.rules.signatures import Call, takes
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="analytics", dialects="A")


RULES: list[Rule] = [
    _method(
        name="get_usage",
        example="""
            >>> usage = client.analytics.get_usage()
            usage = client.analytics.usage()
        """,
        parameters=takes(since="None", until="None"),
        call=Call("analytics.usage", since="since", until="until"),
        returns=Type("Usage"),
    ),
    _method(
        name="get_metrics",
        example="""
            >>> metrics = client.analytics.get_metrics()
            metrics = client.analytics.metrics()
        """,
        parameters=takes(since="None", until="None"),
        call=Call("analytics.metrics", since="since", until="until"),
        returns=Type("Metrics"),
    ),
    *kept("Health", "status", dialects="B"),
    *kept(
        "Usage",
        "documents_total pages_total bytes_total documents_by_status documents_by_backend",
        dialects="B",
    ),
    *kept(
        "Metrics",
        "average_confidence average_processing_seconds success_rate queue_depth failures_by_code",
        dialects="B",
    ),
]
