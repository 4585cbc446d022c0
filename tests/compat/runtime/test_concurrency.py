"""Threads, processes, event loops and long lives."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import ablage_client_compat
from ablage_client_compat import AblageClient, Document

if TYPE_CHECKING:
    from server_stub.testing import AblageServer

    from .conftest import Run


def test_one_client_serves_many_threads(client: AblageClient, done: Document) -> None:
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(client.documents.get, [done.id] * 40))
        texts = list(pool.map(lambda _: client.get_document(done.id)["extracted_text"], range(40)))
    assert {document.id for document in documents} == {done.id}
    assert set(texts) == {done.ocr_text}


def test_a_deferred_result_is_one_object_for_all_threads(client: AblageClient, done: Document) -> None:
    document = client.documents.get(done.id)
    barrier = threading.Barrier(8)

    def read(_: int) -> int:
        barrier.wait()
        return id(document.ocr_result)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(8)))) == 1


async def test_the_sync_client_works_inside_a_running_event_loop(
    client: AblageClient, done: Document
) -> None:
    assert client.documents.get(done.id).ocr_text == done.ocr_text  # as in a notebook
    in_thread = await asyncio.to_thread(client.documents.get, done.id)  # as in a FastAPI handler
    assert in_thread.id == done.id


def test_a_client_made_before_fork_works_in_the_children(any_server: AblageServer, run: Run) -> None:
    environment = {"ABLAGE_API_KEY": any_server.api_key, "ABLAGE_BASE_URL": any_server.url}
    ended = run("-W", "ignore", "program.py", environment=environment, program="""
        import multiprocessing, os
        from ablage_client_compat import AblageClient
        client = AblageClient()
        email = client.get_current_user().email
        def work(_):
            return client.get_current_user().email, os.getpid()
        with multiprocessing.get_context("fork").Pool(3) as pool:
            answers = pool.map(work, range(12), chunksize=1)
        assert {answer[0] for answer in answers} == {email, client.get_current_user().email}
        assert os.getpid() not in {answer[1] for answer in answers}
        pid = os.fork()
        if not pid:
            os._exit(client.get_current_user().email != email)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("0\n", "")


def test_ten_thousand_uses_do_not_grow_memory(run: Run) -> None:
    ended = run("-W", "ignore", "program.py", program="""
        import gc, tracemalloc
        from ablage_client_compat import Document
        document = Document({"id": "1", "ocr_text": "x", "ocr_result": {"content": "x"}})
        def use():
            for _ in range(10_000):
                assert document.ocr_text and document.ocr_result
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        tracemalloc.start()
        print(-use() + use())
    """)  # fmt: skip
    assert int(ended.stdout) < 2000, ended.stderr


def test_calls_leave_nothing_behind(any_server: AblageServer, done: Document, run: Run) -> None:
    environment = {"ABLAGE_API_KEY": any_server.api_key, "ABLAGE_BASE_URL": any_server.url}
    ended = run("-W", "ignore", "program.py", done.id, environment=environment, program="""
        import gc, sys
        from ablage_client_compat import AblageClient
        with AblageClient() as client:
            def call(times):
                for _ in range(times):
                    assert client.documents.get(sys.argv[1]).ocr_result
                gc.collect()
                return len(gc.get_objects())
            print(-call(50) + call(300))
    """)  # fmt: skip
    assert int(ended.stdout) < 50, ended.stderr


def test_the_report_starts_at_zero_in_a_forked_child() -> None:
    Document({"ocr_text": "x"}).ocr_text  # noqa: B018  # counted in this process
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(write, str(len(ablage_client_compat.report())).encode())
        os._exit(0)
    os.close(write)
    assert os.read(read, 10) == b"0"
    os.close(read)
    os.waitpid(pid, 0)
