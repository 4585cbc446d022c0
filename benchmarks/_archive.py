"""A PostgreSQL with documents of release 0.9, as large and as varied as those of a real archive."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import asyncpg

from server_stub.migrations import commands
from server_stub.storage.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many documents are written out; the others are these with another number in the text.
_DISTINCT = 2000
_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}
_WORDS = """
Rechnung Lieferschein Bestellung Kunde Artikel Menge Einzelpreis Gesamtbetrag Umsatzsteuer netto brutto
zahlbar innerhalb Tagen ohne Abzug Konto Bank Verwendungszweck Vertrag Laufzeit Kündigung Frist Monat
Versicherung Beitrag Schaden Police Anlage Seite Datum Ort Unterschrift Sehr geehrte Damen und Herren mit
freundlichen Grüßen anbei erhalten Sie die gewünschten Unterlagen bitte prüfen Sie Angaben auf
""".split()  # noqa: SIM905 - reads better than sixty words in quotes


@contextmanager
def postgres() -> Iterator[str]:
    """Start an embedded PostgreSQL for one run; give the address of its maintenance database."""
    with _directory() as directory:
        directory.chmod(0o755)
        server = EmbeddedPostgres(directory, _SETTINGS)
        server.start()
        try:
            yield server.url()
        finally:
            server.stop()


@contextmanager
def installed_postgres(programs: Path) -> Iterator[str]:
    """Start a PostgreSQL that is installed on this machine; give the address of its maintenance database."""
    account = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    with _directory() as directory:
        data = directory / "data"
        if account is not None:
            shutil.chown(directory, account)

        def call(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data), *arguments]
            subprocess.run(command, check=True, user=account, cwd=directory, stdout=subprocess.DEVNULL)

        call("initdb", "-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8")
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        try:
            call("pg_ctl", "-w", "-l", f"{directory}/log", "-o", f"-h '' -k {directory} {settings}", "start")
            yield address(directory, "postgres")
        finally:
            if (data / "postmaster.pid").exists():  # also when it was too slow to start
                call("pg_ctl", "-m", "fast", "-w", "stop")


@contextmanager
def _directory() -> Iterator[Path]:
    """Make a directory whose path is short enough for a socket, and delete it at the end."""
    directory = Path(tempfile.mkdtemp(prefix="ablage-bench-", dir="/tmp"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def address(data: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={data}"


def document(rng: random.Random) -> tuple[str, str]:
    """Return the text and the OCR result of one document, of about 2.3 KB and 5.7 KB at the median."""
    lines = [
        " ".join([*rng.choices(_WORDS, k=rng.randint(15, 26)), str(rng.randint(1, 99_999))])
        for _ in range(max(3, int(rng.lognormvariate(2.7, 0.45))))
    ]
    segments = [
        {
            "text": line,
            "bbox": [rng.randint(50, 90), 40 * n, rng.randint(900, 1600), 40 * n + 32],
            "conf": round(rng.uniform(0.5, 1), 4),
            "type": "text",
        }
        for n, line in enumerate(lines)
    ]
    text = "\n".join(lines)
    result = {
        "content": text,
        "score": round(rng.uniform(0.6, 1), 4),
        "engine": "tesseract",
        "lang": "de",
        "page_count": rng.randint(1, 3),
        "duration": round(rng.uniform(0.3, 9), 3),
        "segments": segments,
    }
    return text, json.dumps(result, ensure_ascii=False)


async def fill(url: str, documents: int) -> None:
    """Create the tables of release 0.9 and store the documents."""
    rng = random.Random(2)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TEMP TABLE given (n int, content text, result text)")
        rows = [(n, *document(rng)) for n in range(min(_DISTINCT, documents))]
        await connection.copy_records_to_table("given", records=rows)
        user = uuid4()
        await connection.execute("INSERT INTO users (id, email) VALUES ($1, 'someone@example.org')", user)
        await connection.execute(
            """
            INSERT INTO documents (user_id, filename, storage_key, size, mime_type, ocr_text, ocr_result)
            SELECT $1, 'scan ' || i || '.pdf', 'scans/' || i, 100000 + i, 'application/pdf',
                'Nr. ' || i || ' ' || content,
                jsonb_set(result::jsonb, '{content}', to_jsonb('Nr. ' || i || ' ' || content))
            FROM generate_series(1, $2) AS i JOIN given ON n = i % $3
            ORDER BY i  -- neighbours of one kind would flatter whoever reads in the table's order
            """,
            user,
            documents,
            len(rows),
        )
        await connection.execute("VACUUM ANALYZE documents")
        await connection.execute("CHECKPOINT")
        sizes = await connection.fetchrow(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY octet_length(ocr_text)) AS text, "
            "percentile_disc(0.5) WITHIN GROUP (ORDER BY octet_length(ocr_result::text)) AS result, "
            "pg_size_pretty(pg_total_relation_size('documents')) AS size "
            "FROM documents TABLESAMPLE BERNOULLI (5)"
        )
        assert sizes is not None
        print(
            f"{documents} documents, median text {sizes['text']} bytes, "
            f"median ocr_result {sizes['result']} bytes, table {sizes['size']}",
            flush=True,
        )
    finally:
        await connection.close()


def create_tables(url: str) -> None:
    commands.upgrade(url, "v0.9")


async def create_database(maintenance: str, name: str) -> str:
    """Create an empty database; return its address."""
    connection = await asyncpg.connect(maintenance)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return maintenance.replace("/postgres?", f"/{name}?")


async def copy_database(maintenance: str, source: str, target: str) -> str:
    """Copy a database; return the address of the copy."""
    connection = await asyncpg.connect(maintenance)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY file_copy")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return maintenance.replace("/postgres?", f"/{target}?")


async def verify(url: str, edits: dict[str, int]) -> tuple[int, int]:
    """Return how many edits are lost and how many rows are still in the old format."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT id::text, (ocr_result ->> 'edits')::int AS edits FROM documents "
            "WHERE ocr_result ? 'edits'"
        )
        found = {row["id"]: cast("Any", row["edits"]) for row in rows}
        lost = sum(count - found.get(document_id, 0) for document_id, count in edits.items())
        left = await connection.fetchval("SELECT count(*) FROM documents WHERE ocr_result ? 'content'")
    finally:
        await connection.close()
    return lost, left
