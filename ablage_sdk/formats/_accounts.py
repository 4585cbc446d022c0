"""Users and webhooks between API v1 and v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_sdk.formats._reversible import reversible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk.formats._reversible import Object

__all__ = ["WEBHOOK_KEYS", "user_to_v1", "user_to_v2", "webhook_to_v1", "webhook_to_v2"]

_ROLE_RANK = ("admin", "user", "viewer")


def user_to_v2(user: Mapping[str, object]) -> Object:
    """Convert a v1 user (``role: "admin"``) to v2 (``roles: ["admin"]``)."""
    return reversible(user, _user_up, _user_down, "_v1", "_v2")


def user_to_v1(user: Mapping[str, object]) -> Object:
    """Convert a v2 user to v1: of several roles the most powerful one is named."""
    return reversible(user, _user_down, _user_up, "_v2", "_v1")


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


#: Webhook keys that v1 answers under an old name too, old name → new name.
WEBHOOK_KEYS = {"events": "event_types", "active": "is_active"}


def webhook_to_v2(webhook: Mapping[str, object]) -> Object:
    """Convert a v1 webhook, whichever of the two names of a field it uses, to v2."""
    return reversible(webhook, _webhook_up, _webhook_down, "_v1", "_v2")


def webhook_to_v1(webhook: Mapping[str, object]) -> Object:
    """Convert a v2 webhook to v1, which answers both the old and the new names."""
    return reversible(webhook, _webhook_down, _webhook_up, "_v2", "_v1")


def _webhook_up(v1: Mapping[str, object]) -> Object:
    v2 = {key: value for key, value in v1.items() if key not in WEBHOOK_KEYS}
    for old, new in WEBHOOK_KEYS.items():
        if old in v1 and new not in v2:
            v2[new] = v1[old]
    return v2


def _webhook_down(v2: Mapping[str, object]) -> Object:
    return {**v2, **{old: v2[new] for old, new in WEBHOOK_KEYS.items() if new in v2}}
