"""The endpoints with figures about the archive."""

from __future__ import annotations

from typing import Final

from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.analytics import Metrics, Usage
from ablage_sdk._operation import V1, one

USAGE: Final = Endpoint(
    "analytics.usage", "GET", "/analytics/usage", one(Usage), v1=V1(parameters=frozenset({"since", "until"}))
)
METRICS: Final = Endpoint(
    "analytics.metrics",
    "GET",
    "/analytics/metrics",
    one(Metrics),
    v1=V1(parameters=frozenset({"since", "until"})),
)
