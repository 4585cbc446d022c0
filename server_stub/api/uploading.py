"""``POST /documents``, the same for both versions but for the shape of the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from server_stub.api import multipart, schemas
from server_stub.api.bodies import read_json
from server_stub.api.idempotency import answer
from server_stub.errors import invalid_field
from server_stub.ocr import BACKENDS
from server_stub.ocr.detect import EXTENSIONS
from server_stub.services import uploads
from server_stub.services.document_validation import LANGUAGE, MAX_TAG, MAX_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from starlette.responses import Response

    from server_stub.api.idempotency import Repeatable
    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.document_fields import Document

#: The form of an upload, as OpenAPI describes it.
FORM_SCHEMA: Mapping[str, object] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "PDF, PNG, JPEG, TIFF or WebP, decided by content.",
                    },
                    "ocr_backend": {"type": "string", "enum": [*BACKENDS, ""]},
                    "language": {
                        "type": "string",
                        "description": "Such as de, en or de+en.",
                        "maxLength": 10,
                        "pattern": f"^({LANGUAGE})?$",
                        "default": "de",
                    },
                    "tags": {
                        "type": "array",
                        "maxItems": MAX_TAGS,
                        "items": {"type": "string", "maxLength": MAX_TAG, "pattern": schemas.PRINTABLE},
                        "description": "Repeated, or one value with commas.",
                    },
                    "metadata": {"type": "string", "format": "json-object", "description": "A JSON object."},
                    "document_type": {"type": "string", "maxLength": 50, "pattern": schemas.PRINTABLE},
                },
            },
            "encoding": {
                "file": {"contentType": ", ".join(EXTENSIONS)},
                "tags": {"explode": True, "style": "form"},
            },
        }
    },
}


async def upload(
    repeat: Repeatable, services: Services, actor: Actor, *, present: Callable[[Document], object]
) -> Response:
    """Receive a document and answer 201 with it.

    Args:
        repeat: The request.
        services: The running server.
        actor: Who uploads.
        present: Turns the v2 document into the shape of the answer.
    """
    actor.require("documents", "create")
    limit = services.settings.max_upload_bytes
    prefix = cast("str", repeat.request.scope["path"]).partition("/documents")[0]
    async with multipart.receive(repeat.request, services.files.scratch, max_bytes=limit) as form:
        if form.file is None:
            raise invalid_field("file", "is missing. Send the document in a form field named file.")
        file, new = form.file, _new_document(form)
        return await repeat.answer(
            [file.sha256, file.filename, sorted(form.fields.items())],
            partial(uploads.upload, services, actor, file, new),
            lambda document: answer(
                201,
                present(document),
                {"Location": f"{prefix}/documents/{document['id']}"},
                cast("UUID", document["id"]),
            ),
        )


def _new_document(form: multipart.Form) -> uploads.NewDocument:
    metadata = form.one("metadata")
    value = {} if metadata is None else read_json(metadata, "metadata")
    if not isinstance(value, dict):
        raise invalid_field("metadata", "must be a JSON object.")
    tags = [tag for given in form.fields.get("tags", []) for tag in given.split(",")]
    return uploads.NewDocument(
        ocr_backend=form.one("ocr_backend"),
        language=form.one("language"),
        tags=tags,
        metadata=value,
        document_type=form.one("document_type"),
    )
