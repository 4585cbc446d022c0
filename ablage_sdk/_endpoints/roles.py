"""The endpoint of roles, which v1 does not have: there, a user has one of three fixed ones."""

from __future__ import annotations

from typing import Final

from ablage_sdk._endpoints._endpoint import Endpoint
from ablage_sdk._models.user import Role
from ablage_sdk._operation import page_of

LIST: Final = Endpoint("roles.list", "GET", "/roles", page_of(Role))
