"""Pages by cursor."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from server_stub.services import paging

MAX_CURSOR = 200
Limit = Annotated[int, Query(ge=1, le=paging.MAX_LIMIT, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="next_cursor of the page before.")]
DEFAULT_LIMIT = paging.DEFAULT_LIMIT
