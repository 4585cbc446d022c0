"""What generated requests need to get anywhere: things that exist, and somebody who must not see them."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.patience import patient

if TYPE_CHECKING:
    from server_stub.testing import AblageServer

PDF = b"%PDF-1.4\nfor generated requests"
COMPLETED = Path(__file__).parents[1] / "wire/v2.0/document.completed.json"
#: Each follow-up of a check is made so often for one operation: it looks at what was answered, not at chance.
FOLLOW_UPS = 2


@dataclass
class World:
    """A server with some documents, its admin, and a stranger who has nothing.

    Attributes:
        url: Where it is.
        admin: A client with the key that the generated requests are made with.
        stranger: A client of another user.
        used_key_id: The id of that key, which must stay.
        used_user_id: The id of its user, who must stay.
    """

    url: str
    admin: httpx.Client
    stranger: httpx.Client
    used_key_id: str
    used_user_id: str
    _some: dict[str, str | None] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _follow_ups: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, server: AblageServer) -> World:
        """Make the world of a server."""
        stranger = server.new_account("user")
        admin = httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}, timeout=60)
        me = admin.get("/api/v2/auth/me").json()
        key = admin.get("/api/v2/api-keys").json()["items"][0]
        outside = httpx.Client(base_url=server.url, headers=stranger.headers, timeout=patient(60))
        world = cls(server.url, admin, outside, key["id"], me["id"])
        for _ in range(5):
            world.new("document_id")
            world.new("webhook_id")
        done = json.loads(COMPLETED.read_text())
        server.fetch(
            "UPDATE documents SET status = 'completed', extracted_text = $1, confidence_score = 0.9987, "
            "ocr_result = $2::text::jsonb, page_count = 2, completed_at = now() WHERE id IN "
            "(SELECT id FROM documents ORDER BY id LIMIT 3)",
            done["extracted_text"], json.dumps(done["ocr_result"]),
        )  # fmt: skip
        return world

    def close(self) -> None:
        """Close the clients."""
        self.admin.close()
        self.stranger.close()

    def new(self, parameter: str) -> str | None:
        """Make what a path parameter names, and return its id; ``None`` when nothing can be made."""
        number = next(self._numbers)
        requests: dict[str, tuple[str, dict[str, Any]]] = {
            "document_id": ("documents", {"files": {"file": (f"{number}.pdf", PDF + b"%d" % number)}}),
            "webhook_id": (
                "webhooks",
                {"json": {"url": "http://127.0.0.1:9/", "event_types": ["document.deleted"]}},
            ),
            "key_id": ("api-keys", {"json": {"name": f"generated {number}"}}),
            "user_id": (
                "users",
                {"json": {"email": f"{number}@example.org", "password": "lang genug"}},
            ),
        }
        if parameter not in requests:
            return None
        path, body = requests[parameter]
        answer = self.admin.post(f"/api/v2/{path}", **body)
        return str(answer.json()["id"]) if answer.status_code == httpx.codes.CREATED else None

    def some(self, parameter: str) -> str | None:
        """Return the id of something that exists and is only looked at."""
        if parameter not in self._some:
            self._some[parameter] = self.new(parameter)
        return self._some[parameter]

    def forget(self) -> None:
        """Let every check follow up anew."""
        self._follow_ups.clear()

    def is_due(self, check: str, operation: str) -> bool:
        """Tell whether a check shall follow up on an operation once more."""
        self._follow_ups[check, operation] += 1
        return self._follow_ups[check, operation] <= FOLLOW_UPS
