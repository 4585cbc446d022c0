"""Documents in API v2."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from server_stub.api import responses, versions
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import (
    CurrentActor,
    CurrentServices,
    DocumentId,
)
from server_stub.api.errors import HTTPError
from server_stub.api.etags import etag_of, matching
from server_stub.api.idempotency import Repeat, answer
from server_stub.api.openapi import ETAG, created, described
from server_stub.api.preferences import unless_gone, wait_seconds
from server_stub.api.schemas import Time
from server_stub.api.uploading import FORM_SCHEMA, upload
from server_stub.api.v2 import schemas
from server_stub.api.v2.hot.queries import list_encoded
from server_stub.api.v2.paging import Paged, envelope
from server_stub.services import documents, search
from server_stub.services.processing import get_finished
from server_stub.storage.queries.document_fields import Document
from server_stub.storage.queries.document_filters import Filters
from server_stub.storage.queries.lists import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)

IfMatch = Annotated[str | None, Header(description="Entity tags of which one must be the current one.")]


_QUERY = 'Words; "…" for a phrase, or between alternatives, - before what must not occur.'


def filters(
    status: schemas.Status | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    language: Annotated[str | None, Query(max_length=10)] = None,
    ocr_backend: Annotated[str | None, Query(max_length=50)] = None,
    document_type: Annotated[str | None, Query(max_length=50)] = None,
    created_after: Time | None = None,
    created_before: Time | None = None,
) -> Filters:
    """Read which documents are wanted."""
    return Filters(status, tag, language, ocr_backend, document_type, created_after, created_before)


Filtered = Annotated[Filters, Depends(filters)]


def document_etag(document: Document) -> dict[str, str]:
    """Return the headers that say which state of a document is answered."""
    return {"ETag": etag_of(document)}


@router.post(
    "/upload",
    status_code=201,
    responses=created(schemas.Document),
    openapi_extra={"requestBody": FORM_SCHEMA},
)
@router.post(
    "", status_code=201, responses=created(schemas.Document), openapi_extra={"requestBody": FORM_SCHEMA}
)
async def upload_document(services: CurrentServices, actor: CurrentActor, repeat: Repeat) -> Response:
    """Upload a document. It is answered at once; its text follows when it has been recognised."""
    return await upload(repeat, services, actor, present=lambda document: document)


@router.get("", responses=described(schemas.DocumentPage))
async def list_documents(
    services: CurrentServices,
    actor: CurrentActor,
    filters: Filtered,
    paged: Paged,
    order: Order = "desc",
    include: Literal["ocr_result"] | None = None,
) -> Response:
    """List documents by time of creation."""
    window = replace(paged, order=order)
    if include is None:
        body = await list_encoded(services, actor, filters, window)
        return Response(body, media_type=responses.JSON)
    found = await documents.list_documents(services, actor, filters, window, blocks=True)
    return responses.json(envelope(found))


@router.get("/search", responses=described(schemas.FoundPage))
async def search_documents(
    services: CurrentServices,
    actor: CurrentActor,
    q: Annotated[str, Query(min_length=1, max_length=search.MAX_QUERY, description=_QUERY)],
    filters: Filtered,
    paged: Paged,
) -> Response:
    """Search text and file names in German, the best match first."""
    return responses.json(envelope(await search.search(services, actor, q, filters, paged)))


@router.post("/batch/delete", responses=described(schemas.BatchDeleted))
async def delete_documents(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    body: schemas.BatchDelete,
) -> Response:
    """Delete up to 1 000 documents and say what became of each."""
    wanted = body.document_ids
    return await repeat.answer(
        [wanted],
        partial(documents.delete_many, services, actor, wanted),
        lambda deleted: answer(200, {"results": _outcomes(wanted, deleted), "deleted": len(deleted)}),
    )


def _outcomes(wanted: Sequence[UUID], deleted: Collection[UUID]) -> list[dict[str, object]]:
    """Say what became of each document, in the order asked; one that is named twice was there once."""
    left, results = set(deleted), list[dict[str, object]]()
    for document_id in wanted:
        if document_id in left:
            left.discard(document_id)
            results.append({"id": document_id, "status": "deleted"})
        else:
            results.append({"id": document_id, "status": "not_found", "code": "DOC_NOT_FOUND"})
    return results


@router.get("/{document_id}", responses=described(schemas.Document, headers=ETAG))
async def get_document(
    request: Request,
    services: CurrentServices,
    actor: CurrentActor,
    document_id: DocumentId,
    prefer: Annotated[
        str | None,
        Header(description="wait=<seconds, up to 60>: answer when the status is final or the time is up."),
    ] = None,
) -> Response:
    """Return a document."""
    seconds = wait_seconds(prefer)
    if seconds is None:
        document = await documents.get(services, actor, document_id)
        return responses.json(document, headers=document_etag(document))
    document = await unless_gone(request, get_finished(services, actor, document_id, seconds))
    applied = {"Preference-Applied": f"wait={seconds}"}
    return responses.json(document, headers={**document_etag(document), **applied})


@router.patch("/{document_id}", responses=described(schemas.Document, headers=ETAG))
async def update_document(
    services: CurrentServices,
    actor: CurrentActor,
    document_id: DocumentId,
    body: schemas.DocumentChanges,
    if_match: IfMatch = None,
) -> Response:
    """Change a document."""
    changes = documents.Changes(body.filename, body.tags, body.metadata)
    document = await documents.update(services, actor, document_id, changes, check=matching(if_match))
    return responses.json(document, headers=document_etag(document))


@router.delete("/{document_id}", status_code=204)
async def delete_document(
    services: CurrentServices, actor: CurrentActor, document_id: DocumentId, if_match: IfMatch = None
) -> Response:
    """Delete a document and its file."""
    await documents.delete(services, actor, document_id, check=matching(if_match))
    return responses.empty()


@router.post("/{document_id}/reprocess", status_code=202, responses=described(schemas.Document, 202, ETAG))
async def reprocess_document(
    services: CurrentServices,
    actor: CurrentActor,
    repeat: Repeat,
    document_id: DocumentId,
    body: schemas.Reprocess | None = None,
) -> Response:
    """Recognise a document again."""
    backend = body.ocr_backend if body else None
    return await repeat.answer(
        [backend],
        partial(documents.reprocess, services, actor, document_id, backend),
        lambda document: answer(202, document, document_etag(document), document_id),
    )


@router.get("/{document_id}/ocr-text", include_in_schema=False)
async def get_ocr_text(actor: CurrentActor, document_id: DocumentId) -> Response:
    """Say where the text is now."""
    del actor
    successor = f"{versions.PREFIXES[versions.V2]}/documents/{document_id}/extracted-text"
    message = "This was removed in API v2. Use GET /documents/{id}/extracted-text."
    link = f'<{successor}>; rel="successor-version"'
    raise HTTPError(message, code="ENDPOINT_REMOVED", headers={"Link": link})
