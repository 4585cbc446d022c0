"""A running server is known to the database, which the contract of a migration relies on."""

from __future__ import annotations

from server_stub.testing import AblageServer


def test_a_server_is_noted_while_it_runs_and_forgotten_when_it_stops() -> None:
    with AblageServer() as observer:
        with AblageServer(database_url=observer.database_url):
            running = observer.fetch("SELECT release FROM ablage_migrations.heartbeats")
            assert [row["release"] for row in running] == ["2.0", "2.0"]
        assert len(observer.fetch("SELECT 1 FROM ablage_migrations.heartbeats")) == 1
