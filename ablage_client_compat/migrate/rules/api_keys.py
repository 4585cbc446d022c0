"""API keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Method, converted, kept
from ablage_client_compat.migrate.rules.signatures import Call, takes
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="api_keys", dialects="A")


RULES: list[Rule] = [
    _method(
        name="create",
        example="""
            >>> key = client.api_keys.create("nightly", ["documents:read"]).key
            key = client.api_keys.create("nightly", scopes=["documents:read"]).key
        """,
        parameters=takes("name", scopes="None"),
        call=Call("api_keys.create", "name", scopes="scopes"),
        returns=Type("ApiKey"),
    ),
    *kept("ApiKey", "id name key prefix scopes created_at expires_at last_used_at revoked_at"),
    *converted("ApiKey", "ApiKey"),
]
