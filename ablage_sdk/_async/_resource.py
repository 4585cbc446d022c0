"""What all resources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from ablage_sdk._async._pages import AsyncPage
from ablage_sdk._models.page import PageData
from ablage_sdk._operation import Operation, one, query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablage_sdk._async._executor import AsyncExecutor
    from ablage_sdk._operation import Parameter

M = TypeVar("M", bound=BaseModel)


class AsyncResource:
    """A group of endpoints."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def _page(
        self, name: str, path: str, model: type[M], parameters: Mapping[str, Parameter]
    ) -> AsyncPage[M]:
        """Fetch a page of a list, able to fetch the next one."""

        async def fetch(cursor: str | None) -> AsyncPage[M]:
            data = await self._executor.run(
                Operation(
                    name=name,
                    method="GET",
                    path=path,
                    query=query({**parameters, "cursor": cursor}),
                    read=one(PageData[model]),  # type: ignore[valid-type]  # a class made at run time
                )
            )
            return AsyncPage(data, fetch)

        cursor = parameters.get("cursor")
        return await fetch(cursor if isinstance(cursor, str) else None)
