"""The queue: procrastinate's, reached through its SQL function in the document's own transaction."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from procrastinate.schema import SchemaManager

from server_stub.jobs.worker import make_app
from server_stub.migrations.url import parse
from server_stub.storage import queue_schema
from server_stub.storage.database import Database, connect_raw
from server_stub.storage.queue import Queue
from server_stub.testing import AblageServer
from server_stub.testing.databases import databases
from tests.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOBS = "SELECT status::text, attempts, lock, args FROM ablage_jobs.procrastinate_jobs ORDER BY id"
#: Everything in the queue's schema, as PostgreSQL describes it.
CATALOG = """
    SELECT string_agg(what, E'\\n' ORDER BY what) FROM (
        SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable AS what
        FROM information_schema.columns WHERE table_schema = 'ablage_jobs'
        UNION SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'ablage_jobs'
        UNION SELECT 'function ' || oid::regprocedure::text || array_to_string(proconfig, ',')
        FROM pg_proc WHERE pronamespace = 'ablage_jobs'::regnamespace
        UNION SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid::regclass::text LIKE 'ablage_jobs.%' AND NOT tgisinternal
    ) AS everything
"""


@pytest.fixture
def empty() -> Iterator[str]:
    url = databases.create(migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def idle() -> Iterator[AblageServer]:
    """A server whose documents wait: it has no worker for them."""
    with AblageServer(worker_concurrency=0, job_stalled_seconds=600) as server:
        yield server


async def fetchval(url: str, statement: str) -> object:
    connection = await connect_raw(parse(url), application_name="tests")
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def test_the_library_is_the_one_whose_sql_we_call() -> None:
    assert version("procrastinate") == "3.10.0"
    made = SchemaManager.get_schema()
    for promised in (
        "FUNCTION procrastinate_defer_jobs_v1(",
        "TYPE procrastinate_job_to_defer_v1",
        "procrastinate_any_queue_v1",
    ):
        assert promised in made


async def test_a_job_is_there_when_its_transaction_is_committed_and_only_then(empty: str) -> None:
    await queue_schema.ensure(parse(empty))
    db = Database(empty)
    document = uuid4()
    try:
        async with db.connect() as conn:
            await Queue().defer_recognition(conn, document)
            await conn.rollback()
        assert await fetchval(empty, "SELECT count(*) FROM ablage_jobs.procrastinate_jobs") == 0
        async with db.begin() as conn:
            await Queue().defer_recognition(conn, document)
            assert await fetchval(empty, "SELECT count(*) FROM ablage_jobs.procrastinate_jobs") == 0
        job = await fetchval(empty, "SELECT args->>'document_id' FROM ablage_jobs.procrastinate_jobs")
        assert job == str(document)
    finally:
        await db.close()


async def test_ten_processes_make_the_schema_once_and_it_is_made_anew_by_nobody(empty: str) -> None:
    await asyncio.gather(*(queue_schema.ensure(parse(empty)) for _ in range(10)))
    oid = "SELECT 'ablage_jobs.procrastinate_jobs'::regclass::oid"
    first = await fetchval(empty, oid)
    await queue_schema.ensure(parse(empty))
    assert await fetchval(empty, oid) == first
    assert await fetchval(empty, "SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%' AND "
                                 "relnamespace = 'public'::regnamespace") == 0  # fmt: skip


async def test_an_older_schema_is_upgraded_to_what_a_new_one_is(empty: str) -> None:
    connection = await connect_raw(parse(empty), application_name="tests")
    await connection.execute("CREATE SCHEMA ablage_jobs; SET search_path = ablage_jobs")
    newer = queue_schema.scripts("3.2.0")
    for script in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
        if script not in newer:
            await connection.execute(script.read_text())
    await connection.execute("COMMENT ON SCHEMA ablage_jobs IS 'procrastinate 3.2.0'")
    await connection.close()
    assert newer
    await queue_schema.ensure(parse(empty))
    fresh = databases.create(migrated=False)
    try:
        await queue_schema.ensure(parse(fresh))
        assert await fetchval(empty, CATALOG) == await fetchval(fresh, CATALOG)
    finally:
        databases.drop(fresh)


def upload(server: AblageServer, content: bytes) -> UUID:
    with server.sdk() as sdk:
        return UUID(str(sdk.documents.upload(content, filename="a.pdf").id))


def status(server: AblageServer, document: UUID) -> object:
    return server.fetch("SELECT status FROM documents WHERE id = $1", document)[0]["status"]


async def opened(server: AblageServer) -> None:
    """Pretend that a worker took the oldest job and died a long time ago."""
    services = server.runtime.services
    async with make_app(services).open_async() as app:
        worker = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=["ocr"], worker_id=worker) is not None
    connection = await connect_raw(parse(server.database_url), application_name="tests")
    await connection.execute(
        "UPDATE ablage_jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 day' "
        "WHERE id = $1", worker,
    )  # fmt: skip
    await connection.close()


def test_the_job_of_a_dead_worker_goes_to_another(
    idle: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    document = upload(idle, make_pdf("x"))
    asyncio.run(opened(idle))
    until(
        lambda: [job for job in idle.fetch(JOBS) if job["lock"] == f"document:{document}"
                 and (job["status"], job["attempts"]) == ("todo", 1)],
        "the job waits again",
    )  # fmt: skip
    assert status(idle, document) == "pending"


def test_documents_that_lost_their_jobs_get_new_ones(
    idle: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    lost = {state: upload(idle, make_pdf(state)) for state in ("pending", "processing")}
    for state, document in lost.items():
        idle.fetch("DELETE FROM ablage_jobs.procrastinate_jobs WHERE lock = $1", f"document:{document}")
        idle.fetch(
            "UPDATE documents SET status = $2, updated_at = now() - interval '1 hour' WHERE id = $1",
            document,
            state,
        )
    locks = {f"document:{document}" for document in lost.values()}
    until(lambda: locks <= {job["lock"] for job in idle.fetch(JOBS)}, "they have jobs")


def test_a_document_whose_job_failed_for_good_is_not_waited_for_for_ever(
    idle: AblageServer, make_pdf: Callable[[str], bytes]
) -> None:
    document = upload(idle, make_pdf("x"))
    idle.fetch("UPDATE documents SET status = 'processing' WHERE id = $1", document)
    idle.fetch(
        "UPDATE ablage_jobs.procrastinate_jobs SET status = 'failed' WHERE lock = $1", f"document:{document}"
    )
    until(lambda: status(idle, document) == "failed", "it is failed")
    code = idle.fetch("SELECT error_code FROM documents WHERE id = $1", document)[0]["error_code"]
    assert code == "OCR_FAILED"


def test_a_document_that_kills_its_workers_is_given_up() -> None:
    with AblageServer(read_only=True) as parked:  # nothing runs in the background
        url = parked.database_url
        document = uuid4()
        owner = parked.new_account("user")
        parked.fetch(
            "INSERT INTO documents (id, user_id, filename, storage_key, size, mime_type, status) "
            "VALUES ($1, $2, 'a.pdf', 'a', 1, 'application/pdf', 'processing')", document, owner.user_id,
        )  # fmt: skip
        parked.fetch(
            "INSERT INTO ablage_jobs.procrastinate_jobs (queue_name, task_name, lock, args, attempts) "
            "VALUES ('ocr', 'recognize', $1, jsonb_build_object('document_id', $2::text), 5)",
            f"document:{document}", str(document),
        )  # fmt: skip
        with AblageServer(database_url=url):
            until(lambda: status(parked, document) == "failed", "it is failed")
