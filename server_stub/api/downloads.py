"""What both versions give of a document alike: its text, and its bytes or a part of them (RFC 9110, 14)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from server_stub.api import responses, schemas
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import CurrentActor, CurrentServices, DocumentId
from server_stub.api.errors import HTTPError
from server_stub.api.etags import etags
from server_stub.api.openapi import DOWNLOAD, described
from server_stub.errors import NotFoundError
from server_stub.services import documents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)


@router.get("/{document_id}/download", response_class=Response, responses=DOWNLOAD)
async def download_document(
    request: Request, services: CurrentServices, actor: CurrentActor, document_id: DocumentId
) -> Response:
    """Return the file, or the part of it that ``Range`` asks for."""
    content = await documents.content(services, actor, document_id)
    tag = f'"{content.sha256}"' if content.sha256 else f'"{content.storage_key.rsplit("/", 1)[-1]}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(content.filename),
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if tag in etags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    wanted = None
    if request.headers.get("if-range", tag).strip() == tag:
        wanted = parse_range(request.headers.get("range"), content.size)
    status, (start, end) = (206, wanted) if wanted else (200, (0, content.size))
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    headers["Content-Length"] = str(end - start)
    chunks = (
        services.files.stream(content.storage_key, start, end)
        if wanted
        else services.files.stream(content.storage_key)
    )
    try:
        first = await anext(chunks, b"")
    except FileNotFoundError:
        raise NotFoundError(
            "The file of this document is missing from the file store. Ask an administrator.",
            code="DOC_FILE_NOT_FOUND",
        ) from None
    return StreamingResponse(_joined(first, chunks), status, headers, media_type=content.mime_type)


@router.get("/{document_id}/extracted-text", responses=described(schemas.Text))
async def get_extracted_text(
    services: CurrentServices, actor: CurrentActor, document_id: DocumentId
) -> Response:
    """Return the text alone; empty as long as there is none."""
    text = await documents.text(services, actor, document_id)
    return responses.json({"id": document_id, "text": text})


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Read a single byte range.

    Args:
        header: The value of ``Range``.
        size: Bytes that there are.

    Returns:
        The first byte and the one after the last; ``None`` when everything is to be sent, which is also the
        right answer to several ranges and to what is no range at all.

    Raises:
        HTTPError: It begins behind the end.
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size or start >= end:
        raise HTTPError(
            f"The file has {size} bytes; the range {header} lies outside.",
            code="RANGE_NOT_SATISFIABLE",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end


def disposition(filename: str) -> str:
    """Return ``Content-Disposition`` for any file name (RFC 6266)."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
