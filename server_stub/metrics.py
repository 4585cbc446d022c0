"""What the server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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
QUEUE_DEPTH = Gauge("ablage_queue_depth", "Jobs in the queue.", ["queue", "status"])
QUEUE_AGE = Gauge("ablage_queue_oldest_seconds", "How long the oldest waiting job has waited.", ["queue"])
DELIVERIES = Counter("ablage_webhook_deliveries_total", "Attempts to deliver a webhook.", ["outcome"])
DELIVERIES_WAITING = Gauge("ablage_webhook_deliveries_waiting", "Deliveries that are still to be made.")
POOL_CONNECTIONS = Gauge("ablage_database_connections", "Connections of this process.", ["state"])
