"""Errors: two formats, one table, no secrets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from server_stub import errors
from server_stub.api.problems import KINDS

if TYPE_CHECKING:
    import httpx


def test_v1_errors_have_the_plain_format(http: httpx.Client) -> None:
    answer = http.get(f"/api/v1/documents/{uuid.uuid4()}")
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"detail", "message", "code", "request_id"}
    assert body["detail"] == body["message"]
    assert body["code"] == "DOC_NOT_FOUND"
    assert body["request_id"] == answer.headers["X-Request-ID"]


def test_v2_errors_are_problem_details(http: httpx.Client) -> None:
    path = f"/api/v2/documents/{uuid.uuid4()}"
    answer = http.get(path)
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert body["status"] == answer.status_code == 404
    assert body["instance"] == path
    assert body["type"] == "urn:ablage:problem:doc-not-found"
    assert body["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_validation_names_the_field(http: httpx.Client, version: str) -> None:
    answer = http.get(f"/api/{version}/documents", params={"limit": "many"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_does_not_exist_is_answered_in_the_format_of_the_version(
    http: httpx.Client, version: str
) -> None:
    missing = http.get(f"/api/{version}/nothing/here")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    wrong = http.put(f"/api/{version}/documents")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b'{"tags": NaN}', "application/json"),
     (b'{"tags": "\\ud800"}', "application/json"), (b'{"tags": ["a"]}', "text/plain"),
     (b"", "application/json")],
)  # fmt: skip
def test_a_body_that_is_not_what_it_should_be_is_refused(http: httpx.Client, body: bytes, kind: str) -> None:
    answer = http.patch(f"/api/v2/documents/{uuid.uuid4()}", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert answer.json()["code"] == "VALIDATION_ERROR"


def test_an_unknown_key_is_a_mistake_in_v2_and_ignored_in_v1(http: httpx.Client) -> None:
    document_id = uuid.uuid4()
    assert http.patch(f"/api/v2/documents/{document_id}", json={"tagz": []}).status_code == 422
    assert http.patch(f"/api/v1/documents/{document_id}", json={"tagz": []}).status_code == 404


def test_no_answer_repeats_a_wrong_password(anybody: httpx.Client) -> None:
    answer = anybody.post("/api/v2/auth/login", json={"email": 7, "password": ["hunter2hunter2"]})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_every_error_of_the_server_has_a_line_in_the_table() -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, type)]
    codes = {kind.default_code for kind in kinds if issubclass(kind, errors.AblageServerError)}
    assert codes <= KINDS.keys()
