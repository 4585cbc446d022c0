# Generated from ablage_sdk/_async/_resource.py by scripts/generate_sync.py: do not edit.
"""What all resources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from ablage_sdk._operation import query
from ablage_sdk._sync._pages import Page
from ablage_sdk._v1 import FIRST_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from ablage_sdk._models.page import PageData
    from ablage_sdk._operation import Operation, Parameter
    from ablage_sdk._response import Answer
    from ablage_sdk._sync._executor import Executor

M = TypeVar("M", bound="BaseModel")


class Resource:
    """A group of endpoints."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def _recording(self, answers: list[Answer]) -> Self:
        """Return the same resource, which keeps its last answer in a list."""
        return type(self)(self._executor.recording(answers))

    def _page(
        self, endpoint: Callable[..., Operation[PageData[M]]], parameters: Mapping[str, Parameter]
    ) -> Page[M]:
        """Fetch a page of a list, able to fetch the next one."""

        def fetch(cursor: str | None) -> Page[M]:
            given = query({**parameters, "cursor": cursor})
            data = self._executor.run(endpoint(query=given))
            return Page(data, fetch, first=cursor in {None, FIRST_PAGE})

        cursor = parameters.get("cursor")
        return fetch(cursor if isinstance(cursor, str) else None)
