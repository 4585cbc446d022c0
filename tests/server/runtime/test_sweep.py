"""Files without a document are found and deleted; files with one, and young ones, never are."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from server_stub import runtime
from server_stub.cli.main import application
from server_stub.jobs.sweep import MAX_UNATTENDED, sweep
from server_stub.services.idempotency import once
from server_stub.settings import Settings
from server_stub.storage.ids import new_id
from server_stub.testing import AblageServer
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture(scope="module")
def archive() -> Iterator[AblageServer]:
    """A server whose folder nobody else puts anything into."""
    with AblageServer(worker_concurrency=0) as running:
        yield running


def upload(server: AblageServer, content: bytes) -> Path:
    """Upload a document and return where its bytes are."""
    answer = httpx.post(
        f"{server.url}/api/v2/documents",
        headers={"X-API-Key": server.api_key},
        files={"file": ("a.pdf", content)},
        timeout=patient(60),
    )
    assert answer.status_code == 201, answer.text
    return path_of(server, answer.json()["id"])


def path_of(server: AblageServer, document_id: str) -> Path:
    return server.data_dir / "files" / "documents" / document_id[-2:] / document_id


def put(path: Path, *, hours: float) -> Path:
    """Leave a file as a process that died would, some hours ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    age(path, hours)
    return path


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * HOUR
    os.utime(path, (then, then))


def swept(server: AblageServer, hours: float = 24, most: int | None = None) -> int:
    """Sweep as the nightly job does and return how many files were found."""

    async def run() -> int:
        settings = Settings.isolated(
            database_url=SecretStr(server.database_url),
            data_dir=server.data_dir,
            secret_key=SecretStr("s" * 40),
        )
        async with runtime.opened(settings) as services:
            return len(await sweep(services, hours=hours, most=most))

    return asyncio.run(run())


def test_only_old_files_without_a_document_are_deleted(
    archive: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    kept = upload(archive, make_pdf("alt und da"))
    age(kept, 1000)
    old, young = path_of(archive, str(new_id())), path_of(archive, str(new_id()))
    put(old, hours=25)
    put(young, hours=23)
    staged = put(archive.data_dir / "files" / "incoming" / "broken-off", hours=25)
    arriving = put(archive.data_dir / "files" / "incoming" / "arriving", hours=0)
    foreign = put(archive.data_dir / "files" / "documents" / "notes.txt", hours=1000)
    assert swept(archive) == 2
    assert [path.exists() for path in (kept, old, young, staged, arriving, foreign)] == [
        True, False, True, False, True, True,
    ]  # fmt: skip
    assert swept(archive, hours=0) == 1  # never younger than an hour: `young` goes, `arriving` stays
    assert arriving.exists()


def test_a_file_that_a_row_names_by_another_id_stays(archive: AblageServer) -> None:
    path = put(path_of(archive, str(new_id())), hours=1000)
    key = path.relative_to(archive.data_dir / "files").as_posix()
    archive.fetch(
        "INSERT INTO documents (user_id, filename, storage_key, size, mime_type, status) "
        "SELECT id, 'imported', $1, 1, 'application/pdf', 'completed' FROM users LIMIT 1",
        key,
    )
    assert swept(archive) == 0
    assert path.exists()


def test_nothing_is_deleted_unattended_when_very_much_would_be(archive: AblageServer) -> None:
    paths = [put(path_of(archive, str(new_id())), hours=30) for _ in range(MAX_UNATTENDED + 1)]
    assert swept(archive, most=MAX_UNATTENDED) == len(paths)
    assert all(path.exists() for path in paths)
    assert swept(archive) == len(paths)
    assert not any(path.exists() for path in paths)


def test_the_command_lists_first_and_deletes_then(
    archive: AblageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", archive.database_url)
    monkeypatch.setenv("ABLAGE_DATA_DIR", str(archive.data_dir))
    path = put(path_of(archive, str(new_id())), hours=30)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(application("jobs"), ["jobs", "sweep", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert path.name in run("--dry-run")
    assert json.loads(run("--dry-run", "--json"))["deleted"] is False
    assert path.exists()
    assert json.loads(run("--json", "--older-than", "48")) == {
        "files": 0, "size": 0, "uploads": 0, "deleted": False, "keys": [],
    }  # fmt: skip
    told = json.loads(run("--json"))
    assert (told["files"], told["deleted"]) == (1, True)
    assert not path.exists()
    assert "Every file has its document." in run("--dry-run")


def test_the_bytes_stay_when_nobody_knows_whether_the_row_was_committed(
    archive: AblageServer, make_pdf: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks between the commit and its confirmation: row and file must both be there."""

    async def committed_and_lost(*arguments: object) -> object:
        await once(*arguments)  # type: ignore[arg-type]  # handed through
        raise asyncpg.ConnectionDoesNotExistError("the connection was closed in the middle of the operation")

    monkeypatch.setattr("server_stub.services.uploads.once", committed_and_lost)
    before = {row["id"] for row in archive.fetch("SELECT id FROM documents")}
    answer = httpx.post(
        f"{archive.url}/api/v2/documents",
        headers={"X-API-Key": archive.api_key},
        files={"file": ("a.pdf", make_pdf("doch da"))},
        timeout=patient(60),
    )
    assert answer.status_code == 503
    [made] = {row["id"] for row in archive.fetch("SELECT id FROM documents")} - before
    assert path_of(archive, str(made)).is_file()
