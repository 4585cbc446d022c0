"""Planted bugs: each breaks one promise of the API in one place, and a check must notice."""

from __future__ import annotations

import re
from typing import Any

from tests.contract.planting import (
    Mutant,
    as_admin,
    as_admin_if_known,
    body,
    crash,
    dropping,
    header,
    set_to,
    status,
    text,
    without,
)

DOCUMENT = re.compile(r"/api/v2/documents/[0-9a-f-]{36}")
GET, PATCH, REMOVE = "get_document", "update_document", "delete_document"
LIST, POST, KEY = "list_documents", "upload_document", "create_api_key"
UPLOAD: dict[str, Any] = {
    "operation": POST,
    "method": "POST",
    "path": re.compile(r"/api/v2/documents(/upload)?"),
}
ONE: dict[str, Any] = {"operation": GET, "path": DOCUMENT}
MANY: dict[str, Any] = {"operation": LIST, "path": re.compile(r"/api/v2/documents")}
SCHEMA, STATUSES, HEADERS = (
    "response_schema_conformance",
    "status_code_conformance",
    "response_headers_conformance",
)

MUTANTS = [
    Mutant("an endpoint crashes", caught_by="not_a_server_error", answer=crash, **MANY),
    Mutant("an endpoint answers 500", caught_by="not_a_server_error", answer=status(500), **ONE),
    Mutant("a confidence is a string", caught_by=SCHEMA, answer=set_to("confidence_score", "0.9"), **ONE),
    Mutant("a size is negative", caught_by=SCHEMA, answer=set_to("size", -1), **ONE),
    Mutant("a required field is missing", caught_by=SCHEMA, answer=dropping("status"), **ONE),
    Mutant("a list is no list", caught_by=SCHEMA, answer=set_to("items", {}), **MANY),
    Mutant("a status is unknown", caught_by=SCHEMA, answer=set_to("status", "done"), **ONE),
    Mutant("a body is cut off", caught_by=SCHEMA, answer=text(b'{"id": "'), **ONE),
    Mutant(
        "the content type is missing",
        caught_by="content_type_conformance",
        answer=header("content-type", None),
        **ONE,
    ),
    Mutant(
        "errors are plain JSON",
        caught_by="content_type_conformance",
        statuses="4",
        answer=header("content-type", "application/json"),
        phase="coverage",
        **MANY,
    ),
    Mutant("creating answers 200", caught_by=STATUSES, answer=status(200), **UPLOAD),
    Mutant("reading answers 202", caught_by=STATUSES, answer=status(202), **ONE),
    Mutant(
        "an error has an undescribed status",
        caught_by="errors_explain_themselves",
        statuses="4",
        answer=status(418),
        phase="coverage",
        **MANY,
    ),
    Mutant(
        "an error has another status than its code",
        caught_by="errors_explain_themselves",
        statuses="4",
        answer=set_to("code", "NOT_FOUND"),
        phase="coverage",
        **MANY,
    ),
    Mutant(
        "an error has an undescribed code",
        caught_by=SCHEMA,
        statuses="4",
        answer=set_to("code", "OOPS"),
        phase="coverage",
        **MANY,
    ),
    Mutant(
        "a described request is refused", caught_by="positive_data_acceptance", answer=status(422), **MANY
    ),
    Mutant(
        "a described method is not allowed", caught_by="positive_data_acceptance", answer=status(405), **MANY
    ),
    Mutant(
        "a bad limit is taken",
        caught_by="negative_data_rejection",
        query=lambda _query: b"",
        phase="coverage",
        **MANY,
    ),
    Mutant(
        "an undescribed method is taken",
        operation=LIST,
        caught_by="unsupported_method",
        method="TRACE",
        swallow=200,
        path=MANY["path"],
        phase="coverage",
    ),
    Mutant(
        "a 405 does not say what is allowed",
        operation=LIST,
        caught_by="unsupported_method",
        method="TRACE",
        statuses="405",
        answer=header("allow", None),
        path=MANY["path"],
        phase="coverage",
    ),
    Mutant("the version is missing", caught_by=HEADERS, answer=header("x-api-version", None), **ONE),
    Mutant("the version is another one", caught_by=HEADERS, answer=header("x-api-version", "1.0"), **ONE),
    Mutant(
        "the versions are in no described form",
        caught_by=HEADERS,
        answer=header("x-api-supported-versions", "all"),
        **ONE,
    ),
    Mutant("the request id is missing", caught_by=HEADERS, answer=header("x-request-id", None), **MANY),
    Mutant(
        "the request id is another one",
        caught_by="errors_explain_themselves",
        answer=header("x-request-id", "x"),
        **MANY,
    ),
    Mutant("the location is missing", caught_by=HEADERS, answer=header("location", None), **UPLOAD),
    Mutant(
        "the location leads elsewhere",
        caught_by="locations_lead_to_what_was_made",
        answer=header("location", "/api/v2/documents/0"),
        **UPLOAD,
    ),
    Mutant("the ETag is missing", caught_by=HEADERS, answer=header("etag", None), **ONE),
    Mutant(
        "the ETag does not change",
        operation=PATCH,
        caught_by="changes_make_older_etags_stale",
        method="PATCH",
        path=DOCUMENT,
        answer=header("etag", '"same"'),
    ),
    Mutant(
        "If-Match is ignored",
        operation=PATCH,
        caught_by="changes_make_older_etags_stale",
        method="PATCH",
        path=DOCUMENT,
        request=without("if-match"),
    ),
    Mutant(
        "Range is ignored",
        operation="download_document",
        caught_by="ranges_are_parts",
        path=re.compile(r".*/download"),
        request=without("range"),
    ),
    Mutant(
        "the idempotency key is ignored",
        caught_by="repeated_keys_have_one_effect",
        request=without("idempotency-key"),
        **UPLOAD,
    ),
    Mutant(
        "a cursor is ignored",
        caught_by="pages_show_everything_once",
        query=lambda query: re.sub(rb"cursor=[^&]*", b"", query),
        **MANY,
    ),
    Mutant(
        "a page repeats a row",
        caught_by="pages_show_everything_once",
        answer=body(lambda page: page["items"].extend(page["items"][-1:])),
        **MANY,
    ),
    Mutant(
        "the count of pages is wrong",
        operation=LIST,
        version="v1",
        caught_by="pages_show_everything_once",
        path=re.compile(r"/api/v1/documents"),
        answer=body(lambda page: page.__setitem__("total_pages", page["total_pages"] + 1)),
    ),
    Mutant("nobody has to say who they are", caught_by="ignored_auth", request=as_admin, **MANY),
    Mutant(
        "any key opens",
        operation="list_webhooks",
        caught_by="ignored_auth",
        path=re.compile(r"/api/v2/webhooks"),
        request=as_admin_if_known,
    ),
    Mutant(
        "another user's document is readable",
        caught_by="strangers_see_nothing",
        request=as_admin_if_known,
        **ONE,
    ),
    Mutant(
        "another user's text is readable",
        operation="get_extracted_text",
        caught_by="strangers_see_nothing",
        path=re.compile(r".*/extracted-text"),
        request=as_admin_if_known,
    ),
    Mutant(
        "another user's file is readable",
        operation="download_document",
        caught_by="strangers_see_nothing",
        path=re.compile(r".*/download"),
        request=as_admin_if_known,
    ),
    Mutant(
        "a list shows what others have", caught_by="strangers_see_nothing", request=as_admin_if_known, **MANY
    ),
    Mutant(
        "search finds what others have",
        operation="search_documents",
        caught_by="strangers_see_nothing",
        path=re.compile(r".*/search"),
        request=as_admin_if_known,
    ),
    Mutant(
        "a deleted document is readable",
        operation=REMOVE,
        caught_by="deleted_things_are_gone",
        method="DELETE",
        path=DOCUMENT,
        swallow=204,
    ),
    Mutant(
        "a deleted webhook is there",
        operation="delete_webhook",
        caught_by="deleted_things_are_gone",
        method="DELETE",
        path=re.compile(r"/api/v2/webhooks/.*"),
        swallow=204,
    ),
    Mutant(
        "a revoked key is valid",
        operation=KEY,
        caught_by="new_keys_work_until_revoked",
        method="DELETE",
        path=re.compile(r"/api/v2/api-keys/.*"),
        swallow=204,
    ),
    Mutant(
        "a key that was made does not work",
        operation=KEY,
        caught_by="new_keys_work_until_revoked",
        method="POST",
        path=re.compile(r"/api/v2/api-keys"),
        answer=set_to("key", "ak_live_x"),
    ),
    Mutant(
        "a user's password hash is answered",
        operation="list_users",
        caught_by="secrets_stay",
        path=re.compile(r"/api/v2/users"),
        answer=body(lambda page: page["items"][0].__setitem__("password_hash", "$argon2id$v=19$…")),
    ),
    Mutant(
        "a deprecated endpoint does not say so",
        operation="get_ocr_text",
        version="v1",
        caught_by="deprecated_operations_say_so",
        path=re.compile(r".*/ocr-text"),
        answer=header("sunset", None),
    ),
]
