"""Users and webhooks between API v1 and v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk.formats._conversion import Conversion, between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk.formats._conversion import Object

__all__ = ["WEBHOOK_KEYS", "users", "webhooks"]

_ROLE_RANK = ("admin", "user", "viewer")


def _user_up(v1: Mapping[str, object]) -> Object:
    v2 = {key: value for key, value in v1.items() if key not in {"role", "roles"}}
    if "role" in v1:
        v2["roles"] = [] if v1["role"] is None else [v1["role"]]
    return v2


def _user_down(v2: Mapping[str, object]) -> Object:
    v1 = {key: value for key, value in v2.items() if key not in {"role", "roles"}}
    roles = v2.get("roles")
    if isinstance(roles, list):
        ranked = [role for role in _ROLE_RANK if role in roles] + roles
        v1["role"] = ranked[0] if ranked else None
    return v1


#: Users: v1 knows one ``role``, v2 ``roles``; of several, v1 is told the most powerful one.
users: Conversion = between(_user_up, _user_down)

#: Webhook keys that v1 answers under an old name too, old name → new name.
WEBHOOK_KEYS = {"events": "event_types", "active": "is_active"}


def _webhook_up(v1: Mapping[str, object]) -> Object:
    v2 = {key: value for key, value in v1.items() if key not in WEBHOOK_KEYS}
    for old, new in WEBHOOK_KEYS.items():
        if old in v1 and new not in v2:
            v2[new] = v1[old]
    return v2


def _webhook_down(v2: Mapping[str, object]) -> Object:
    return {**v2, **{old: v2[new] for old, new in WEBHOOK_KEYS.items() if new in v2}}


#: Webhooks: what was sent to v1 may use either name of a field, what v1 answers has both.
webhooks: Conversion = between(_webhook_up, _webhook_down)
