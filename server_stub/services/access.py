"""Who may do what: the one place that decides.

A role gives permissions (``resource → actions``), stored in the table ``roles``. An API key with scopes
gives away only the part of them that its scopes name. On top of that, ``admin`` and ``viewer`` see
everybody's documents, and only ``admin`` changes them; for everyone else what belongs to somebody else does
not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from server_stub.errors import PermissionDeniedError

Action: TypeAlias = Literal["create", "read", "update", "delete"]
Permissions: TypeAlias = Mapping[str, frozenset[str]]

ACTIONS: tuple[Action, ...] = ("create", "read", "update", "delete")

#: What a role may hold. ``settings`` guards what concerns the whole server.
RESOURCES: Mapping[str, tuple[Action, ...]] = {
    "documents": ACTIONS,
    "users": ACTIONS,
    "settings": ("read", "update"),
    "analytics": ("read",),
}

#: What everybody holds, because it concerns nobody else: one's own keys and webhooks.
OWN_RESOURCES: Mapping[str, tuple[Action, ...]] = {
    "api_keys": ("create", "read", "delete"),
    "webhooks": ACTIONS,
}

#: Every scope that an API key can be limited to.
SCOPES: tuple[str, ...] = tuple(
    f"{resource}:{action}"
    for resource, actions in {**RESOURCES, **OWN_RESOURCES}.items()
    for action in actions
)

ADMIN, USER, VIEWER = "admin", "user", "viewer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is allowed in.

    Attributes:
        user_id: The user on whose behalf the request is made.
        email: Their address.
        roles: Names of their roles.
        permissions: What they may do with this credential.
        credential: Names the API key or session: ``key:<id>`` or ``session:<id>``. Rate limits count by it.
        scopes: The scopes of the API key, ``None`` when it has none and everything is allowed.
    """

    user_id: UUID
    email: str
    roles: tuple[str, ...]
    permissions: Permissions
    credential: str
    scopes: frozenset[str] | None = None

    @property
    def is_operator(self) -> bool:
        """Whether it is nobody's request: whoever runs the server works on its database."""
        return self is OPERATOR

    def may(self, resource: str, action: Action) -> bool:
        """Tell whether the actor may do this at all, whoever the object belongs to."""
        return action in self.permissions.get(resource, frozenset())

    def require(self, resource: str, action: Action) -> None:
        """Let the actor pass, or refuse.

        Raises:
            PermissionDeniedError: The roles of the user, or the scopes of the key, do not include this.
        """
        if self.may(resource, action):
            return
        needed = f"{resource}:{action}"
        if self.scopes is not None and needed not in self.scopes:
            raise PermissionDeniedError(f"This API key lacks the scope {needed}. Use a key that has it.")
        role = ", ".join(self.roles) or "none"
        raise PermissionDeniedError(
            f"This needs the permission {needed}, which your role ({role}) lacks. Ask an administrator."
        )

    def owner_filter(self, action: Action) -> UUID | None:
        """Return whose documents the actor may touch: their own id, or ``None`` for everybody's."""
        everybody = ADMIN in self.roles or (action == "read" and VIEWER in self.roles)
        return None if everybody else self.user_id


def effective_permissions(
    granted: Iterable[Mapping[str, Iterable[str]]], scopes: frozenset[str] | None
) -> Permissions:
    """Add up what several roles grant and keep what the scopes allow.

    Args:
        granted: The ``permissions`` of each role.
        scopes: The scopes of an API key, or ``None`` for no limit.
    """
    total: dict[str, set[str]] = {resource: set(actions) for resource, actions in OWN_RESOURCES.items()}
    for role in granted:
        for resource, actions in role.items():
            total.setdefault(resource, set()).update(actions)
    return {
        resource: frozenset(a for a in actions if scopes is None or f"{resource}:{a}" in scopes)
        for resource, actions in total.items()
    }


def as_json(permissions: Permissions) -> dict[str, list[str]]:
    """Return the permissions that roles can hold, in the order in which they are answered."""
    return {
        resource: [action for action in ACTIONS if action in permissions.get(resource, frozenset())]
        for resource in RESOURCES
    }


#: Whoever runs the server's commands: they have the database, so they may do everything.
OPERATOR = Actor(
    user_id=UUID(int=0),
    email="operator",
    roles=(ADMIN,),
    permissions={
        resource: frozenset(actions) for resource, actions in {**RESOURCES, **OWN_RESOURCES}.items()
    },
    credential="operator",
)
