"""What the server counts, for Prometheus."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter(
    "ablage_http_requests_total", "Requests answered.", ["method", "route", "version", "status"]
)
REQUEST_SECONDS = Histogram(
    "ablage_http_request_duration_seconds",
    "Seconds from a request's arrival to the end of its answer.",
    ["route", "version"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
DEPRECATED_USES = Counter(
    "ablage_deprecated_uses_total", "Uses of deprecated endpoints.", ["endpoint", "client"]
)
OCR_SECONDS = Histogram(
    "ablage_ocr_duration_seconds",
    "Seconds that the recognition of one document took.",
    ["engine"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
OCR_FAILURES = Counter("ablage_ocr_failures_total", "Documents that could not be recognised.", ["code"])
DELIVERIES = Counter("ablage_webhook_deliveries_total", "Attempts to deliver a webhook.", ["outcome"])
SWEPT_FILES = Counter("ablage_swept_files_total", "Stored files without a document that were deleted.")
RATE_LIMITS_ALONE = Counter(
    "ablage_rate_limit_redis_failures_total", "Times that Redis could not be reached to count requests."
)
POOL_CONNECTIONS = Gauge(
    "ablage_database_connections",
    "Connections to the database.",
    ["state"],
    multiprocess_mode="livesum",
)


class Backlog:
    """What waits in the database. Looked up anew for each reader: no process keeps it between two."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.depth = Gauge("ablage_queue_depth", "Jobs in the queue.", ["queue", "status"], registry=registry)
        self.age = Gauge(
            "ablage_queue_oldest_seconds",
            "How long the oldest waiting job has waited.",
            ["queue"],
            registry=registry,
        )
        self.deliveries = Gauge(
            "ablage_webhook_deliveries_waiting", "Deliveries that are still to be made.", registry=registry
        )


def counted() -> bytes:
    """Return what was counted in Prometheus' text format; of all processes that share an address."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's
    return generate_latest(registry)
