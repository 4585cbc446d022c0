# Generated from ablage_sdk/_async/resources/users.py by scripts/generate_sync.py: do not edit.
"""Users and roles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_sdk._endpoints import roles, users
from ablage_sdk._operation import given
from ablage_sdk._sync._pages import Items
from ablage_sdk._sync._raw import Raw, raw
from ablage_sdk._sync._resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ablage_sdk._models.user import Role, User
    from ablage_sdk._sync._pages import Page


class Users(Resource):
    """``sdk.users``; most of it is for administrators."""

    @property
    def with_raw_response(self) -> UsersRaw:
        """The same methods, each returning a `RawResponse`."""
        return UsersRaw(self)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[User]:
        """Return a page of users.

        Args:
            limit: Items per page, at most 200.
            cursor: ``next_cursor`` of an earlier page.
        """
        return self._page(users.LIST, {"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> Items[User]:
        """Yield all users, page by page."""
        return Items(partial(self.list, limit=limit))

    def get(self, user_id: str) -> User:
        """Return a user.

        Raises:
            NotFoundError: There is no such user.
        """
        return self._executor.run(users.GET(user_id=user_id))

    def create(
        self,
        email: str,
        password: str,
        *,
        full_name: str | None = None,
        roles: Iterable[str] | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Create a user.

        Args:
            email: Also the name for logging in.
            password: For logging in.
            full_name: For people.
            roles: Names of roles; ``user`` when left out.
            is_active: Whether logging in is allowed; yes when left out.

        Raises:
            ConflictError: The address is taken.
            ValidationError: The address or the password is not acceptable.
        """
        return self._executor.run(
            users.CREATE(
                json=given(
                    email=email, password=password, full_name=full_name, roles=roles, is_active=is_active
                )
            )
        )

    def update(
        self,
        user_id: str,
        *,
        email: str | None = None,
        password: str | None = None,
        full_name: str | None = None,
        roles: Iterable[str] | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Change a user; what is left out stays as it is.

        Args:
            user_id: Their id.
            email: New address.
            password: New password.
            full_name: New name; an empty one removes it.
            roles: New roles, in place of all present ones.
            is_active: Whether logging in is allowed.
        """
        changes = given(email=email, password=password, full_name=full_name, roles=roles, is_active=is_active)
        return self._executor.run(users.UPDATE(user_id=user_id, json=changes))

    def delete(self, user_id: str) -> None:
        """Delete a user."""
        self._executor.run(users.DELETE(user_id=user_id))


class UsersRaw(Raw[Users]):
    """``sdk.users.with_raw_response``: status, headers and ``parse()``."""

    @raw(Users.list)
    def list(self) -> None: ...

    @raw(Users.get)
    def get(self) -> None: ...

    @raw(Users.create)
    def create(self) -> None: ...

    @raw(Users.update)
    def update(self) -> None: ...

    @raw(Users.delete)
    def delete(self) -> None: ...


class Roles(Resource):
    """``sdk.roles``."""

    @property
    def with_raw_response(self) -> RolesRaw:
        """The same methods, each returning a `RawResponse`."""
        return RolesRaw(self)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[Role]:
        """Return a page of roles.

        Raises:
            UnsupportedByServer: The server has only v1, where a user has one of three fixed roles.
        """
        return self._page(roles.LIST, {"limit": limit, "cursor": cursor})


class RolesRaw(Raw[Roles]):
    """``sdk.roles.with_raw_response``: status, headers and ``parse()``."""

    @raw(Roles.list)
    def list(self) -> None: ...
