"""`kill -9` of server, worker and PostgreSQL, at any moment: nothing is lost, nothing happens twice."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import httpx
import psutil
import pytest

from ablage_sdk import AblageSDK
from server_stub.storage.embedded import EmbeddedPostgres
from server_stub.testing import WebhookReceiver
from server_stub.testing.accounts import fetch
from tests.e2e.storm import Promise, Storm, living
from tests.patience import until
from tests.soak import SOAKING, rounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.processes import Process, Shell

Victim = Literal["server", "worker", "postgres"]

KEY = "ak_test_" + "k" * 43
ROUNDS = rounds(usual=3, soak=50)
#: Who is killed, one round after the other.
VICTIMS: tuple[tuple[Victim, ...], ...] = (
    ("server",),
    ("postgres",),
    ("worker",),
    ("postgres", "server"),
    ("worker", "server"),
    ("worker", "postgres"),
    ("server", "worker", "postgres"),
)
EVENTS = ["created", "processing", "processed", "failed", "updated", "deleted"]


class Matrix:
    """A server, a worker and their PostgreSQL, each in processes of its own, that can be killed."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._attached: list[EmbeddedPostgres] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.server = self._serve()
        self.worker = self._work()
        self.database_url = EmbeddedPostgres(shell.data_dir / "postgres").url("ablage")

    def kill(self, victim: Victim) -> None:
        """Kill one of them."""
        if victim == "postgres":
            pid = int((self._shell.data_dir / "postgres/cluster/postmaster.pid").read_text().split()[0])
            psutil.Process(pid).kill()
            until(lambda: not psutil.pid_exists(pid), "PostgreSQL is gone")
        else:
            (self.server if victim == "server" else self.worker).kill()

    def restart(self, victim: Victim) -> None:
        """Start what was killed again."""
        if victim == "postgres":
            postgres = EmbeddedPostgres(self._shell.data_dir / "postgres")
            postgres.start()
            self._attached.append(postgres)
        elif victim == "server":
            self.server = self._serve()
        else:
            self.worker = self._work()

    def await_ready(self) -> None:
        """Wait until requests are served again."""
        until(lambda: httpx.get(f"{self.url}/health/ready", timeout=60).status_code == 200, "it is ready")

    def close(self) -> None:
        """Let go of PostgreSQL."""
        self.worker.interrupt()
        self.server.interrupt()
        for postgres in self._attached:
            postgres.stop()

    def files(self) -> set[str]:
        """Return the ids of the documents whose bytes are kept."""
        return {path.name for path in self._paths()}

    def sweep(self) -> None:
        """Delete what no document has, as if two hours had passed."""
        then = time.time() - 7_200
        for path in self._paths():
            os.utime(path, (then, then))
        done = self._shell.run("jobs", "sweep", "--older-than", "1")
        assert done.returncode == 0, done.stderr

    def _paths(self) -> list[Path]:
        folder = self._shell.data_dir / "files/documents"
        return [path for path in folder.rglob("*") if path.is_file()]

    def _serve(self) -> Process:
        return self._shell.serve(
            "--port", str(self._port),
            ABLAGE_BOOTSTRAP_API_KEY=KEY, ABLAGE_WORKER_CONCURRENCY="1", ABLAGE_RATE_LIMIT="off",
            ABLAGE_WEBHOOK_ALLOW_PRIVATE="true", ABLAGE_WEBHOOK_SCHEDULE_SECONDS=",".join("0" * 20),
        )  # fmt: skip

    def _work(self) -> Process:
        return self._shell.popen("worker", "--concurrency", "1")


@pytest.mark.timeout(14_400 if SOAKING else 300)
def test_nothing_is_lost_and_nothing_happens_twice(shell: Shell, make_pdf: Callable[[str], bytes]) -> None:
    seed = random.randrange(2**32) if SOAKING else 1
    draw = random.Random(seed)
    matrix = Matrix(shell)
    promises: dict[str, Promise] = {}
    with (
        contextlib.closing(matrix),
        WebhookReceiver() as receiver,
        AblageSDK(api_key=KEY, base_url=matrix.url) as sdk,
    ):
        sdk.webhooks.create(receiver.url, [f"document.{event}" for event in EVENTS])
        for number, victims in zip(range(ROUNDS), itertools.cycle(VICTIMS)):
            storm = Storm(matrix.url, KEY, make_pdf, seed + 1_000 * number)
            with storm:
                time.sleep(draw.uniform(0.1, 1.5))  # any moment is as good as another: that is the point
                for victim in victims:
                    matrix.kill(victim)
                for victim in reversed(victims):
                    matrix.restart(victim)
                matrix.await_ready()
                made = sum(len(client.promises) for client in storm.clients)
                until(
                    lambda storm=storm, made=made: (  # type: ignore[misc]  # defaults in a lambda
                        sum(len(client.promises) for client in storm.clients) >= made + 2
                    ),
                    "it takes documents again",
                )
            kept = storm.finish()
            check_documents(sdk, kept)
            promises |= kept
        check_documents(sdk, promises)
        check_that_each_upload_made_one(sdk, promises)
        check_events(matrix, receiver, promises)
        left = check_files(matrix, sdk)
        print(f"seed {seed}: {ROUNDS} rounds, {len(promises)} documents, {len(receiver.received)} webhooks, "
              f"{left} files without a document, all swept")  # fmt: skip


def check_documents(sdk: AblageSDK, promises: dict[str, Promise]) -> None:
    """Every document that was accepted is there, byte by byte, and reaches the end of its way."""
    for one, promise in living(promises):
        document = sdk.documents.get(one, wait=60)
        if document.status not in {"completed", "failed"}:  # a worker died with it
            document = sdk.documents.wait_for_completion(one, timeout=120)
        assert document.status == "completed", document
        assert document.tags in promise.tags
        assert sdk.documents.download(one) == promise.content


def check_that_each_upload_made_one(sdk: AblageSDK, promises: dict[str, Promise]) -> None:
    """No content is there twice, no document that nobody was promised, none that was deleted."""
    found = list(sdk.documents.iterate())
    assert len({document.sha256 for document in found}) == len(found), "one upload made two documents"
    ids = {document.id for document in found}
    assert ids - {one for one, promise in promises.items() if promise.deleted is None} == {
        one for one, _ in living(promises)
    }


def check_events(matrix: Matrix, receiver: WebhookReceiver, promises: dict[str, Promise]) -> None:
    """Each event arrives at least once, and each thing that happens once is one event."""
    # A delivery that a killed server had begun waits for half a minute; nobody else has to.
    fetch(
        matrix.database_url,
        "UPDATE notification_deliveries SET next_attempt_at = now() WHERE status = 'pending'",
    )
    expected: dict[tuple[str, str], int] = {}
    for one, promise in promises.items():
        expected[one, "document.created"] = 1
        if promise.deleted is False:
            expected[one, "document.processed"] = 1
        if promise.deleted:
            expected[one, "document.deleted"] = 1

    def arrived() -> dict[tuple[str, str], int]:
        events: dict[tuple[str, str], set[str]] = defaultdict(set)
        for webhook in list(receiver.received):
            document: dict[str, str] = webhook.event["data"]["document"]  # type: ignore[index]  # JSON
            events[document["id"], str(webhook.event["type"])].add(str(webhook.event["id"]))
        return {key: len(found) for key, found in events.items()}

    def missing() -> list[tuple[str, str]]:
        seen = arrived()
        late = [key for key, number in expected.items() if seen.get(key, 0) < number]
        return late + [
            (one, f"{promise.updates} updates")
            for one, promise in promises.items()
            if seen.get((one, "document.updated"), 0) < promise.updates
        ]

    until(lambda: not missing(), "every event has arrived")
    seen = arrived()
    once = {"document.created", "document.processed", "document.deleted"}
    twice = {key: number for key, number in seen.items() if key[1] in once and number > 1}
    assert not twice, twice
    assert not {key for key in seen if key[1] == "document.failed"}
    dead = fetch(matrix.database_url, "SELECT last_error FROM notification_deliveries WHERE status = 'dead'")
    assert not dead


def check_files(matrix: Matrix, sdk: AblageSDK) -> int:
    """Each document has its file, and after a sweep each file its document; return how many were left."""
    documents = {document.id for document in sdk.documents.iterate()}
    files = matrix.files()
    assert not documents - files
    matrix.sweep()
    assert matrix.files() == documents
    return len(files - documents)
