"""The rules table: every public name of the old client, what takes its place, and an example of both.

The codemod is driven by it, and the before/after pages of the documentation are printed from it. A test
checks that no public name of the old client is missing here, and that every ``after`` is what the codemod
really writes.
"""

from __future__ import annotations

from ablage_client_compat.migrate.rules import Class, Member, Method, Row

__all__ = ["PECULIAR", "PREAMBLES", "ROWS"]

#: What stands before the examples, by dialect.
PREAMBLES = {
    "": "from ablage_client import AblageClient\n\nclient = AblageClient()\n",
    "async": (
        "from ablage_client import AsyncAblageClient\n\n"
        "async def main():\n    client = AsyncAblageClient()\n"
    ),
}
#: The variable that an example uses for a value of an old class, and where it comes from.
VARIABLES = {
    "Document": ("document", "client.documents.wait_for_completion(doc_id)"),
    "OcrResult": ("result", "client.documents.wait_for_completion(doc_id).ocr_result"),
    "Segment": ("segment", 'client.documents.wait_for_completion(doc_id).ocr_result["segments"][0]'),
    "Page": ("page", "client.documents.list()"),
    "Pagination": ("pagination", 'client.list_documents()["pagination"]'),
    "Login": ("login", "client.login(email, password)"),
    "Job": ("job", "client.start_ocr(document_id=doc_id)"),
    "OcrStatus": ("state", "client.get_ocr_status(job_id)"),
    "OcrOutcome": ("outcome", 'client.get_ocr_status(job_id)["result"]'),
    "User": ("user", "client.users.get(user_id)"),
    "WebhookSubscription": ("webhook", "client.webhooks.get(webhook_id)"),
    "ApiKey": ("key", "client.api_keys.create(name, scopes)"),
    "session": ("client.session", ""),
    "AblageClient": ("client", ""),
}
#: Old classes that were read by key, as JSON.
KEYED = frozenset({"OcrResult", "Segment", "Pagination", "Login", "Job", "OcrStatus", "OcrOutcome"})


def _class(dialect: str, name: str, new: str, *, base: str = "", owner: str = "", reason: str = "") -> Class:
    before = f"from ablage_client import {name}"
    after = f"from ablage_sdk import {new}" if not reason else before
    return Class(
        dialect=dialect, owner=owner, name=name, before=before, after=after, reason=reason, new=new, base=base
    )


def _error(name: str, new: str, base: str = "") -> Class:
    several = f"({new})" if "," in new else new
    return Class(
        dialect="A B C",
        owner="AblageError",
        name=name,
        new=new,
        base=base,
        before=f"try:\n    client.documents.delete(doc_id)\nexcept {name}:\n    pass",
        after=f"try:\n    client.documents.delete(doc_id)\nexcept {several}:\n    pass",
    )


def _method(
    dialect: str, old: str, new: str, returns: str, before: str, after: str, *, reason: str = ""
) -> Method:
    path, _, signature = old.partition("(")
    owner, _, name = path.rpartition(".")
    return Method(
        dialect=dialect,
        owner=owner or "AblageClient",
        name=name,
        old=signature.removesuffix(")"),
        new=new,
        returns=returns,
        before=before,
        after=after or before,
        reason=reason,
    )


def _member(
    owner: str,
    name: str,
    new: str,
    returns: str = "",
    *,
    missing: str = "None",
    after: str = "",
    reason: str = "",
    dialect: str = "A B C",
) -> Member:
    variable = VARIABLES.get(owner, ("error", ""))[0]
    before = f'value = {variable}["{name}"]' if owner in KEYED else f"value = {variable}.{name}"
    read = new.replace("{}", variable) if "{}" in new else f"{variable}.{new}"
    return Member(
        dialect=dialect,
        owner=owner,
        name=name,
        new=new,
        returns=returns,
        missing=missing,
        before=before,
        after=after or (before if reason else f"value = {read}"),
        reason=reason,
    )


def _same(owner: str, names: str) -> list[Member]:
    """Return rows of names that stay: as attributes untouched, as keys they become attributes."""
    return [_member(owner, name, name) for name in names.split()]


_SAVED = "models give and take API v2 now: convert saved v1 documents with ablage_sdk.formats or `ablage-migrate data`"
_TOTAL = "lists have no totals and page numbers any more: iterate over the list, or count with sdk.analytics.usage()"
_SESSION = "pass headers={…} to AblageSDK(…), or use client.with_options(headers={…})"

ROWS: list[Row] = [
    # --- classes
    _class("A B C", "AblageClient", "AblageSDK"),
    _class("async", "AsyncAblageClient", "AsyncAblageSDK", owner="AblageClient"),
    _class("A", "Document", "Document"),
    _class("A", "User", "User"),
    _class("A", "WebhookSubscription", "Webhook"),
    _class("A", "PaginatedResponse", "Page"),
    _class("A", "ApiKey", "APIKey"),
    _error("AblageError", "AblageError"),
    _error("AblageAPIError", "APIStatusError, APIConnectionError, DocumentFailedError", "AblageError"),
    _error("AblageValidationError", "BadRequestError, ValidationError", "APIStatusError"),
    _error("AblageAuthenticationError", "AuthenticationError"),
    _error("AblagePermissionError", "PermissionDeniedError"),
    _error("AblageNotFoundError", "NotFoundError"),
    _error("AblageRateLimitError", "RateLimitError"),
    _error("AblageServerError", "ServerError"),
    # --- the client
    *[_member("AblageClient", name, name, name) for name in "documents users webhooks analytics api_keys".split()],
    # --- dialect A: documents
    _method(
        "A",
        "documents.upload(file, filename=None, ocr_backend=None, metadata=None, **extra)",
        "documents.upload(file, *, filename, ocr_backend, metadata, **extra)",
        "Document",
        'document = client.documents.upload(open(path, "rb"), "invoice.pdf")',
        'document = client.documents.upload(open(path, "rb"), filename="invoice.pdf")',
    ),
    _method(
        "A",
        "documents.create(file_path, tags=None, metadata=None)",
        "documents.upload(file=file_path, *, tags, metadata)",
        "Document",
        'document = client.documents.create(file_path=path, tags=["tax"])',
        'document = client.documents.upload(file=path, tags=["tax"])',
    ),
    _method(
        "A",
        "documents.get(document_id)",
        "documents.get(document_id)",
        "Document",
        "document = client.documents.get(doc_id)",
        "",
    ),
    _method(
        "A",
        'documents.list(page=1!, page_size=20, status=None, sort_by="created_at"!, sort_order="desc")',
        "documents.list(*, limit=page_size!, status, order=sort_order, include=['ocr_result']!)",
        "Page[Document]",
        'documents = list(client.documents.list(page_size=50, status="failed"))',
        'documents = list(client.documents.list(limit=50, status="failed").items)',
    ),
    _method(
        "A",
        "documents.update(document_id, metadata=None, tags=None)",
        "documents.update(document_id, *, metadata, tags)",
        "Document",
        'client.documents.update(doc_id, {"paid": True})',
        'client.documents.update(doc_id, metadata={"paid": True})',
    ),
    _method(
        "A",
        "documents.delete(document_id)",
        "documents.delete(document_id)",
        "none",
        "client.documents.delete(doc_id)",
        "",
    ),
    _method(
        "A",
        "documents.wait_for_completion(document_id, timeout=300, poll_interval=2~)",
        "documents.wait_for_completion(document_id, *, timeout)",
        "Document!",
        "document = client.documents.wait_for_completion(doc_id, 60, poll_interval=5)",
        "document = client.documents.wait_for_completion(doc_id, timeout=60)",
    ),
    _method(
        "A",
        "documents.get_ocr_text(document_id)",
        "documents.get_extracted_text(document_id)",
        "Text",
        "text = client.documents.get_ocr_text(doc_id)",
        "text = client.documents.get_extracted_text(doc_id)",
    ),
    _method(
        "A",
        "documents.get_extracted_text(document_id)",
        "documents.get_extracted_text(document_id)",
        "Text",
        "text = client.documents.get_extracted_text(doc_id)",
        "",
    ),
    _method(
        "A",
        "documents.reprocess(document_id, ocr_backend=None)",
        "documents.reprocess(document_id, *, ocr_backend)",
        "Document",
        'client.documents.reprocess(doc_id, "tesseract")',
        'client.documents.reprocess(doc_id, ocr_backend="tesseract")',
    ),
    # --- documents and their recognition
    *_same(
        "Document",
        "id filename status user_id size mime_type document_type language ocr_backend tags metadata "
        "created_at updated_at completed_at",
    ),
    _member("Document", "ocr_text", "extracted_text", "Text?"),
    _member("Document", "extracted_text", "extracted_text", "Text?"),
    _member("Document", "confidence_score", "float({}.confidence_score or 0)"),
    _member("Document", "ocr_result", "ocr_result", "OcrResult?"),
    _member("Document", "error_message", "{}.error.message if {}.error else None"),
    _member("OcrResult", "content", "text", "Text", missing='""'),
    _member("OcrResult", "score", "float({}.confidence)", missing="0.0"),
    _member("OcrResult", "engine", "backend", "Text", missing='"unknown"'),
    _member("OcrResult", "lang", "metadata.language", "Text", missing='"de"'),
    _member("OcrResult", "page_count", "metadata.pages", missing="1"),
    _member("OcrResult", "duration", "metadata.processing_time", missing="0.0"),
    _member("OcrResult", "segments", "blocks", "list[Segment]", missing="[]"),
    _member("Segment", "text", "text", "Text"),
    _member("Segment", "bbox", "list({}.bbox)"),
    _member("Segment", "conf", "float({}.confidence)"),
    _member("Segment", "type", "type", "Text"),
    _member("AblageError", "message", "message", "Text"),
    _member("Page", "items", "items", "list[Document]"),
    _member("Page", "data", "items", "list[Document]"),
    _member("Page", "total", "", reason=_TOTAL),
    _member("Page", "page", "", reason=_TOTAL),
    _member("Page", "page_size", "", reason=_TOTAL),
    _member("Page", "total_pages", "", reason=_TOTAL),
]

#: Names that only old programs use: on a value of unknown type they are marked.
PECULIAR = {
    "ocr_text": "if this is a document of the archive, ocr_text is extracted_text now",
}
