"""What type checkers make of legacy programs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from .conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
from ablage_client import AblageClient, AsyncAblageClient, Document  # both clients
from ablage_client.exceptions import AblageNotFoundError
from ablage_client.models import PaginatedResponse

client = AblageClient("ak_test_x", timeout=(5, 30))
page: PaginatedResponse[Document] = client.documents.list(page=2)              # list
document = page[0]
text: str = document.ocr_text                                                  # text
confidence: float = document.confidence_score
engine = document.ocr_result["engine"].upper()                                 # result
words = client.get_document(document.id)["extracted_text"].split()             # get_document
data = client.list_documents(1, 20)["data"]                                    # list_documents
names = [hit.filename for hit in client.search_documents("Rechnung", 5)]       # search
answer = client.request("GET", "/documents").json()                            # request
try:
    client.users.create("a@example.org", "secret", role="admin").role          # user
except AblageNotFoundError as error:
    code: str | None = error.error_code


async def main() -> None:
    async with AsyncAblageClient("http://localhost:8000") as old:
        documents: list[Document] = await old.upload_many(["a.pdf"], concurrency=3)  # upload_many
"""


def check(program: Path, *options: str) -> list[str]:
    program.write_text(PROGRAM, encoding="utf-8")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"),
            *("--config-file", "", "--cache-dir", str(ROOT / ".mypy_cache" / "compat"), *options),
            str(program),
        ],
        cwd=ROOT,
        env={"MYPYPATH": str(ROOT / "distributions" / "ablage-client"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in ended.stdout.splitlines() if line.startswith(str(program))]


def test_mypy_finds_every_deprecated_use_and_nothing_else(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    found = check(program, "--enable-error-code", "deprecated")
    marked = {number for number, line in enumerate(PROGRAM.splitlines(), 1) if "  # " in line}
    lines = {int(line.split(":")[1]) for line in found}
    assert [line for line in found if "[deprecated]" not in line] == []
    assert lines == marked
    assert any("Write `sdk.documents.list(limit=…)`" in line for line in found)


def test_a_legacy_program_passes_a_strict_check(tmp_path: Path) -> None:
    assert check(tmp_path / "program.py") == []
