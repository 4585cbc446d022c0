"""Servers, workers and migrations behind PgBouncer: with sessions of their own, and without."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from server_stub.errors import StartupError
from server_stub.migrations import commands
from server_stub.testing import AblageServer
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.migrations.conftest import Cluster


@contextmanager
def pgbouncer(cluster: Cluster, mode: str) -> Iterator[Callable[[str], str]]:
    """Run PgBouncer in front of a PostgreSQL; gives what turns an address into the one through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "pgbouncer is missing. Run: scripts/system-packages.sh tests"
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    folder = cluster.directory
    users = folder / f"users-{port}"
    users.write_text('"postgres" ""\n')
    ini = folder / f"pgbouncer-{port}.ini"
    ini.write_text(
        f"[databases]\n* = host={folder}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = trust\nauth_file = {users}\npool_mode = {mode}\n"
        "default_pool_size = 60\nlog_connections = 0\nlog_disconnections = 0\n"
    )
    with (folder / f"pgbouncer-{port}.log").open("w") as log:
        process = subprocess.Popen([program, ini], stdout=log, stderr=log, user=cluster.account)

    def answers() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, "PgBouncer answers", timeout=30)
        yield lambda url: f"postgresql://postgres@127.0.0.1:{port}/{name(url)}"
    finally:
        process.kill()
        process.wait(patient(30))


def name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def use(server: AblageServer, make_pdf: Callable[[str], bytes]) -> None:
    """Do what needs the pool, the queue, a worker and notifications, several times at once."""
    with server.sdk() as sdk:

        def upload(number: int) -> None:
            done = sdk.documents.upload_and_wait(
                make_pdf(f"Rechnung {number}"), filename=f"{number}.pdf", timeout=patient(60)
            )
            assert f"Rechnung {number}" in (sdk.documents.get(done.id).extracted_text or "")

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(upload, range(6)))
        assert len(list(sdk.documents.list())) == 6


def test_with_sessions_everything_works(
    cluster: Cluster, new_database: Callable[..., str], make_pdf: Callable[[str], bytes]
) -> None:
    with pgbouncer(cluster, "session") as through:
        url = through(new_database())
        url += "?options=-c%20work_mem%3D5MB&channel_binding=prefer"  # neither is sent when it is opened
        commands.upgrade(url, "v2.0")
        with AblageServer(database_url=url) as server:
            use(server, make_pdf)


def test_without_sessions_the_server_needs_an_address_past_the_pooler(
    cluster: Cluster, new_database: Callable[..., str], make_pdf: Callable[[str], bytes]
) -> None:
    direct = new_database("v2.0")
    with pgbouncer(cluster, "transaction") as through:
        url = through(direct)
        with pytest.raises(StartupError, match=r"DATABASE_URL leads to .*pool_mode = session"):
            AblageServer(database_url=url).__enter__()
        with pytest.raises(StartupError, match=r"ABLAGE_DATABASE_DIRECT_URL leads to .*pool_mode = session"):
            AblageServer(database_url=url, database_direct_url=url).__enter__()
        with AblageServer(database_url=url, database_direct_url=direct) as server:
            use(server, make_pdf)
