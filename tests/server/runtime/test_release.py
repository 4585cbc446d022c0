"""Release 1.0: what it knows, what it does not, and which columns it reads and writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from server_stub.errors import SettingsError, StartupError
from server_stub.migrations import commands
from server_stub.migrations.contract import ContractRefusedError
from server_stub.migrations.options import Options
from server_stub.releases import RELEASE_1_0
from server_stub.settings import load_settings
from server_stub.storage.database import Database
from server_stub.storage.tables import documents
from server_stub.testing import AblageServer
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEMAS = ("v1.0", "v2.0-expand")


@pytest.fixture(scope="module", params=SCHEMAS)
def old(request: pytest.FixtureRequest) -> Iterator[AblageServer]:
    """A server of release 1.0, on each schema that it works on."""
    with AblageServer(release="1.0", schema=request.param) as server:
        yield server


@pytest.fixture(scope="module")
def http(old: AblageServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=old.url, headers={"X-API-Key": old.api_key}, timeout=30) as client:
        yield client


def uploaded(http: httpx.Client, content: bytes, **headers: str) -> str:
    answer = http.post("/api/v1/documents/upload", files={"file": ("a.pdf", content)}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def finished(http: httpx.Client, document_id: str) -> dict[str, Any]:
    def document() -> dict[str, Any]:
        found: dict[str, Any] = http.get(f"/api/v1/documents/{document_id}").json()
        return found if found["status"] in {"completed", "failed"} else {}

    return until(document, "the document is recognised")


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/api", {}, 404, "NOT_FOUND"),
        ("/api/v2/documents", {}, 404, "NOT_FOUND"),
        ("/api/documents", {"X-API-Version": "2.0"}, 400, "API_VERSION_UNSUPPORTED"),
        ("/api/v1/webhooks", {}, 404, "NOT_FOUND"),
        ("/api/v1/documents/nothing", {}, 404, "DOC_NOT_FOUND"),
        ("/api/documents", {"X-API-Version": "1.0"}, 200, None),
        ("/api/v1/documents", {}, 200, None),
        ("/health/ready", {}, 200, None),
    ],
)
def test_it_speaks_v1_and_has_never_heard_of_another_version(
    http: httpx.Client, path: str, headers: dict[str, str], status: int, code: str | None
) -> None:
    answer = http.get(path, headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.headers["X-API-Version"] == "1.0"
    assert "X-API-Supported-Versions" not in answer.headers


def test_what_is_deprecated_later_is_not_yet(http: httpx.Client, make_pdf: Callable[[str], bytes]) -> None:
    document_id = uploaded(http, make_pdf("Noch aktuell"))
    answer = http.get(f"/api/v1/documents/{document_id}/ocr-text")
    assert answer.status_code == 200
    assert not {"Deprecation", "Sunset", "X-API-Deprecation", "Link"} & set(answer.headers)


def test_it_ignores_idempotency_keys(http: httpx.Client, make_pdf: Callable[[str], bytes]) -> None:
    first, second = (uploaded(http, make_pdf("Zweimal"), **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first != second


def test_it_writes_the_columns_of_its_time(
    old: AblageServer, http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    document = finished(http, uploaded(http, make_pdf("Rechnung Nr. 7")))
    assert "Rechnung Nr. 7" in document["ocr_text"]
    (row,) = old.fetch("SELECT to_jsonb(d) AS row FROM documents d WHERE id::text = $1", document["id"])
    stored = json.loads(str(row["row"]))
    assert stored["ocr_text"] == document["ocr_text"]
    assert stored["confidence_score"] == document["confidence_score"] == 1.0
    assert "page" not in stored["ocr_result"]["blocks"][0]
    if "extracted_text" in stored:  # v2.0-expand: triggers carry over what an old release writes
        assert stored["extracted_text"] == stored["ocr_text"]
        assert stored["confidence_score_decimal"] == 1
        assert stored["ocr_result"]["version"] == "2.0"
        assert (stored["sha256"], stored["page_count"]) == (None, 1)
    else:
        assert stored["ocr_result"]["version"] == "1.0"


def test_a_failure_is_told_without_a_code(http: httpx.Client) -> None:
    document = finished(http, uploaded(http, b"%PDF-1.7 broken"))
    assert document["status"] == "failed"
    assert document["error_message"]


def test_a_document_that_fails_anew_does_not_keep_the_code_that_a_newer_server_gave_it() -> None:
    with (
        AblageServer(release="1.0", schema="v2.0-expand") as old,
        httpx.Client(base_url=old.url, headers={"X-API-Key": old.api_key}, timeout=30) as http,
    ):
        document_id = finished(http, uploaded(http, b"%PDF-1.7 broken"))["id"]
        old.fetch("UPDATE documents SET error_code = 'OCR_TIMEOUT' WHERE id::text = $1", document_id)
        with (
            AblageServer(database_url=old.database_url, data_dir=old.data_dir, auto_migrate=False,
                         worker_concurrency=0) as new,
            new.sdk(api_key=old.api_key) as sdk,
        ):  # fmt: skip
            failure = sdk.documents.get(document_id).error
            assert failure is not None
            assert failure.code == "OCR_TIMEOUT"
            assert http.post(f"/api/v1/documents/{document_id}/reprocess").status_code == 202
            assert finished(http, document_id)["status"] == "failed"
            failure = sdk.documents.get(document_id).error
            assert failure is not None
            assert failure.code == "UNKNOWN"


def test_a_float_is_read_as_it_is(
    old: AblageServer, http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    document_id = finished(http, uploaded(http, make_pdf("Genau")))["id"]
    exact = 0.8765432109876543
    old.fetch("UPDATE documents SET confidence_score = $1 WHERE id::text = $2", exact, document_id)
    assert http.get(f"/api/v1/documents/{document_id}").json()["confidence_score"] == exact


def test_documents_are_found_changed_read_again_and_counted(
    http: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    document_id = finished(http, uploaded(http, make_pdf("Lieferscheine")))["id"]
    found = http.get("/api/v1/documents/search", params={"q": "Lieferschein"}).json()["items"]
    assert [(hit["id"], "<mark>" in hit["highlight"]) for hit in found] == [(document_id, True)]
    changed = http.patch(f"/api/v1/documents/{document_id}", json={"tags": ["b", "a"], "metadata": {"n": 1}})
    assert (changed.json()["tags"], changed.json()["metadata"]) == (["b", "a"], {"n": 1})
    assert http.post(f"/api/v1/documents/{document_id}/reprocess").status_code == 202
    assert "Lieferscheine" in finished(http, document_id)["ocr_text"]
    assert http.get("/api/v1/analytics/usage").json()["documents_total"] > 0
    assert http.get("/api/v1/analytics/metrics").json()["success_rate"] > 0
    assert http.delete(f"/api/v1/documents/{document_id}").status_code == 204


def test_a_user_has_the_role_in_both_places(old: AblageServer, http: httpx.Client) -> None:
    user = http.post(
        "/api/v1/users", json={"email": "v@example.org", "password": "correct horse", "role": "viewer"}
    ).json()
    http.patch(f"/api/v1/users/{user['id']}", json={"role": "admin"})
    rows = old.fetch(
        "SELECT u.role, r.name FROM users u JOIN user_roles ur ON ur.user_id = u.id "
        "JOIN roles r ON r.id = ur.role_id WHERE u.email = 'v@example.org'"
    )
    assert rows == [{"role": "admin", "name": "admin"}]


def test_it_refuses_a_database_that_is_too_new_and_names_the_way_back() -> None:
    with (
        pytest.raises(StartupError, match=r"ablage-server db downgrade v2.0-expand"),
        AblageServer(release="1.0", schema="v2.0"),
    ):
        pass


def test_nothing_it_needs_is_dropped_while_it_lives() -> None:
    with AblageServer(release="1.0", schema="v2.0-expand") as server:
        with pytest.raises(ContractRefusedError, match=r"release 1\.0 was seen"):
            commands.upgrade(server.database_url, "v2.0")
        assert httpx.get(f"{server.url}/health/ready").status_code == 200


def test_one_that_the_database_has_left_behind_says_so() -> None:
    with AblageServer(release="1.0", schema="v2.0-expand") as server:
        commands.upgrade(server.database_url, "v2.0", options=Options(quiet_minutes=0))
        answer = httpx.get(f"{server.url}/health/ready")
        assert answer.status_code == 503
        assert "release 1.0 works up to v2.0-expand" in answer.json()["checks"]["schema"]["detail"]


def test_version_2_cannot_be_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_RELEASE", "1.0")
    assert load_settings().api_versions == ("1.0",)
    monkeypatch.setenv("ABLAGE_API_VERSIONS", "1,2")
    with pytest.raises(SettingsError, match=r"release 1.0 does not know API version 2.0"):
        load_settings()


async def test_a_statement_that_writes_what_is_not_there_fails_loudly(old: AblageServer) -> None:
    db = Database(old.database_url, release=RELEASE_1_0)
    try:
        with pytest.raises(sa.exc.CompileError, match=r"Release 1.0 has no column documents.sha256"):
            async with db.begin() as conn:
                await conn.execute(sa.update(documents).values(sha256="0"))
    finally:
        await db.close()


def test_a_document_of_an_odd_confidence_is_read_by_both_releases(make_pdf: Callable[[str], bytes]) -> None:
    with (
        AblageServer(release="1.0", schema="v2.0-expand") as server,
        AblageServer(database_url=server.database_url, data_dir=server.data_dir) as new,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}) as http,
    ):
        document_id = finished(http, uploaded(http, make_pdf("95 Prozent")))["id"]
        server.fetch("UPDATE documents SET confidence_score = 95 WHERE id::text = $1", document_id)
        assert http.get(f"/api/v1/documents/{document_id}").json()["confidence_score"] == 95
        document = new.sdk().documents.get(document_id)
        assert document.confidence_score is None
        assert [each.confidence_score for each in new.sdk().documents.list()] == [None]
