"""Whatever goes wrong, no log of the server tells a secret, a file name or what a document says."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.testing import WebhookReceiver
from server_stub.testing.accounts import fetch
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.processes import Process, Shell

KEY = "ak_live_" + "GeheimSchluessel" * 3
#: In every value that nobody may find: no other text has it.
MARK = "Zwetschgenmus"
PDF = "application/pdf"


def refused(http: httpx.Client) -> None:
    """Send what is refused, with a secret in every place where one could be."""
    documents, login = "/api/v2/documents", "/api/v2/auth/login"
    basic = base64.b64encode(f"a:{MARK}".encode()).decode()
    for headers in (
        {"X-API-Key": f"ak_live_{MARK}"},
        {"Authorization": f"Bearer {MARK}"},
        {"Authorization": f"Bearer eyJhbGciOiJIUzI1NiJ9.{MARK}.{MARK}"},
        {"Authorization": f"Basic {basic}"},
        {"Authorization": MARK},
        {"X-API-Key": KEY, "Authorization": f"Bearer {MARK}"},
        {"X-API-Key": KEY, "Idempotency-Key": MARK * 50},
        {"X-API-Key": KEY, "Cookie": f"session={MARK}"},
    ):
        http.post(documents, headers=headers)
        http.get(documents, params={"api_key": MARK, "token": MARK}, headers=headers)
    for body in (
        {"email": "nobody@example.org", "password": MARK},
        {"email": f"{MARK}@example.org", "password": [MARK]},
        {"email": "nobody@example.org", "password": {"value": MARK}, MARK: MARK},
        {"password": MARK * 300, "email": "x"},
    ):
        for path in (login, login.replace("v2", "v1"), "/api/v2/auth/refresh", "/api/v2/users"):
            http.post(path, json=body, headers={"X-API-Key": KEY})
    http.post(login, content=f'{{"password": "{MARK}', headers={"Content-Type": "application/json"})
    http.post(login, data={"username": "x", "password": MARK, MARK: MARK})


def mistaken(http: httpx.Client) -> None:
    """Send mistakes as somebody who may."""
    documents = "/api/v2/documents"
    for content in (b"no document: " + MARK.encode(), b"%PDF-1.4 " + MARK.encode()):
        for fields in ({}, {"metadata": f'{{"{MARK}'}, {"language": MARK}, {"tags": MARK * 20}, {MARK: MARK}):
            http.post(documents, files={"file": (f"{MARK}.pdf", content, PDF)}, data=fields)
    boundary = {"Content-Type": f"multipart/form-data; boundary={MARK}"}
    http.post(documents, content=f"--{MARK}\r\nbroken {MARK}".encode(), headers=boundary)
    http.get(f"{documents}/search", params={"q": MARK, "cursor": MARK})
    http.get(f"{documents}/search", params={"q": MARK})
    for url in (f"http://me:{MARK}@example.org/", f"http://10.0.0.1/{MARK}", f"ftp://{MARK}.example.org"):
        http.post("/api/v2/webhooks", json={"url": url, "event_types": [MARK]})
    http.post("/api/v2/api-keys", json={"name": MARK, "scopes": [MARK]})


def broken(http: httpx.Client, make_pdf: Callable[[str], bytes], database: str) -> None:
    """Let the server itself fail while it handles values: the table is not what it expects."""
    fetch(database, "ALTER TABLE document_tags ADD CONSTRAINT none CHECK (false) NOT VALID")
    fields = {"tags": MARK, "metadata": f'{{"note": "{MARK}"}}', "document_type": MARK}
    answer = http.post("/api/v2/documents", files={"file": (f"{MARK}.pdf", make_pdf(MARK))}, data=fields)
    assert answer.status_code == 500
    fetch(database, "ALTER TABLE document_tags DROP CONSTRAINT none")
    fetch(database, "ALTER TABLE documents RENAME COLUMN metadata TO gone")
    assert http.post("/api/v2/documents", files={"file": (f"{MARK}.pdf", make_pdf(MARK))}).status_code == 500
    fetch(database, "ALTER TABLE documents RENAME COLUMN gone TO metadata")


@pytest.mark.parametrize("shape", ["json", "console"])
def test_no_log_tells_a_secret_or_what_a_document_says(
    shell: Shell, make_pdf: Callable[[str], bytes], shape: str
) -> None:
    server = shell.serve(
        ABLAGE_BOOTSTRAP_API_KEY=KEY,
        ABLAGE_LOG_LEVEL="DEBUG",
        ABLAGE_LOG_FORMAT=shape,
        ABLAGE_WEBHOOK_ALLOW_PRIVATE="1",
        ABLAGE_WEBHOOK_SCHEDULE_SECONDS="0,0.1",
        SECRET_KEY=MARK * 4,
    )
    with (
        WebhookReceiver(lambda _webhook: 500) as receiver,
        httpx.Client(base_url=server.url, timeout=patient(60)) as anybody,
        httpx.Client(base_url=server.url, timeout=patient(60), headers={"X-API-Key": KEY}) as http,
    ):
        hook = http.post(
            "/api/v2/webhooks", json={"url": f"{receiver.url}/{MARK}", "event_types": ["document.processed"]}
        ).json()
        good = http.post("/api/v2/documents", files={"file": (f"{MARK}.pdf", make_pdf(MARK))}).json()
        until(lambda: len(receiver.received) == 2, "the webhook failed for good")
        assert MARK in http.get(f"/api/v2/documents/{good['id']}").json()["extracted_text"]
        refused(anybody)
        mistaken(http)
        broken(http, make_pdf, EmbeddedPostgres(shell.data_dir / "postgres").url("ablage"))
        token = http.post("/api/v2/api-keys", json={"name": "other"}).json()["key"]
    assert server.interrupt() == 0
    written = written_by(server)
    assert written.count("Request.") > 50
    assert "Traceback" in written  # the failures were logged
    for secret in (MARK, KEY, token, hook["secret"], "GeheimSchluessel"):
        assert not re.findall(f".*{re.escape(secret)}.*", written)
    log = (shell.data_dir / "postgres/cluster/server.log").read_text()
    assert "violates check constraint" in log
    assert not re.findall(f".*{MARK}.*", log)


def written_by(server: Process) -> str:
    assert server.popen.stdout is not None
    return server.log.read_text() + server.popen.stdout.read()
