"""A client lives through event loops, threads, forks and pickles, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import psutil
import pytest
import trio

from ablage_sdk import AblageSDK, AsyncAblageSDK, ConfigurationError, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.testing import AblageServer
    from tests.sdk.conftest import Library

KEY = "ak_test_" + "s3cr3t" * 8


def test_one_client_works_in_one_loop_after_another(server: AblageServer, library: Library) -> None:
    sdk = server.async_sdk(http_library=library)

    async def main() -> str:
        return (await sdk.auth.me()).id

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ids = {asyncio.run(main()), asyncio.run(main()), trio.run(main), trio.run(main), asyncio.run(main())}
        gc.collect()
    assert len(ids) == 1
    assert [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)] == []


def test_one_client_works_in_loops_of_several_threads(server: AblageServer) -> None:
    sdk = server.async_sdk()
    found: list[str] = []

    async def main() -> None:
        found.extend([(await sdk.auth.me()).id for _ in range(5)])

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20


def test_one_synchronous_client_serves_many_threads(sdk: AblageSDK) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(sdk.auth.me().id)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 30


def test_everything_works_on_trio(server: AblageServer, invoice: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with server.async_sdk() as sdk:
            ids = [each.unwrap().id async for each in sdk.documents.upload_many([invoice] * 4, concurrency=2)]
            done = [each.unwrap().id async for each in sdk.documents.wait_many(ids)]
            assert sorted(done) == sorted(ids)
            listed = [each.id async for each in sdk.documents.iterate(limit=2)]
            assert set(ids) <= set(listed)
            async for _ in sdk.documents.iterate(limit=1):
                break
            path = await sdk.documents.download(ids[0], tmp_path / "a.pdf")
            assert path.read_bytes() == invoice.read_bytes()

    trio.run(main)


def test_a_program_that_closes_nothing_gets_no_warning(server: AblageServer, library: Library) -> None:
    program = f"""
        import asyncio, gc
        from ablage_sdk import AblageSDK, AsyncAblageSDK
        sync = AblageSDK({server.api_key!r}, {server.url!r}, http_library={library!r})
        sync.auth.me()
        del sync
        gc.collect()
        kept = AsyncAblageSDK({server.api_key!r}, {server.url!r}, http_library={library!r})
        async def main():
            await kept.auth.me()
            dropped = AsyncAblageSDK({server.api_key!r}, {server.url!r}, http_library={library!r})
            await dropped.auth.me()
        asyncio.run(main())
        gc.collect()
    """
    finished = subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stderr == ""


def test_the_child_of_a_fork_opens_connections_of_its_own(server: AblageServer, library: Library) -> None:
    program = f"""
        import os, sys
        from ablage_sdk import AblageSDK
        sdk = AblageSDK({server.api_key!r}, {server.url!r}, http_library={library!r})
        before = sdk.auth.me()
        child = os.fork()
        if child == 0:
            sdk.auth.me()
            os._exit(0)
        here = sdk.auth.me()
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        assert sdk.auth.me().id == before.id
        assert before.request_id != here.request_id
    """
    subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(program)], check=True)


def test_a_pickled_client_is_the_same_but_for_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_API_KEY", "ak_test_of_the_other_machine")
    sdk = AblageSDK(KEY, "https://archive.example.com", timeout=7, max_retries=1, headers={"X-A": "b"})
    data = pickle.dumps(sdk.with_options(max_retries=5))
    assert b"s3cr3t" not in data
    copy = pickle.loads(data)
    assert isinstance(copy, AblageSDK)
    assert copy.base_url == sdk.base_url
    assert copy._executor.options.max_retries == 5
    assert copy._executor.options.timeout == Timeout(7, 7, 7, 7)
    assert copy._executor.core.credentials.api_key == "ak_test_of_the_other_machine"
    asked = pickle.loads(pickle.dumps(AsyncAblageSDK(KEY, pickle_secrets=True)))
    assert asked._executor.core.credentials.api_key == KEY


def test_no_secret_is_shown() -> None:
    sdk = AblageSDK(
        KEY,
        access_token="t0k3n",
        refresh_token="r3fr3sh",
        headers={"X-S": "h3ad3r"},
        proxy="http://u:pr0xy@p",
    )
    core = sdk._executor.core
    shown = "".join(
        map(repr, (sdk, core.settings, core.credentials, sdk.with_options(), core.settings.options))
    )
    assert not [secret for secret in ("s3cr3t", "t0k3n", "r3fr3sh", "h3ad3r", "pr0xy") if secret in shown]


async def test_both_spellings_open_the_asynchronous_client(server: AblageServer) -> None:
    async with AblageSDK(server.api_key, server.url) as sdk:
        assert isinstance(sdk, AsyncAblageSDK)
        assert (await sdk.auth.me()).roles


async def test_a_closed_client_says_so(server: AblageServer) -> None:
    sdk = server.sdk()
    sdk.auth.me()
    sdk.close()
    with pytest.raises(ConfigurationError, match="closed"):
        sdk.auth.me()
    async_sdk = server.async_sdk()
    await async_sdk.auth.me()
    await async_sdk.close()
    with pytest.raises(ConfigurationError, match="closed"):
        await async_sdk.auth.me()


async def test_cancelled_calls_leave_no_connection_behind(server: AblageServer, library: Library) -> None:
    async with server.async_sdk(http_library=library, max_connections=3) as sdk:
        document = await sdk.documents.upload(b"%PDF-1.4 broken", ocr_backend="text-layer")
        for number in range(30):
            with anyio.move_on_after(0.001 * (number % 5)):
                await asyncio.gather(*(sdk.documents.get(document.id) for _ in range(3)))
        found = await asyncio.gather(*(sdk.documents.get(document.id) for _ in range(6)))
        assert {each.id for each in found} == {document.id}


def test_ten_thousand_variants_open_nothing(sdk: AblageSDK) -> None:
    sdk.auth.me()
    before = psutil.Process().num_fds()
    for number in range(10_000):
        sdk.with_options(timeout=1 + number).documents  # noqa: B018 - made on first use
    assert psutil.Process().num_fds() <= before
    started = time.process_time()
    for _ in range(2_000):
        sdk.with_options(max_retries=1)
    assert (time.process_time() - started) / 2_000 < 0.001  # the figure is in the measurements


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"base_url": "archive.example.com"}, "must look like https://"),
        ({"base_url": "https://u:p@archive.example.com"}, "must not contain a password"),
        ({"base_url": "https://archive.example.com?x=1"}, "must not contain '\\?'"),
        ({"api_key": "ak live"}, "api_key contains a space"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"max_retries": -1}, "max_retries must be 0 or more"),
        ({"deadline": 0}, "deadline must be more than 0"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        AblageSDK(**{"api_key": KEY, **arguments})
    assert isinstance(caught.value, ValueError)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("wrong", [object(), 5, "httpx"])
def test_only_clients_of_the_http_libraries_are_taken(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="client of httpx or httpx2"):
        AblageSDK(KEY, http_client=wrong)


def test_certificates_that_cannot_be_loaded_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    sdk = AblageSDK(KEY, "https://127.0.0.1:9", verify=tmp_path / "ca.pem")
    with pytest.raises(ConfigurationError, match=r"cannot load certificates from .*ca\.pem"):
        sdk.auth.me()


def test_middleware_sees_every_attempt(server: AblageServer) -> None:
    seen: list[str] = []

    def layer(name: str) -> Callable[[Any, Callable[[Any], Any]], Any]:
        def middleware(request: Any, send: Callable[[Any], Any]) -> Any:
            seen.append(f"{name} {request.method}")
            request.headers["x-layer"] = name
            response = send(request)
            seen.append(f"{name} {response.status_code}")
            return response

        return middleware

    with AblageSDK(server.api_key, server.url, middleware=[layer("a"), layer("b")]) as sdk:
        sdk.auth.me()
    assert seen == ["a GET", "b GET", "b 200", "a 200"]


def test_a_pid_is_part_of_no_request_id(sdk: AblageSDK) -> None:
    ids = {sdk.auth.me().request_id for _ in range(5)}
    assert len(ids) == 5
    assert not any(each and str(os.getpid()) == each.rpartition("-")[0] for each in ids)
