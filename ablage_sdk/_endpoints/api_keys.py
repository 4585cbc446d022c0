"""The endpoints of API keys."""

from __future__ import annotations

from typing import Final

from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.api_key import APIKey, CreatedAPIKey
from ablage_sdk._operation import V1, nothing, one, page_of
from ablage_sdk._v1 import listed

LIST: Final = Endpoint(
    "api_keys.list",
    "GET",
    "/api-keys",
    page_of(APIKey),
    v1=listed(),
)
CREATE: Final = Endpoint(
    "api_keys.create",
    "POST",
    "/api-keys",
    one(CreatedAPIKey),
    v1=V1(parameters=frozenset({"name", "scopes", "expires_at"})),
)
REVOKE: Final = Endpoint("api_keys.revoke", "DELETE", "/api-keys/{key_id}", nothing, v1=V1(answer=None))
