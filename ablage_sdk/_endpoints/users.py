"""The endpoints of users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ablage_sdk import formats
from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._exceptions import UnsupportedByServer
from ablage_sdk._models.user import User
from ablage_sdk._operation import V1, nothing, one, page_of
from ablage_sdk._v1 import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETERS: Final = frozenset({"email", "password", "full_name", "roles", "is_active"})


def _body(body: dict[str, object]) -> Mapping[str, object]:
    """``roles`` as ``role``: there is one."""
    roles = body.pop("roles", None)
    if isinstance(roles, list):
        if len(roles) != 1:
            msg = "API 1.0 gives a user exactly one role; upgrade the server for more, or none"
            raise UnsupportedByServer(msg, operation="users", needs="2.0")
        body["role"] = roles[0]
    return body


LIST: Final = Endpoint(
    "users.list",
    "GET",
    "/users",
    page_of(User),
    v1=listed(formats.users.up),
)
GET: Final = Endpoint("users.get", "GET", "/users/{user_id}", one(User), v1=V1(answer=formats.users.up))
CREATE: Final = Endpoint(
    "users.create",
    "POST",
    "/users",
    one(User),
    v1=V1(parameters=_PARAMETERS, body=_body, answer=formats.users.up),
)
UPDATE: Final = Endpoint(
    "users.update",
    "PATCH",
    "/users/{user_id}",
    one(User),
    v1=V1(parameters=_PARAMETERS, body=_body, answer=formats.users.up),
)
DELETE: Final = Endpoint("users.delete", "DELETE", "/users/{user_id}", nothing, v1=V1(answer=None))
