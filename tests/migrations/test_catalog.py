"""`db check` sees every kind of drift, and `db adopt` recognises every release."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server_stub.migrations import catalog, commands
from server_stub.migrations.connection import engine
from server_stub.migrations.releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Sql


def _read(url: str) -> catalog.Catalog:
    async def read() -> catalog.Catalog:
        async with engine(url).connect() as connection:
            return await catalog.read(connection)

    return asyncio.run(read())


@pytest.mark.parametrize("release", RELEASES)
def test_the_stored_catalog_is_what_the_history_makes_up_and_down(
    new_database: Callable[..., str], release: str
) -> None:
    url = new_database(release)
    assert catalog.compare(catalog.stored(release), _read(url)) == []
    commands.upgrade(url, "v2.0")
    commands.downgrade(url, release)
    assert catalog.compare(catalog.stored(release), _read(url)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_is_recognised_beside_tables_of_others(
    new_database: Callable[..., str], sql: type[Sql], release: str
) -> None:
    url = new_database(release)
    sql(url)("CREATE TABLE somebody_elses (id integer PRIMARY KEY, CHECK (id > 0))")
    assert catalog.recognize(_read(url)) == (release, [])


def _rebuilt(index: str, definition: str, unique: str = "") -> str:
    return f"DROP INDEX {index}; CREATE {unique} INDEX {index} ON documents {definition}"


INVALIDATED = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_documents_page'::regclass"
FOREIGN_KEY = (
    "ALTER TABLE documents DROP CONSTRAINT fk_documents_user_id, ADD CONSTRAINT fk_documents_user_id "
    "FOREIGN KEY (user_id) REFERENCES users (id)"
)
TRIGGER = (
    "CREATE TRIGGER more BEFORE UPDATE ON documents FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
)


@pytest.mark.parametrize(
    ("change", "kind", "name"),
    [
        ("DROP TABLE webhooks CASCADE", "missing table", "webhooks"),
        ("CREATE TABLE more (id integer)", "extra table", "more"),
        ("ALTER TABLE documents DROP COLUMN sha256", "missing column", "documents.sha256"),
        ("ALTER TABLE documents ADD COLUMN more text", "extra column", "documents.more"),
        ("ALTER TABLE documents ALTER language TYPE text", "column type", "documents.language"),
        ("ALTER TABLE documents ALTER status DROP NOT NULL", "column not_null", "documents.status"),
        ("ALTER TABLE documents ALTER language SET DEFAULT 'en'", "column default", "documents.language"),
        ("DROP INDEX ix_documents_page", "missing index", "ix_documents_page"),
        ("CREATE INDEX more ON documents (size)", "extra index", "more"),
        (
            _rebuilt("ix_documents_pending", "(created_at) WHERE status = 'failed'"),
            "index predicate",
            "ix_documents_pending",
        ),
        (_rebuilt("ix_documents_pending", "USING brin (created_at)"), "index method", "ix_documents_pending"),
        (
            _rebuilt("ix_documents_metadata", "USING gin (metadata jsonb_path_ops)"),
            "index keys",
            "ix_documents_metadata",
        ),
        (_rebuilt("ix_documents_page", "(created_at, id)"), "index keys", "ix_documents_page"),
        (
            _rebuilt("ix_documents_page", "(created_at DESC, id DESC)", "UNIQUE"),
            "index unique",
            "ix_documents_page",
        ),
        (INVALIDATED, "index valid", "ix_documents_page"),
        ("ALTER TABLE documents ADD CONSTRAINT more CHECK (size >= 0)", "extra constraint", "documents.more"),
        (FOREIGN_KEY, "constraint definition", "documents.fk_documents_user_id"),
        (
            f"{FOREIGN_KEY} ON DELETE CASCADE NOT VALID",
            "constraint validated",
            "documents.fk_documents_user_id",
        ),
        (TRIGGER, "extra trigger", "documents.more"),
    ],
)
def test_every_kind_of_drift_at_the_head_is_seen(
    new_database: Callable[..., str], sql: type[Sql], change: str, kind: str, name: str
) -> None:
    url = new_database("v2.0")
    for statement in change.split("; "):
        sql(url)(statement)
    assert (kind, name) in {(d.kind, d.name) for d in catalog.compare(catalog.stored("v2.0"), _read(url))}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("DROP TRIGGER ablage_sync_text ON documents", "missing trigger"),
        ("ALTER TABLE documents DISABLE TRIGGER ablage_sync_text", "trigger enabled"),
    ],
)
def test_a_missing_or_disabled_trigger_is_seen_where_both_releases_run(
    new_database: Callable[..., str], sql: type[Sql], change: str, kind: str
) -> None:
    url = new_database("v2.0-expand")
    sql(url)(change)
    (difference,) = catalog.compare(catalog.stored("v2.0-expand"), _read(url))
    assert (difference.kind, difference.name) == (kind, "documents.ablage_sync_text")


def test_the_text_of_a_check_is_compared(new_database: Callable[..., str], sql: type[Sql]) -> None:
    url = new_database("v2.0")
    run = sql(url)
    run("ALTER TABLE documents ADD CONSTRAINT positive CHECK (size > 0)")
    expected = _read(url)
    run("ALTER TABLE documents DROP CONSTRAINT positive")
    run("ALTER TABLE documents ADD CONSTRAINT positive CHECK (size > 1)")
    (difference,) = catalog.compare(expected, _read(url))
    assert str(difference) == (
        "constraint definition: documents.positive is 'CHECK (size > 1)', should be 'CHECK (size > 0)'"
    )
