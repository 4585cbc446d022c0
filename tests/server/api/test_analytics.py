"""Analytics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from server_stub.testing import Account


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_figures_cover_what_one_may_see(
    new_account: Callable[[str], Account],
    client_of: Callable[[Account], httpx.Client],
    upload: Any,
    finished: Any,
    version: str,
) -> None:
    client = client_of(new_account("user"))
    documents = [upload("a", client=client), upload("b", client=client)]
    broken = client.post("/api/v2/documents", files={"file": ("x.pdf", b"%PDF-1.4 no")}).json()
    finished(broken["id"], client)

    usage = client.get(f"/api/{version}/analytics/usage").json()
    assert usage["documents_total"] == 3
    assert usage["pages_total"] == 2
    assert usage["bytes_total"] == sum(d["size"] for d in documents) + broken["size"]
    assert usage["documents_by_status"] == {"completed": 2, "failed": 1}
    assert usage["documents_by_backend"] == {"auto": 3}
    assert [day["documents"] for day in usage["by_day"]] == [3]
    assert usage["by_day"][0]["bytes"] == usage["bytes_total"]

    metrics = client.get(f"/api/{version}/analytics/metrics").json()
    assert 0 < metrics["average_confidence"] <= 1
    assert metrics["average_processing_seconds"] > 0
    assert metrics["success_rate"] == pytest.approx(2 / 3, abs=1e-4)
    assert metrics["queue_depth"] == 0
    assert metrics["failures_by_code"] == {"DOC_CORRUPT": 1}

    past = {"until": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    assert client.get(f"/api/{version}/analytics/usage", params=past).json()["documents_total"] == 0
    assert client.get(f"/api/{version}/analytics/metrics", params=past).json()["success_rate"] is None


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "1990-01-01T00:00:00Z"},
        {"until": "0001-01-01T00:00:00Z"},
        {"since": "2026-01-01T00:00:00"},
    ],
)
def test_a_wrong_span_is_refused(http: httpx.Client, params: dict[str, str]) -> None:
    assert http.get("/api/v2/analytics/usage", params=params).status_code == 422
