"""What routes say about their answers in the OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server_stub.ocr.detect import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

Responses = dict[int | str, dict[str, Any]]

_LOCATION = {
    "Location": {
        "required": True,
        "schema": {"type": "string", "pattern": "^/api/"},
        "description": "Path of what was created.",
    }
}


#: An answer that tells which state of a document it shows.
ETAG = {
    "ETag": {
        "required": True,
        "schema": {"type": "string", "pattern": '^"[!#-~]+"$'},
        "description": "Another one after every change; for If-Match.",
    }
}
_FILE = {
    **ETAG,
    "Accept-Ranges": {"required": True, "schema": {"const": "bytes"}},
    "Content-Disposition": {"required": True, "schema": {"type": "string"}},
}
_BYTES = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in EXTENSIONS}
_CONTENT_RANGE = {"Content-Range": {"required": True, "schema": {"type": "string"}}}

#: What a download answers.
DOWNLOAD: Responses = {
    200: {"description": "The file.", "content": _BYTES, "headers": _FILE},
    206: {"description": "A part of it.", "content": _BYTES, "headers": {**_FILE, **_CONTENT_RANGE}},
    304: {"description": "It is the one that If-None-Match names.", "headers": ETAG},
}


def described(
    model: type[BaseModel], status: int = 200, headers: Mapping[str, object] | None = None
) -> Responses:
    """Describe an answer that is built by hand: FastAPI shall document it, not convert it again."""
    return {status: {"model": model, "description": "Done.", "headers": dict(headers or {})}}


def created(model: type[BaseModel]) -> Responses:
    """Describe a 201 with ``Location``."""
    return {201: {"model": model, "description": "Created.", "headers": _LOCATION}}
