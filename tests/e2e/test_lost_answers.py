"""A server killed between commit and answer: the same key brings the answer, and no second effect."""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.processes import Shell

KEY = "ak_test_" + "k" * 43
DYING = Path(__file__).with_name("dying_server.py")


@dataclass
class Request:
    """A POST with an idempotency key."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str] = field(
        default_factory=lambda: {"X-API-Key": KEY, "Idempotency-Key": uuid.uuid4().hex}
    )

    def send(self, url: str) -> httpx.Response:
        return httpx.post(url + self.path, headers=self.headers, timeout=patient(60), **self.body)


def test_an_answer_that_got_lost_is_given_again(shell: Shell, make_pdf: Callable[[str], bytes]) -> None:
    requests = [
        Request("/api/v2/documents", {"files": {"file": ("a.pdf", make_pdf("neu"))}}),
        Request("/api/v1/documents/upload", {"files": {"file": ("b.pdf", make_pdf("alt"))}}),
        Request("/api/v2/api-keys", {"json": {"name": "Kasse"}}),
    ]
    for request in requests:
        doomed = shell.popen(
            "POST", request.path, program=(sys.executable, DYING), ABLAGE_BOOTSTRAP_API_KEY=KEY
        )
        assert doomed.popen.stdout is not None
        with pytest.raises(httpx.RemoteProtocolError):
            request.send(doomed.popen.stdout.readline().strip())
        assert doomed.popen.wait(patient(60)) == -9
    alive = shell.serve(ABLAGE_BOOTSTRAP_API_KEY=KEY)
    made = []
    for request in requests:
        first, second = request.send(alive.url), request.send(alive.url)
        assert first.status_code == second.status_code == 201, first.text
        assert first.headers["Idempotent-Replayed"] == second.headers["Idempotent-Replayed"] == "true"
        assert first.headers["Location"] == second.headers["Location"]
        assert first.content == second.content
        made.append(first.json()["id"])
    assert listed(alive.url, "documents") == {made[0], made[1]}
    keys = listed(alive.url, "api-keys")
    assert made[2] in keys
    assert len(keys) == 2, "the one that the test works with, and the one that was made once"


def listed(url: str, what: str) -> set[str]:
    answer = httpx.get(f"{url}/api/v2/{what}", headers={"X-API-Key": KEY}, timeout=60)
    return {item["id"] for item in answer.json()["items"]}
