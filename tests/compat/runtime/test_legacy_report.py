"""The example program of the old client, unmodified, in every way of running it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .conftest import BROKEN, INVOICE, ROOT

if TYPE_CHECKING:
    from server_stub.testing import AblageServer

    from .conftest import Run

REPORT = str(ROOT / "examples" / "legacy_report.py")


def test_it_reports_the_same_texts_as_the_new_client(any_server: AblageServer, run: Run) -> None:
    environment = {"ABLAGE_API_KEY": any_server.api_key, "ABLAGE_BASE_URL": any_server.url}
    with any_server.sdk() as sdk:
        for path in (INVOICE, BROKEN):
            document = sdk.documents.upload(path)
            sdk.documents.wait_for_completion(document.id, raise_on_failure=False)
        expected = {document.id: document.extracted_text or "" for document in sdk.documents.iterate()}
    told = run("-m", "ablage_client_compat", REPORT, "--json", environment=environment)
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert {row["id"]: row["text"] for row in rows} == expected
    assert all(row["same_text"] for row in rows)
    assert sum(row["pages"] for row in rows) >= 2
    shown = run("-m", "ablage_client_compat", REPORT, "--min-confidence", "0.5", environment=environment)
    assert shown.returncode == 0, shown.stderr
    assert "invoice.pdf" in shown.stdout
    assert "broken.pdf" not in shown.stdout
    assert "legacy_report.py" in shown.stderr
    assert "AblageDeprecationWarning: Document.ocr_text is deprecated" in shown.stderr


def test_it_explains_what_is_wrong(any_server: AblageServer, run: Run) -> None:
    nothing = run("-m", "ablage_client_compat", REPORT)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert "Please set ABLAGE_API_KEY" in nothing.stderr
    environment = {"ABLAGE_API_KEY": "ak_test_wrong", "ABLAGE_BASE_URL": any_server.url}
    refused = run("-m", "ablage_client_compat", REPORT, environment=environment)
    assert refused.returncode == 1
    assert "The server does not accept ABLAGE_API_KEY" in refused.stderr
