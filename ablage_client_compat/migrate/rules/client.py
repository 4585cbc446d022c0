"""The client, its own methods and those of dialects B and C."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, Method, kept
from ablage_client_compat.migrate.rules.signatures import (
    Call,
    always,
    by_name,
    by_position,
    constant,
    no_effect,
    only_default,
    takes,
)
from ablage_client_compat.migrate.rules.types import Type, completed, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_SESSION = "pass headers={…} to the client, or use client.with_options(headers={…})"
_REQUEST = "call the method for this path instead: every path of the API has one"
_JOB = "recognition starts at the upload; reprocess() does it again, and fails while it is still running"
_attribute = partial(Member, owner="AblageClient")
_session_attribute = partial(Member, owner="session")
_method = partial(Method, owner="AblageClient", dialects="B C")


RULES: list[Rule] = [
    _attribute(name="documents", new="documents", returns=Type("documents"), dialects="A"),
    _attribute(name="users", new="users", returns=Type("users"), dialects="A"),
    _attribute(name="webhooks", new="webhooks", returns=Type("webhooks"), dialects="A"),
    _attribute(name="analytics", new="analytics", returns=Type("analytics"), dialects="A"),
    _attribute(name="api_keys", new="api_keys", returns=Type("api_keys"), dialects="A"),
    *kept("AblageClient", "base_url"),
    _attribute(name="session", new="session", returns=Type("session"), reason=_SESSION, dialects="A"),
    _session_attribute(name="headers", new="headers", reason=_SESSION, dialects="A"),
    _method(
        name="request",
        dialects="A",
        example='>>> response = client.request("GET", "/api/v1/documents")',
        parameters=takes("method", "path", others=True),
        reason=_REQUEST,
        written="Write the method of `AblageSDK` for that path.",
    ),
    _method(
        name="close",
        dialects="C",
        example=">>> client.close()",
        call=Call("close"),
        returns=Type("none"),
    ),
    _method(
        name="login",
        example="""
            >>> login = client.login(email, password)
            login = client.auth.login(email, password)
        """,
        parameters=takes("username", "password"),
        other_parameters=takes("email", "password"),
        call=Call("auth.login", by_position("email", source="username"), "password"),
        returns=Type("Login"),
        written="Write `sdk.auth.login(email, password)`, or use an API key.",
    ),
    _method(
        name="logout",
        dialects="B",
        example="""
            >>> client.logout()
            client.auth.logout()
        """,
        call=Call("auth.logout"),
        returns=Type("none"),
    ),
    _method(
        name="get_current_user",
        dialects="B",
        example="""
            >>> user = client.get_current_user()
            user = client.auth.me()
        """,
        call=Call("auth.me"),
        returns=Type("User"),
        peculiar=True,
    ),
    _method(
        name="health_check",
        dialects="B",
        example="""
            >>> health = client.health_check()
            health = client.health.check()
        """,
        call=Call("health.check"),
        returns=Type("Health"),
    ),
    _method(
        name="upload_document",
        example="""
            >>> document = client.upload_document(path, ocr_backend="auto", priority=5)
            document = client.documents.upload(path, ocr_backend="auto")
        """,
        parameters=takes("path", tags="None", metadata="None", others=True),
        other_parameters=takes("path", ocr_backend='"auto"', priority=no_effect("5")),
        call=Call(
            "documents.upload",
            by_position("file", source="path"),
            tags="tags",
            metadata="metadata",
            ocr_backend="ocr_backend",
            others=True,
        ),
        returns=Type("Document"),
        written="Write `sdk.documents.upload(path, tags=…, metadata=…, ocr_backend=…)`.",
        peculiar=True,
    ),
    _method(
        name="batch_upload",
        dialects="C",
        example="""
            >>> documents = client.batch_upload(paths)
            documents = [client.documents.upload(path) for path in paths]
        """,
        parameters=takes("paths"),
        expression="[client.documents.upload(path) for path in paths]",
        returns=container("list", Type("Document")),
        written="Write `sdk.documents.upload_many(paths)`.",
        peculiar=True,
    ),
    _method(
        name="get_document",
        example="""
            >>> document = client.get_document(doc_id)
            document = client.documents.get(doc_id)
        """,
        parameters=takes("document_id"),
        call=Call("documents.get", "document_id"),
        returns=Type("Document"),
        peculiar=True,
    ),
    _method(
        name="list_documents",
        example="""
            >>> documents = client.list_documents(per_page=50, tag="tax")["data"]
            documents = client.documents.list(limit=50, tag="tax").items
        """,
        parameters=takes(page=only_default("1"), per_page="20", tag="None", status="None"),
        other_parameters=takes(status="None", document_type="None", limit="20", offset=only_default("0")),
        call=Call(
            "documents.list",
            by_name("limit"),
            limit=always("per_page"),
            tag="tag",
            status="status",
            document_type="document_type",
            include=constant('["ocr_result"]'),
        ),
        returns=container("Page", Type("Document")),
        written="Write `sdk.documents.list(limit=…)`, or `sdk.documents.iterate()` for all.",
        peculiar=True,
    ),
    _method(
        name="search_documents",
        example="""
            >>> hits = client.search_documents(query="invoice", per_page=5)["data"]
            hits = client.documents.search(q="invoice", limit=5).items
        """,
        parameters=takes("query", tag=only_default("None"), page=only_default("1"), per_page="20"),
        other_parameters=takes("query", limit="20"),
        call=Call(
            "documents.search", by_position("q", source="query"), by_name("limit"), limit=always("per_page")
        ),
        returns=container("Page", Type("SearchHit")),
        written="Write `sdk.documents.search(text)`.",
        peculiar=True,
    ),
    _method(
        name="update_document",
        dialects="B",
        example="""
            >>> client.update_document(document_id=doc_id, tags=["paid"])
            client.documents.update(document_id=doc_id, tags=["paid"])
        """,
        parameters=takes("document_id", tags="None", metadata="None"),
        call=Call("documents.update", "document_id", tags="tags", metadata="metadata"),
        returns=Type("Document"),
        peculiar=True,
    ),
    _method(
        name="delete_document",
        example="""
            >>> client.delete_document(doc_id)
            client.documents.delete(doc_id)
        """,
        parameters=takes("document_id"),
        call=Call("documents.delete", "document_id"),
        returns=Type("none"),
        peculiar=True,
    ),
    _method(
        name="download_document",
        dialects="B",
        example="""
            >>> client.download_document(doc_id, path)
            client.documents.download(doc_id, path)
        """,
        parameters=takes("document_id", output_path="None"),
        call=Call("documents.download", "document_id", by_position("to", source="output_path")),
        written="Write `sdk.documents.download(document_id, path)`.",
        peculiar=True,
    ),
    _method(
        name="start_ocr",
        dialects="B",
        example="""
            >>> job = client.start_ocr(document_id=doc_id, force_reprocess=True)
            # TODO(ablage): recognition starts at the upload; reprocess() does it again, and fails while it is still running
            job = client.documents.reprocess(document_id=doc_id)
        """,
        parameters=takes("document_id", backend="None", force_reprocess="False"),
        call=Call("documents.reprocess", "document_id", ocr_backend="backend"),
        switch="force_reprocess",
        otherwise=Call("documents.get", "document_id"),
        returns=Type("Job"),
        note=_JOB,
        peculiar=True,
    ),
    _method(
        name="get_ocr_status",
        dialects="B",
        example="""
            >>> state = client.get_ocr_status(job_id)
            state = client.documents.get(job_id)
        """,
        parameters=takes("job_id"),
        call=Call("documents.get", by_position("document_id", source="job_id")),
        returns=Type("OcrStatus"),
        written="Write `sdk.documents.get(document_id)`, or `.wait_for_completion(document_id)`.",
        peculiar=True,
    ),
    _method(
        name="reprocess_document",
        dialects="C",
        example="""
            >>> client.reprocess_document(doc_id, "tesseract")
            client.documents.reprocess(doc_id, ocr_backend="tesseract")
        """,
        parameters=takes("document_id", backend="None"),
        call=Call("documents.reprocess", "document_id", ocr_backend="backend"),
        returns=Type("Document"),
        peculiar=True,
    ),
    _method(
        name="wait_for_processing",
        dialects="C",
        example="""
            >>> document = client.wait_for_processing(doc_id, timeout=60, poll_interval=1)
            document = client.documents.wait_for_completion(doc_id, timeout=60)
        """,
        parameters=takes("document_id", timeout="300", poll_interval=no_effect("2")),
        call=Call("documents.wait_for_completion", "document_id", timeout="timeout"),
        returns=completed("Document"),
        peculiar=True,
    ),
]
