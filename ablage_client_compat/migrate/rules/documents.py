"""Documents: `client.documents`, the model, and hits of a search."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, Method, converted, kept
from ablage_client_compat.migrate.rules.signatures import (
    Call,
    always,
    by_position,
    constant,
    no_effect,
    only_default,
    takes,
)
from ablage_client_compat.migrate.rules.types import Type, completed, container, optional

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="documents", dialects="A")
_document = partial(Member, owner="Document")
_hit = partial(Member, owner="SearchHit")


RULES: list[Rule] = [
    _method(
        name="upload",
        example="""
            >>> document = client.documents.upload(open(path, "rb"), "invoice.pdf")
            document = client.documents.upload(open(path, "rb"), filename="invoice.pdf")
        """,
        parameters=takes("file", filename="None", ocr_backend="None", metadata="None", others=True),
        call=Call(
            "documents.upload",
            "file",
            filename="filename",
            ocr_backend="ocr_backend",
            metadata="metadata",
            others=True,
        ),
        returns=Type("Document"),
        written="Write `sdk.documents.upload(file)` with `ablage_sdk.AblageSDK`.",
    ),
    _method(
        name="create",
        example="""
            >>> document = client.documents.create(file_path=path, tags=["tax"])
            document = client.documents.upload(file=path, tags=["tax"])
        """,
        parameters=takes("file_path", tags="None", metadata="None", others=True),
        call=Call(
            "documents.upload",
            by_position("file", source="file_path"),
            tags="tags",
            metadata="metadata",
            others=True,
        ),
        returns=Type("Document"),
        written="Write `sdk.documents.upload(file_path, tags=tags, metadata=metadata)`.",
    ),
    _method(
        name="get",
        example=">>> document = client.documents.get(doc_id)",
        parameters=takes("document_id"),
        call=Call("documents.get", "document_id"),
        returns=Type("Document"),
    ),
    _method(
        name="list",
        example="""
            >>> documents = list(client.documents.list(page_size=50, status="failed"))
            documents = list(client.documents.list(limit=50, status="failed").items)
        """,
        parameters=takes(
            page=only_default("1"),
            page_size="20",
            status="None",
            sort_by=only_default('"created_at"'),
            sort_order='"desc"',
        ),
        call=Call(
            "documents.list",
            limit=always("page_size"),
            status="status",
            order="sort_order",
            include=constant('["ocr_result"]'),
        ),
        returns=container("Page", Type("Document")),
        written="Write `sdk.documents.list(limit=…)`; its pages follow each other by cursor.",
    ),
    _method(
        name="update",
        example="""
            >>> client.documents.update(doc_id, {"paid": True})
            client.documents.update(doc_id, metadata={"paid": True})
        """,
        parameters=takes("document_id", metadata="None", tags="None"),
        call=Call("documents.update", "document_id", metadata="metadata", tags="tags"),
        returns=Type("Document"),
        written="Write `sdk.documents.update(document_id, tags=…, metadata=…)`.",
    ),
    _method(
        name="delete",
        example=">>> client.documents.delete(doc_id)",
        parameters=takes("document_id"),
        call=Call("documents.delete", "document_id"),
        returns=Type("none"),
    ),
    _method(
        name="download",
        example="""
            >>> client.documents.download(doc_id, output_path=path)
            client.documents.download(doc_id, to=path)
        """,
        parameters=takes("document_id", output_path="None"),
        call=Call("documents.download", "document_id", by_position("to", source="output_path")),
        returns=Type("bytes"),
        written="Write `sdk.documents.download(document_id)`, or with a path to write to.",
    ),
    _method(
        name="wait_for_completion",
        example="""
            >>> document = client.documents.wait_for_completion(doc_id, 60, poll_interval=5)
            document = client.documents.wait_for_completion(doc_id, timeout=60)
        """,
        parameters=takes("document_id", timeout="300", poll_interval=no_effect("2")),
        call=Call("documents.wait_for_completion", "document_id", timeout="timeout"),
        returns=completed("Document"),
    ),
    _method(
        name="get_ocr_text",
        example="""
            >>> text = client.documents.get_ocr_text(doc_id)
            text = client.documents.get_extracted_text(doc_id)
        """,
        parameters=takes("document_id"),
        call=Call("documents.get_extracted_text", "document_id"),
        returns=Type("Text"),
        peculiar=True,
    ),
    _method(
        name="get_extracted_text",
        example=">>> text = client.documents.get_extracted_text(doc_id)",
        parameters=takes("document_id"),
        call=Call("documents.get_extracted_text", "document_id"),
        returns=Type("Text"),
    ),
    _method(
        name="reprocess",
        example="""
            >>> client.documents.reprocess(doc_id, "tesseract")
            client.documents.reprocess(doc_id, ocr_backend="tesseract")
        """,
        parameters=takes("document_id", ocr_backend="None"),
        call=Call("documents.reprocess", "document_id", ocr_backend="ocr_backend"),
        returns=Type("Document"),
    ),
    *kept("Document", "id filename user_id size mime_type document_type language ocr_backend tags metadata"),
    _document(name="created_at", new="created_at", by_key='document.to_dict()["created_at"]'),
    _document(name="updated_at", new="updated_at", by_key='document.to_dict()["updated_at"]'),
    _document(name="completed_at", new="completed_at", by_key='document.to_dict()["completed_at"]'),
    _document(name="status", new="status", returns=Type("Enum")),
    _document(name="document_id", new="id", dialects="B"),
    _document(
        name="ocr_text",
        new="extracted_text",
        returns=optional("Text"),
        advice="Write `document.extracted_text`.",
        peculiar=True,
    ),
    _document(name="extracted_text", new="extracted_text", returns=optional("Text")),
    _document(name="confidence_score", expression="float(document.confidence_score or 0)"),
    _document(
        name="ocr_result",
        new="ocr_result",
        returns=optional("OcrResult"),
        advice="Write `document.ocr_result` of `ablage_sdk`, where `content` is `.text`, `score` `.confidence`, `engine` `.backend`, `segments` `.blocks`, and `lang`, `page_count`, `duration` are `.metadata.language`, `.metadata.pages`, `.metadata.processing_time`.",
    ),
    _document(
        name="error_message",
        expression="document.error.message if document.error else None",
        advice="Write `document.error.message` (`document.error` is None without an error).",
    ),
    _hit(name="relevance_score", new="score", dialects="B", peculiar=True),
    _hit(name="score", new="score", dialects="A"),
    *kept("SearchHit", "highlight"),
    *converted("Document", "Document"),
]
