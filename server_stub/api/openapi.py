"""What routes say about their answers in the OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

Responses = dict[int | str, dict[str, Any]]

_LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Path of what was created."}}


def described(model: type[BaseModel], status: int = 200) -> Responses:
    """Describe an answer that is built by hand: FastAPI shall document it, not convert it again."""
    return {status: {"model": model, "description": "Done."}}


def created(model: type[BaseModel]) -> Responses:
    """Describe a 201 with ``Location``."""
    return {201: {"model": model, "description": "Created.", "headers": _LOCATION}}
