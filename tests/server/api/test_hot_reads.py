"""The short way of reading documents answers exactly what the long way does."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.testing import AblageServer, Account

Json = dict[str, Any]

RESULT: Json = {
    "version": "2.0", "text": "Grüße", "confidence": 0.9, "backend": "tesseract",
    "metadata": {"language": "de", "pages": 1, "processing_time": 0.25},
    "blocks": [{"text": "Grüße", "bbox": [1, 2, 3, 4], "confidence": 0.9, "type": "line", "page": 1}],
}  # fmt: skip
#: Columns of rows, beside those that every row has.
ROWS: dict[str, Json] = {
    "plain": {"ocr_result": RESULT, "extracted_text": "Grüße", "confidence_score": 0.9},
    "certain": {"ocr_result": {**RESULT, "confidence": 1.0}, "confidence_score": 1},
    "characters": {
        "extracted_text": 'a"b\\c\n\u2028\u0001</script>😀', "metadata": {"ü": ["\u0007", 1.5, None]},
    },
    "failed": {"status": "failed", "error_code": "DOC_CORRUPT", "error_message": "Kaputt."},
    "failed without a code": {"status": "failed", "error_message": "Kaputt."},
    "failed with an empty code": {"status": "failed", "error_code": "", "error_message": ""},
    "whole second": {"created_at": "2024-02-29T12:00:00Z", "completed_at": "2024-02-29T12:00:01.5Z"},
    "left in the old format": {
        "ocr_result": {"content": "alt", "score": 0.5, "engine": "tesseract", "lang": "de", "page_count": 2,
                       "duration": 1.5, "segments": [{"text": "alt", "bbox": [1, 2, 3, 4], "conf": 0.5}]},
    },
    "half": {"ocr_result": {"version": "2.0", "text": "halb"}},
    "blocks of the old format": {"ocr_result": {**RESULT, "_v1": {"x": 1}}},
    "no object": {"ocr_result": [1, 2]},
    "a mere text": {"ocr_result": "Grüße"},
}  # fmt: skip


@pytest.fixture(scope="module")
def owner(new_account: Callable[[str], Account]) -> Account:
    """A user with nothing but these rows."""
    return new_account("user")


@pytest.fixture(scope="module")
def ids(server: AblageServer, owner: Account) -> dict[str, str]:
    """Name → id of the rows."""
    made = {}
    for name, columns in ROWS.items():
        row = {"user_id": str(owner.user_id), "filename": f"{name}.pdf", "storage_key": "none", "size": 1,
               "mime_type": "application/pdf", "status": "completed", "metadata": {},
               "id": str(uuid.uuid4()), **columns}  # fmt: skip
        names = ", ".join(row)
        server.fetch(
            f"INSERT INTO documents ({names}) "  # noqa: S608 - names of columns from above
            f"SELECT {names} FROM jsonb_populate_record(NULL::documents, $1::text::jsonb)",
            json.dumps(row),
        )
        made[name] = str(row["id"])
    server.fetch(  # which is not the same as none at all
        "UPDATE documents SET ocr_result = 'null'::jsonb WHERE id = $1", uuid.UUID(made["failed"])
    )
    tags = "INSERT INTO document_tags (document_id, tag) VALUES ($1, 'zwei'), ($1, 'Ä')"
    server.fetch(tags, uuid.UUID(made["plain"]))
    return made


@pytest.mark.parametrize("name", ROWS)
def test_a_document_is_the_same_on_both_ways(
    owner: Account, client_of: Callable[[Account], httpx.Client], ids: dict[str, str], name: str
) -> None:
    client = client_of(owner)
    short = client.get(f"/api/v2/documents/{ids[name]}")
    long = client.get(f"/api/v2/documents/{ids[name]}", headers={"Prefer": "respond-async"})
    assert short.status_code == 200
    assert short.json() == long.json()
    assert list(short.json()) == list(long.json())
    assert short.headers["ETag"] == long.headers["ETag"]
    assert short.headers.keys() == long.headers.keys()


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_list_is_the_same_as_its_documents_less_their_blocks(
    owner: Account, client_of: Callable[[Account], httpx.Client], ids: dict[str, str], order: str
) -> None:
    client = client_of(owner)
    short: list[Json] = []
    page: Json = {"next_cursor": None}
    while not short or page["next_cursor"]:
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = client.get("/api/v2/documents", params={"limit": 3, "order": order, **cursor}).json()
        assert page["has_more"] is (page["next_cursor"] is not None)
        short += page["items"]
    long = client.get("/api/v2/documents", params={"include": "ocr_result", "order": order}).json()["items"]
    for document in long:
        if document["ocr_result"]:
            del document["ocr_result"]["blocks"]
    assert short == long
    assert len(short) == len(ids)


@pytest.mark.parametrize("key", ["f0x1.8p+1", "fnan", "t7" + "f" * 30, "x"])
def test_a_forged_cursor_is_refused(http: httpx.Client, key: str) -> None:
    cursor = base64.urlsafe_b64encode(f"1|documents.desc|{key}|{uuid.uuid4().hex}".encode()).decode()
    answer = http.get("/api/v2/documents", params={"cursor": cursor.rstrip("=")})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "order=up", "limit=", "cursor=" + "x" * 201]
)
def test_wrong_values_are_refused_as_ever(http: httpx.Client, query: str) -> None:
    assert http.get(f"/api/v2/documents?{query}").status_code == 422


def test_who_may_not_read_is_refused(server: AblageServer, http: httpx.Client, ids: dict[str, str]) -> None:
    made = http.post("/api/v2/api-keys", json={"name": "narrow", "scopes": ["documents:create"]}).json()
    for path in ("", f"/{ids['plain']}"):
        for headers, status in (({"X-API-Key": made["key"]}, 403), ({}, 401)):
            answer = httpx.get(f"{server.url}/api/v2/documents{path}", headers=headers)
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
