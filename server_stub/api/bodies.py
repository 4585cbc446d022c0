"""Reading request bodies: JSON strictly, and never more than allowed."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any, cast

import orjson
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server_stub.api.state import ApiState
from server_stub.errors import AblageServerError, TooLargeError, invalid_field

MAX_JSON_BYTES = 1_048_576


class StrictRequest(Request):
    """A request whose JSON is read by the letter of RFC 8259, up to `MAX_JSON_BYTES`.

    Python's own reader takes ``NaN``, half surrogate pairs and any depth; none of that can be stored.
    """

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            TooLargeError: It has more bytes than allowed.
        """
        if not hasattr(self, "_body"):
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > MAX_JSON_BYTES:
                    raise TooLargeError(
                        f"The request body is larger than {MAX_JSON_BYTES} bytes.", code="REQUEST_TOO_LARGE"
                    )
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> object:
        """Return the body's value.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        if not hasattr(self, "_json"):
            self._json = cast("object", orjson.loads(await self.body()))
        return self._json


class StrictRoute(APIRoute):
    """A route that reads its body through `StrictRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what handles a request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            published = ApiState.of(request.app).methods.get(request.scope["path"])
            if published is not None and request.method not in published:
                # Such as PATCH /documents/search, which looks like an id to the route of single documents.
                raise HTTPException(405)
            try:
                return await handler(StrictRequest(request.scope, request.receive))
            except HTTPException as error:
                # What goes wrong in `body` arrives here as a plain 400.
                if isinstance(error.__cause__, AblageServerError):
                    raise error.__cause__ from None
                raise

        return strict


def read_json(text: str, field: str) -> object:
    """Read JSON that came as a form field.

    Raises:
        InvalidRequestError: It is not JSON.
    """
    try:
        return cast("object", orjson.loads(text))
    except json.JSONDecodeError as error:
        raise invalid_field(field, f"must be a JSON object ({error.msg}).") from None
