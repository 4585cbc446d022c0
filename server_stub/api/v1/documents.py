"""Documents in API v1: those of v2, turned into the old shape on the way out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ablage_sdk import formats
from ablage_sdk.formats import only_v1
from server_stub.api import responses, versions
from server_stub.api.bodies import StrictRoute
from server_stub.api.dependencies import (
    CurrentActor,
    CurrentContext,
    CurrentServices,
    DocumentId,
)
from server_stub.api.deprecation import note_use
from server_stub.api.idempotency import Repeat, answer
from server_stub.api.openapi import created, described
from server_stub.api.schemas import Text
from server_stub.api.uploading import FORM_SCHEMA, upload
from server_stub.api.v1 import schemas
from server_stub.api.v1.paging import Numbered, envelope
from server_stub.services import documents, search
from server_stub.storage.queries.document_fields import Document
from server_stub.storage.queries.document_filters import Filters
from server_stub.storage.queries.documents import SortKey
from server_stub.storage.queries.lists import Order

router = APIRouter(prefix="/documents", tags=["documents"], route_class=StrictRoute)


def old(document: Document) -> dict[str, object]:
    """Return a document as v1 answers it."""
    return only_v1(formats.documents.down(document))


@router.post(
    "/upload",
    status_code=201,
    responses=created(schemas.Document),
    openapi_extra={"requestBody": FORM_SCHEMA},
)
@router.post(
    "", status_code=201, responses=created(schemas.Document), openapi_extra={"requestBody": FORM_SCHEMA}
)
@router.post("/", status_code=201, include_in_schema=False)
async def upload_document(services: CurrentServices, actor: CurrentActor, repeat: Repeat) -> Response:
    """Upload a document. It is answered at once; its text follows when it has been recognised."""
    return await upload(repeat, services, actor, present=old)


@router.get("", responses=described(schemas.DocumentPage))
@router.get("/", include_in_schema=False)
async def list_documents(
    services: CurrentServices,
    actor: CurrentActor,
    numbered: Numbered,
    status: schemas.Status | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    document_type: Annotated[str | None, Query(max_length=50)] = None,
    sort_by: SortKey = "created_at",
    sort_order: Order = "desc",
) -> Response:
    """List documents."""
    filters = Filters(status=status, tag=tag, document_type=document_type)
    window = replace(numbered, order=sort_order)
    found = await documents.list_documents(services, actor, filters, window, sort_by=sort_by, blocks=True)
    return responses.json(envelope(found, window, old))


@router.get("/search", responses=described(schemas.FoundPage))
async def search_documents(
    services: CurrentServices,
    actor: CurrentActor,
    q: Annotated[str, Query(min_length=1, max_length=search.MAX_QUERY)],
    numbered: Numbered,
    status: schemas.Status | None = None,
    tag: Annotated[str | None, Query(max_length=100)] = None,
    document_type: Annotated[str | None, Query(max_length=50)] = None,
) -> Response:
    """Search text and file names in German, the best match first."""
    filters = Filters(status=status, tag=tag, document_type=document_type)
    found = await search.search(services, actor, q, filters, numbered, blocks=True)
    return responses.json(envelope(found, numbered, _found))


def _found(document: Document) -> dict[str, object]:
    return {**old(document), "score": document["score"], "highlight": document["highlight"]}


@router.get("/{document_id}", responses=described(schemas.Document))
async def get_document(services: CurrentServices, actor: CurrentActor, document_id: DocumentId) -> Response:
    """Return a document."""
    return responses.json(old(await documents.get(services, actor, document_id)))


@router.patch("/{document_id}", responses=described(schemas.Document))
async def update_document(
    services: CurrentServices, actor: CurrentActor, document_id: DocumentId, body: schemas.DocumentChanges
) -> Response:
    """Change a document."""
    changes = documents.Changes(body.filename, body.tags, body.metadata)
    return responses.json(old(await documents.update(services, actor, document_id, changes)))


@router.delete("/{document_id}", status_code=204)
async def delete_document(
    services: CurrentServices, actor: CurrentActor, document_id: DocumentId
) -> Response:
    """Delete a document and its file."""
    await documents.delete(services, actor, document_id)
    return responses.empty()


@router.get("/{document_id}/ocr-text", responses=described(Text), deprecated=True)
async def get_ocr_text(
    services: CurrentServices, actor: CurrentActor, context: CurrentContext, document_id: DocumentId
) -> Response:
    """Return the text alone. Use ``/documents/{document_id}/extracted-text`` instead."""
    if services.release.announces_versions:
        note_use(
            context,
            actor,
            "GET /documents/{id}/ocr-text",
            "GET /documents/{id}/extracted-text",
            f"{versions.PREFIXES[versions.V2]}/documents/{document_id}/extracted-text",
        )
    text = await documents.text(services, actor, document_id)
    return responses.json({"id": document_id, "text": text})


@router.post("/{document_id}/reprocess", status_code=202, responses=described(schemas.Document, 202))
@router.post("/{document_id}/ocr", status_code=202, responses=described(schemas.Document, 202))
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
        lambda document: answer(202, old(document), document_id=document_id),
    )
