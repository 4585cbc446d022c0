"""The whole journey under load: from release 1.0 to 2.0 and back, database and servers, nothing lost.

Old and new clients work all the time, through a balancer that sends every request to the next server. At
each station every document ever stored is read by both clients.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import AblageClient
from server_stub.testing.accounts import fetch
from server_stub.testing.databases import databases
from tests.e2e.balancer import Balancer
from tests.e2e.load import Kept, Load
from tests.patience import patient, until
from tests.soak import rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.processes import Process, Shell

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::ablage_client_compat.AblageDeprecationWarning", "ignore::ablage_sdk.AblageDeprecationWarning"
    ),
    pytest.mark.timeout(rounds(usual=900, soak=14_400)),
]

KEY = "ak_live_" + "j" * 43
#: How often each client does its work at a station before the journey goes on.
AT_EACH_STATION = rounds(usual=1, soak=20)
#: Clients of each kind at once, and milliseconds that each one rests between two documents.
OF_EACH_KIND = rounds(usual=1, soak=3)
REST_MS = rounds(usual=1500, soak=50)
#: Confidences that the documents from before the journey have.
CONFIDENCES = (0.0, 0.5, 0.8765, 0.9999, 0.1)


class Fleet:
    """Servers behind a balancer, on one database and one folder."""

    def __init__(self, shell: Shell, balancer: Balancer, database_url: str) -> None:
        self.shell, self.balancer, self.database_url = shell, balancer, database_url
        self.members: list[Process] = []

    def start(self, release: str) -> None:
        """Start one more server and give it its share."""
        process = self.shell.serve(
            "--release", release, "--no-migrate", DATABASE_URL=self.database_url, SECRET_KEY="s" * 40,
            ABLAGE_BOOTSTRAP_API_KEY=KEY, ABLAGE_RATE_LIMIT="1000000/minute", ABLAGE_WORKER_CONCURRENCY="1",
        )  # fmt: skip
        assert process.told["release"] == release
        self.members.append(process)
        self.balancer.add(process.url)

    def stop_oldest(self) -> None:
        """Take the server that is there for longest out of the rotation, then stop it: it ends its work."""
        process = self.members.pop(0)
        assert self.balancer.served[process.url] > 0
        self.balancer.remove(process.url)
        assert process.terminate() == 0, process.log.read_text()

    def replace(self, release: str) -> None:
        """Start a server of another release and stop the oldest."""
        self.start(release)
        self.stop_oldest()

    def db(self, *arguments: str) -> str:
        """Run `ablage-server db` and return what it says."""
        done = self.shell.run("db", *arguments, DATABASE_URL=self.database_url)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def db_refuses(self, *arguments: str, because: str) -> None:
        """Run `ablage-server db`, which must change nothing."""
        done = self.shell.run("db", *arguments, DATABASE_URL=self.database_url)
        assert done.returncode != 0, done.stdout
        assert because in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def store_earlier_documents(load: Load, database_url: str) -> None:
    """Fill the archive with documents that were recognised less well than those of the load."""
    with AblageClient(KEY, load.url) as client:
        for confidence in CONFIDENCES:
            stored = load.store_old(client)
            fetch(
                database_url,
                "UPDATE documents SET confidence_score = $2, ocr_result = "
                "jsonb_set(ocr_result, '{confidence}', to_jsonb($2::float8)) WHERE id::text = $1",
                stored.id,
                confidence,
            )
            load.kept[stored.id] = Kept(
                stored.id, stored.text, confidence, stored.tags, stored.metadata, stored.content
            )


def test_a_fleet_goes_to_release_2_and_back_under_load(
    shell: Shell, make_pdf: Callable[[str], bytes]
) -> None:
    database_url = databases.create(schema="v1.0")
    with Balancer() as balancer:
        fleet = Fleet(shell, balancer, database_url)
        load = Load(balancer.url, KEY, REST_MS / 1000, make_pdf)

        def station(name: str) -> None:
            """Let everybody work for a while, then read everything with both clients."""
            before = dict(load.done)
            until(
                lambda: (
                    load.failures
                    or all(
                        load.done.get(kind, 0) - before.get(kind, 0) >= AT_EACH_STATION
                        for kind in ("new", "old", "new async", "old async")
                    )
                ),
                f"{name}: every client has done its work",
                timeout=patient(600),
            )
            load.read_everything()
            assert not load.failures, f"{name}: {len(load.failures)} calls failed. {load.failures[0]}"

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fleet.start, ["1.0", "1.0"]))
        store_earlier_documents(load, database_url)
        with load.working(OF_EACH_KIND):
            station("release 1.0 on v1.0")
            fleet.db("upgrade", "v2.0-expand")
            station("release 1.0 on v2.0-expand")
            fleet.replace("2.0")
            station("both releases on v2.0-expand")
            fleet.db_refuses("upgrade", "v2.0", because="release 1.0 was seen")
            fleet.replace("2.0")
            fleet.db("backfill")
            station("release 2.0 on v2.0-expand")
            fleet.db("upgrade", "v2.0", "--quiet-minutes", "0")
            station("release 2.0 on v2.0")
            fleet.db("downgrade", "v2.0-expand", "--yes")
            station("release 2.0, back on v2.0-expand")
            fleet.replace("1.0")
            station("both releases, on the way back")
            fleet.replace("1.0")
            fleet.db("downgrade", "v1.0", "--yes")
            station("release 1.0, back on v1.0")
        load.read_everything()
        assert not load.failures, load.failures[0]
        print(f"{sum(balancer.served.values())} requests, {len(load.kept)} documents kept, 0 failures")
        for process in fleet.members:
            assert process.terminate() == 0
    rows = fetch(database_url, "SELECT filename, status FROM documents")
    assert {row["status"] for row in rows} == {"completed"}
    tagged = [row["filename"] for row in rows if str(row["filename"]).startswith("n")]
    assert len(tagged) == len(set(tagged)) == len(load.kept)  # none is there twice
    databases.drop(database_url)
