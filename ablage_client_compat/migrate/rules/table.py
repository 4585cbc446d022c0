"""The rules table: every public name of the old client, what takes its place, and an example of both.

The codemod is driven by it, and the before/after pages of the documentation are printed from it. A test
checks that no public name of the old client is missing here, and that every ``after`` is what the codemod
really writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.rows import error, member, method, model, same

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Row

__all__ = ["PECULIAR", "ROWS"]

_TOTAL = (
    "lists have no totals and page numbers any more: iterate over the list, or count with analytics.usage()"
)
_SESSION = "pass headers={…} to the client, or use client.with_options(headers={…})"
_REQUEST = "call the method for this path instead: every path of the API has one"
_TO_DICT = "to_dict() gives API v2's keys now: ablage_sdk.formats converts to v1 and back"
_FROM_DICT = "use model_validate(…) for API v2's keys; ablage_sdk.formats converts saved v1 data"
_JOB = "recognition starts at the upload; reprocess() does it again, and fails while it is still running"
_FAILURE = (
    "{}.document.error.code if isinstance({}, DocumentFailedError) and {}.document.error"
    ' else getattr({}, "code", None)'
)
_TIME = '{}.to_dict()["%s"]'

ROWS: list[Row] = [
    # --- classes
    model("A B C", "AblageClient", "AblageSDK"),
    model("async", "AsyncAblageClient", "AsyncAblageSDK", owner="AblageClient"),
    model("A", "Document", "Document"),
    model("A", "User", "User"),
    model("A", "WebhookSubscription", "WebhookSubscription"),
    model("A", "PaginatedResponse", "Page"),
    model("A", "ApiKey", "APIKey"),
    error("AblageError", "AblageError"),
    error("AblageAPIError", "APIStatusError, APIConnectionError, DocumentFailedError", "AblageError"),
    error("AblageValidationError", "BadRequestError, ValidationError", "APIStatusError"),
    error("AblageAuthenticationError", "AuthenticationError"),
    error("AblagePermissionError", "PermissionDeniedError"),
    error("AblageNotFoundError", "NotFoundError"),
    error("AblageRateLimitError", "RateLimitError"),
    error("AblageServerError", "ServerError"),
    member("AblageError", "message", "message"),
    member("AblageError", "status_code", 'getattr({}, "status_code", None)'),
    member("AblageError", "error_code", 'getattr({}, "code", None)', failed=_FAILURE),
    member("AblageError", "request_id", "request_id"),
    member("AblageError", "retry_after", 'getattr({}, "retry_after", None)'),
    *[
        member(name, old, new)
        for name in ["AblageValidationError", "AblageAuthenticationError", "AblagePermissionError", "AblageNotFoundError", "AblageRateLimitError", "AblageServerError"]
        for old, new in (("status_code", "status_code"), ("error_code", "code"), ("retry_after", "retry_after"))
    ],
    # --- the client
    *[member("AblageClient", name, name, name, dialect="A") for name in ("documents", "users", "webhooks")],
    *[member("AblageClient", name, name, name, dialect="A") for name in ("analytics", "api_keys")],
    member("AblageClient", "base_url", "base_url"),
    member("AblageClient", "session", "session", "session", dialect="A", reason=_SESSION),
    member("session", "headers", "headers", dialect="A", reason=_SESSION),
    method(
        "A", "request(method, path, **kwargs)", "request", "",
        'response = client.request("GET", "/api/v1/documents")', reason=_REQUEST,
    ),
    method("C", "close()", "close()", "none", "client.close()"),
    # --- dialect A: documents
    method(
        "A",
        "documents.upload(file, filename=None, ocr_backend=None, metadata=None, **extra)",
        "documents.upload(file, *, filename, ocr_backend, metadata, **extra)",
        "Document",
        'document = client.documents.upload(open(path, "rb"), "invoice.pdf")',
        'document = client.documents.upload(open(path, "rb"), filename="invoice.pdf")',
    ),
    method(
        "A",
        "documents.create(file_path, tags=None, metadata=None, **extra)",
        "documents.upload(file=file_path, *, tags, metadata, **extra)",
        "Document",
        'document = client.documents.create(file_path=path, tags=["tax"])',
        'document = client.documents.upload(file=path, tags=["tax"])',
    ),
    method(
        "A", "documents.get(document_id)", "documents.get(document_id)", "Document",
        "document = client.documents.get(doc_id)",
    ),
    method(
        "A",
        'documents.list(page=1!, page_size=20, status=None, sort_by="created_at"!, sort_order="desc")',
        'documents.list(*, limit=page_size!, status, order=sort_order, include=["ocr_result"]!)',
        "Page[Document]",
        'documents = list(client.documents.list(page_size=50, status="failed"))',
        'documents = list(client.documents.list(limit=50, status="failed").items)',
    ),
    method(
        "A",
        "documents.update(document_id, metadata=None, tags=None)",
        "documents.update(document_id, *, metadata, tags)",
        "Document",
        'client.documents.update(doc_id, {"paid": True})',
        'client.documents.update(doc_id, metadata={"paid": True})',
    ),
    method(
        "A", "documents.delete(document_id)", "documents.delete(document_id)", "none",
        "client.documents.delete(doc_id)",
    ),
    method(
        "A",
        "documents.download(document_id, output_path=None)",
        "documents.download(document_id, to=output_path)",
        "bytes",
        "client.documents.download(doc_id, output_path=path)",
        "client.documents.download(doc_id, to=path)",
    ),
    method(
        "A",
        "documents.wait_for_completion(document_id, timeout=300, poll_interval=2~)",
        "documents.wait_for_completion(document_id, *, timeout)",
        "Document!",
        "document = client.documents.wait_for_completion(doc_id, 60, poll_interval=5)",
        "document = client.documents.wait_for_completion(doc_id, timeout=60)",
    ),
    method(
        "A",
        "documents.get_ocr_text(document_id)",
        "documents.get_extracted_text(document_id)",
        "Text",
        "text = client.documents.get_ocr_text(doc_id)",
        "text = client.documents.get_extracted_text(doc_id)",
    ),
    method(
        "A", "documents.get_extracted_text(document_id)", "documents.get_extracted_text(document_id)", "Text",
        "text = client.documents.get_extracted_text(doc_id)",
    ),
    method(
        "A",
        "documents.reprocess(document_id, ocr_backend=None)",
        "documents.reprocess(document_id, *, ocr_backend)",
        "Document",
        'client.documents.reprocess(doc_id, "tesseract")',
        'client.documents.reprocess(doc_id, ocr_backend="tesseract")',
    ),
    # --- dialect A: users, webhooks, figures, keys
    method("A", "users.get(user_id)", "users.get(user_id)", "User", "user = client.users.get(user_id)"),
    method(
        "A", "users.list(page=1!, page_size=20)", "users.list(*, limit=page_size!)", "Page[User]",
        "users = list(client.users.list())",
        "users = list(client.users.list(limit=20).items)",
    ),
    method(
        "A",
        "users.create(email, password, full_name=None, role=None, **extra)",
        "users.create(email, password, *, full_name, roles=[role], **extra)",
        "User",
        'user = client.users.create(email, password, role="viewer")',
        'user = client.users.create(email, password, roles=["viewer"])',
    ),
    method(
        "A",
        "users.update(user_id, role=None, **extra)",
        "users.update(user_id, *, roles=[role], **extra)",
        "User",
        'client.users.update(user_id, role="admin")',
        'client.users.update(user_id, roles=["admin"])',
    ),
    method("A", "users.delete(user_id)", "users.delete(user_id)", "none", "client.users.delete(user_id)"),
    method(
        "A",
        "webhooks.create(url, event_types=None, events=None, active=None, **extra)",
        "webhooks.create(url, event_types, event_types=events, is_active=active, **extra)",
        "NewWebhook",
        'webhook = client.webhooks.create(url, events=["document.processed"])',
        'webhook = client.webhooks.create(url, event_types=["document.processed"])',
    ),
    method(
        "A", "webhooks.get(webhook_id)", "webhooks.get(webhook_id)", "WebhookSubscription",
        "webhook = client.webhooks.get(webhook_id)",
    ),
    method(
        "A", "webhooks.list(page=1!, page_size=20)", "webhooks.list(*, limit=page_size!)", "Page[WebhookSubscription]",
        "webhooks = list(client.webhooks.list())",
        "webhooks = list(client.webhooks.list(limit=20).items)",
    ),
    method(
        "A",
        "webhooks.update(webhook_id, events=None, active=None, **extra)",
        "webhooks.update(webhook_id, *, event_types=events, is_active=active, **extra)",
        "WebhookSubscription",
        "client.webhooks.update(webhook_id, active=False)",
        "client.webhooks.update(webhook_id, is_active=False)",
    ),
    method(
        "A", "webhooks.delete(webhook_id)", "webhooks.delete(webhook_id)", "none",
        "client.webhooks.delete(webhook_id)",
    ),
    method(
        "A", "webhooks.rotate_secret(webhook_id)", "webhooks.rotate_secret(webhook_id)", "NewWebhook",
        "secret = client.webhooks.rotate_secret(webhook_id).secret",
    ),
    method(
        "A", "analytics.get_usage(since=None, until=None)", "analytics.usage(*, since, until)", "Usage",
        "usage = client.analytics.get_usage()",
        "usage = client.analytics.usage()",
    ),
    method(
        "A", "analytics.get_metrics(since=None, until=None)", "analytics.metrics(*, since, until)", "Metrics",
        "metrics = client.analytics.get_metrics()",
        "metrics = client.analytics.metrics()",
    ),
    method(
        "A", "api_keys.create(name, scopes=None)", "api_keys.create(name, *, scopes)", "ApiKey",
        'key = client.api_keys.create("nightly", ["documents:read"]).key',
        'key = client.api_keys.create("nightly", scopes=["documents:read"]).key',
    ),
    # --- dialects B and C: methods of the client itself
    method(
        "B C",
        "login(username, password)",
        "auth.login(email=username, password)",
        "Login",
        "login = client.login(email, password)",
        "login = client.auth.login(email, password)",
        alternative="email, password",
    ),
    method("B", "logout()", "auth.logout()", "none", "client.logout()", "client.auth.logout()"),
    method(
        "B", "get_current_user()", "auth.me()", "User",
        "user = client.get_current_user()",
        "user = client.auth.me()",
    ),
    method(
        "B", "health_check()", "health.check()", "Health",
        "health = client.health_check()",
        "health = client.health.check()",
    ),
    method(
        "B C",
        "upload_document(path, tags=None, metadata=None, **extra)",
        "documents.upload(file=path, *, tags, metadata, ocr_backend, **extra)",
        "Document",
        'document = client.upload_document(path, ocr_backend="auto", priority=5)',
        'document = client.documents.upload(path, ocr_backend="auto")',
        alternative='path, ocr_backend="auto", priority=5~',
    ),
    method(
        "C", "batch_upload(paths)", "[client.documents.upload(path) for path in paths]", "list[Document]",
        "documents = client.batch_upload(paths)",
        "documents = [client.documents.upload(path) for path in paths]",
    ),
    method(
        "B C", "get_document(document_id)", "documents.get(document_id)", "Document",
        "document = client.get_document(doc_id)",
        "document = client.documents.get(doc_id)",
    ),
    method(
        "B C",
        "list_documents(page=1!, per_page=20, tag=None, status=None)",
        'documents.list(*, limit=per_page!, limit=limit, tag, status, document_type, include=["ocr_result"]!)',
        "Page[Document]",
        'documents = client.list_documents(per_page=50, tag="tax")["data"]',
        'documents = client.documents.list(limit=50, tag="tax").items',
        alternative="status=None, document_type=None, limit=20, offset=0!",
    ),
    method(
        "B C",
        "search_documents(query, tag=None!, page=1!, per_page=20)",
        "documents.search(q=query, *, limit=per_page!, limit=limit)",
        "Page[SearchHit]",
        'hits = client.search_documents(query="invoice", per_page=5)["data"]',
        'hits = client.documents.search(q="invoice", limit=5).items',
        alternative="query, limit=20",
    ),
    method(
        "B",
        "update_document(document_id, tags=None, metadata=None)",
        "documents.update(document_id, *, tags, metadata)",
        "Document",
        'client.update_document(document_id=doc_id, tags=["paid"])',
        'client.documents.update(document_id=doc_id, tags=["paid"])',
    ),
    method(
        "B C", "delete_document(document_id)", "documents.delete(document_id)", "none",
        "client.delete_document(doc_id)",
        "client.documents.delete(doc_id)",
    ),
    method(
        "B",
        "download_document(document_id, output_path=None)",
        "documents.download(document_id, to=output_path)",
        "",
        "client.download_document(doc_id, path)",
        "client.documents.download(doc_id, path)",
    ),
    method(
        "B",
        "start_ocr(document_id, backend=None, force_reprocess=False)",
        "documents.reprocess(document_id, *, ocr_backend=backend)",
        "Job",
        "job = client.start_ocr(document_id=doc_id, force_reprocess=True)",
        f"# TODO(ablage): {_JOB}\njob = client.documents.reprocess(document_id=doc_id)",
        note=_JOB,
        switch="force_reprocess",
        otherwise="documents.get(document_id)",
    ),
    method(
        "B", "get_ocr_status(job_id)", "documents.get(document_id=job_id)", "OcrStatus",
        "state = client.get_ocr_status(job_id)",
        "state = client.documents.get(job_id)",
    ),
    method(
        "C", "reprocess_document(document_id, backend=None)", "documents.reprocess(document_id, *, ocr_backend=backend)",
        "Document",
        'client.reprocess_document(doc_id, "tesseract")',
        'client.documents.reprocess(doc_id, ocr_backend="tesseract")',
    ),
    method(
        "C",
        "wait_for_processing(document_id, timeout=300, poll_interval=2~)",
        "documents.wait_for_completion(document_id, *, timeout)",
        "Document!",
        "document = client.wait_for_processing(doc_id, timeout=60, poll_interval=1)",
        "document = client.documents.wait_for_completion(doc_id, timeout=60)",
    ),
    # --- the async client
    method(
        "async",
        "AsyncAblageClient.upload_many(paths, concurrency=5)",
        "[one.unwrap() async for one in client.documents.upload_many(paths, concurrency=concurrency, ordered=True)]",
        "list[Document]",
        "documents = await client.upload_many(paths, concurrency=8)",
        "documents = [one.unwrap() async for one in"
        " client.documents.upload_many(paths, concurrency=8, ordered=True)]",
    ),
    method(
        "async",
        "AsyncAblageClient.batch_upload(paths)",
        "[await client.documents.upload(path) for path in paths]",
        "list[Document]",
        "documents = await client.batch_upload(paths)",
        "documents = [await client.documents.upload(path) for path in paths]",
    ),
    method(
        "async",
        "AsyncAblageClient.wait_for_all(document_ids, timeout=300)",
        "[one.unwrap() async for one in client.documents.wait_many(document_ids, timeout=timeout, ordered=True)]",
        "list[Document!]",
        "documents = await client.wait_for_all(ids, timeout=60)",
        "documents = [one.unwrap() async for one in client.documents.wait_many(ids, timeout=60, ordered=True)]",
    ),
    # --- documents and their recognition
    *same("Document", "id filename user_id size mime_type document_type language ocr_backend tags metadata"),
    *[member("Document", name, name, key=_TIME % name) for name in ("created_at", "updated_at", "completed_at")],
    member("Document", "status", "status", "Enum"),
    member("Document", "document_id", "id", dialect="B"),
    member("Document", "ocr_text", "extracted_text", "Text?"),
    member("Document", "extracted_text", "extracted_text", "Text?"),
    member("Document", "confidence_score", "float({}.confidence_score or 0)"),
    member("Document", "ocr_result", "ocr_result", "OcrResult?"),
    member("Document", "error_message", "{}.error.message if {}.error else None"),
    member("SearchHit", "relevance_score", "score", dialect="B"),
    member("SearchHit", "score", "score", dialect="A"),
    member("SearchHit", "highlight", "highlight"),
    member("OcrResult", "content", "text", "Text", missing='""'),
    member("OcrResult", "score", "float({}.confidence)", missing="0.0"),
    member("OcrResult", "engine", "backend", "Text", missing='"unknown"'),
    member("OcrResult", "lang", "metadata.language", "Text", missing='"de"'),
    member("OcrResult", "page_count", "metadata.pages", missing="1"),
    member("OcrResult", "duration", "metadata.processing_time", missing="0.0"),
    member("OcrResult", "segments", "blocks", "list[Segment]", missing="[]"),
    member("Segment", "text", "text", "Text"),
    member("Segment", "bbox", "list({}.bbox)"),
    member("Segment", "conf", "float({}.confidence)"),
    member("Segment", "type", "type", "Text"),
    # --- lists
    member("Page", "items", "items", "list[Document]", dialect="A C"),
    member("Page", "data", "items", "list[Document]", dialect="B"),
    member("Page", "pagination", "", "Pagination", reason=_TOTAL, dialect="B"),
    *[member("Page", name, "", reason=_TOTAL) for name in ("total", "page", "page_size", "total_pages")],
    *[member("Pagination", name, "", reason=_TOTAL) for name in ("total", "page", "per_page", "total_pages")],
    # --- logins and jobs of dialect B
    *same("Login", "access_token refresh_token token_type expires_in"),
    member("Login", "user", "user", "User"),
    member("Job", "job_id", "id"),
    member("Job", "status", "status", "Enum"),
    member("OcrStatus", "job_id", "id"),
    member("OcrStatus", "document_id", "id"),
    member("OcrStatus", "status", "status", "Enum"),
    member("OcrStatus", "progress", '{"pending": 0, "processing": 50}.get({}.status, 100)'),
    member(
        "OcrStatus",
        "processing_time_ms",
        "round({}.ocr_result.metadata.processing_time * 1000) if {}.ocr_result else None",
    ),
    member("OcrStatus", "result", "ocr_result", "OcrOutcome"),
    member("OcrStatus", "error", "{}.error.message if {}.error else None"),
    member("OcrOutcome", "confidence", "float({}.confidence)"),
    *same("OcrOutcome", "text backend"),
    *same("Health", "status"),
    # --- users, webhooks, keys, figures
    *same("User", "id email full_name is_active created_at updated_at"),
    member("User", "user_id", "id", dialect="B"),
    member("User", "name", "full_name", dialect="B"),
    member("User", "role", "{}.roles[0] if {}.roles else None"),
    *same("WebhookSubscription", "id url description is_active created_at updated_at"),
    member("WebhookSubscription", "secret", 'getattr({}, "secret", None)'),
    *same("NewWebhook", "secret"),
    *[member("WebhookSubscription", name, "[str(kind) for kind in {}.event_types]") for name in ("events", "event_types")],
    member("WebhookSubscription", "active", "is_active"),
    *same("ApiKey", "id name key prefix scopes created_at expires_at last_used_at revoked_at"),
    *same("Usage", "documents_total pages_total bytes_total documents_by_status documents_by_backend"),
    *same("Metrics", "average_confidence average_processing_seconds success_rate queue_depth failures_by_code"),
    # --- what every model could do
    *[
        method("A", f"{owner}.{call}", "", "", before.format(call), reason=reason)
        for owner, variable, name in (
            ("Document", "document", "Document"),
            ("User", "user", "User"),
            ("WebhookSubscription", "webhook", "WebhookSubscription"),
            ("ApiKey", "key", "ApiKey"),
            ("Page", "page", "PaginatedResponse"),
        )
        for call, before, reason in (
            ("to_dict()", f"saved = {variable}.{{}}", _TO_DICT),
            ("from_dict(data)", f"{name}.{{}}", _FROM_DICT),
        )
    ],
]  # fmt: skip

#: Names that only old programs use: on a value of unknown type they are marked.
PECULIAR = {
    "ocr_text": "if this is a document of the archive, ocr_text is extracted_text now",
    "get_ocr_text": "if this is the old client, get_ocr_text() is documents.get_extracted_text() now",
    "start_ocr": "if this is the old client, start_ocr() is documents.reprocess() now",
    "get_ocr_status": "if this is the old client, get_ocr_status() is documents.get() now",
    "upload_document": "if this is the old client, upload_document() is documents.upload() now",
    "get_document": "if this is the old client, get_document() is documents.get() now",
    "list_documents": "if this is the old client, list_documents() is documents.list() now",
    "search_documents": "if this is the old client, search_documents() is documents.search() now",
    "update_document": "if this is the old client, update_document() is documents.update() now",
    "delete_document": "if this is the old client, delete_document() is documents.delete() now",
    "download_document": "if this is the old client, download_document() is documents.download() now",
    "reprocess_document": "if this is the old client, reprocess_document() is documents.reprocess() now",
    "wait_for_processing": "if this is the old client, wait_for_processing() is documents.wait_for_completion() now",
    "batch_upload": "if this is the old client, batch_upload() is documents.upload() for each now",
    "get_current_user": "if this is the old client, get_current_user() is auth.me() now",
    "relevance_score": "if this is a hit of a search, relevance_score is score now",
}
