"""Users and roles."""

from __future__ import annotations

from pydantic import Field

from ablage_sdk._models._base import Model, Resource, Timestamp

__all__ = ["Role", "User"]


class User(Resource):
    """A person, or a program, that may log in.

    Attributes:
        id: UUID.
        email: Also the name for logging in.
        full_name: For people.
        is_active: Whether logging in is allowed.
        roles: Names of roles, such as ``admin``, ``user``, ``viewer``.
        permissions: What the roles allow together: resource → actions.
        created_at: Time of creation.
        updated_at: Time of the last change.
    """

    id: str
    email: str
    full_name: str | None = None
    is_active: bool = True
    roles: list[str]
    permissions: dict[str, list[str]] = Field(default_factory=dict)
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class Role(Model):
    """A named set of permissions.

    Attributes:
        id: UUID.
        name: Such as ``admin``.
        description: For people.
        permissions: Resource → actions.
    """

    id: str
    name: str
    description: str | None = None
    permissions: dict[str, list[str]] = Field(default_factory=dict)
