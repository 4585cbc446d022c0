"""Between client and server: proxies, certificates, a bounded number of connections, hooks."""

from __future__ import annotations

import asyncio
import importlib
import ssl
from typing import TYPE_CHECKING, Any, cast

import pytest
import trustme

from ablage_sdk import AblageSDK, APIConnectionError, APITimeoutError, AsyncAblageSDK, Timeout
from tests.sdk.conftest import Threaded
from tests.sdk.relay import proxy, relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ablage_sdk import AsyncHTTPResponse, HTTPRequest, HTTPResponse
    from server_stub.testing import AblageServer
    from tests.sdk.conftest import Kind, Library
    from tests.sdk.relay import Traffic


@pytest.fixture
def connect(kind: Kind, library: Library, server: AblageServer) -> Callable[..., AsyncAblageSDK]:
    """Makes a client of either kind on either library."""

    def make(base_url: str = server.url, **options: Any) -> AsyncAblageSDK:
        arguments = {"http_library": library, "max_retries": 0, **options}
        if kind == "sync":
            return cast("AsyncAblageSDK", Threaded(AblageSDK(server.api_key, base_url, **arguments)))
        return AsyncAblageSDK(server.api_key, base_url, **arguments)

    return make


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="module")
def encrypted(server: AblageServer, authority: trustme.CA) -> Iterator[Traffic]:
    """The server behind TLS, with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with relay(server.url, context) as traffic:
        yield traffic


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's own certificate, as a file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


async def test_plain_requests_go_through_the_proxy(
    connect: Callable[..., AsyncAblageSDK], server: AblageServer
) -> None:
    with proxy("ada:pass%20word") as traffic:
        async with connect(proxy=traffic.url.replace("pass%20word", "pass%2520word")) as sdk:
            assert (await sdk.auth.me()).email
        assert traffic.asked == [f"GET {server.url}/api/v2/auth/me"]


async def test_encrypted_requests_pass_the_proxy_unread(
    connect: Callable[..., AsyncAblageSDK], encrypted: Traffic, trusted: Path, server: AblageServer
) -> None:
    with proxy() as traffic:
        async with connect(encrypted.url, proxy=traffic.url, verify=trusted) as sdk:
            assert (await sdk.auth.me()).email
        assert traffic.asked == [f"CONNECT {encrypted.url.removeprefix('https://')}"]
        assert traffic.seen
        assert server.api_key.encode() not in traffic.seen


async def test_the_environment_names_the_proxy_unless_told_otherwise(
    connect: Callable[..., AsyncAblageSDK], monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy() as traffic:
        monkeypatch.setenv("http_proxy", traffic.url)
        monkeypatch.setenv("no_proxy", "")
        async with connect() as sdk:
            await sdk.auth.me()
        assert len(traffic.asked) == 1
        async with connect(trust_env=False) as sdk:
            await sdk.auth.me()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        async with connect() as sdk:
            await sdk.auth.me()
        assert len(traffic.asked) == 1


async def test_a_proxy_that_refuses_is_an_error_without_its_password(
    connect: Callable[..., AsyncAblageSDK], encrypted: Traffic, trusted: Path
) -> None:
    with proxy("ada:right") as traffic:
        wrong = traffic.url.replace("right", "s3cr3t")
        async with connect(encrypted.url, proxy=wrong, verify=trusted) as sdk:
            with pytest.raises(APIConnectionError, match="407") as caught:
                await sdk.auth.me()
    assert not caught.value.sent
    assert "s3cr3t" not in f"{caught.value!r} {caught.value} {sdk!r}"


@pytest.mark.parametrize("how", ["file", "context", "environment", "nobody"])
async def test_a_certificate_authority_of_ones_own_is_trusted(
    connect: Callable[..., AsyncAblageSDK],
    encrypted: Traffic,
    trusted: Path,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options: dict[str, Any] = {"verify": trusted}
    if how == "context":
        options = {"verify": ssl.create_default_context(cafile=trusted)}
    elif how == "nobody":
        options = {"verify": False}
    elif how == "environment":
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        options = {}
    async with connect(encrypted.url, **options) as sdk:
        assert (await sdk.auth.me()).email


async def test_a_certificate_of_nobody_knows_whom_is_refused(
    connect: Callable[..., AsyncAblageSDK], encrypted: Traffic
) -> None:
    async with connect(encrypted.url) as sdk:
        with pytest.raises(APIConnectionError, match="certificate") as caught:
            await sdk.auth.me()
    assert not caught.value.sent


@pytest.mark.parametrize("library_name", ["httpx", "httpx2"])
async def test_no_more_connections_than_allowed_are_opened(
    server: AblageServer, library_name: Library, invoice: Path
) -> None:
    with relay(server.url) as traffic:
        async with AsyncAblageSDK(
            server.api_key, traffic.url, http_library=library_name, max_connections=3
        ) as sdk:
            await asyncio.gather(*(sdk.documents.upload(invoice) for _ in range(20)))
        assert traffic.most == 3


async def test_waiting_for_a_free_connection_has_a_limit(server: AblageServer, library: Library) -> None:
    pending = AsyncAblageSDK(
        server.api_key,
        server.url,
        http_library=library,
        max_connections=1,
        max_retries=0,
        timeout=Timeout(pool=0.2),
    )
    async with pending as sdk, sdk.documents.stream((await _stored(sdk)).id):
        with pytest.raises(
            APITimeoutError, match=r"no connection was free for 0\.2 s; raise max_connections"
        ):
            await sdk.auth.me()


async def _stored(sdk: AsyncAblageSDK) -> Any:
    # Larger than what is read ahead: the connection stays busy until the file is read.
    return await sdk.documents.upload(b"%PDF-1.4\n" + b"%" + b"x" * (8 << 20), filename="a.pdf")


async def test_the_hooks_of_a_client_that_was_passed_in_are_called(
    kind: Kind, library: Library, server: AblageServer
) -> None:
    module, seen = importlib.import_module(library), list[str]()
    if kind == "sync":
        hooks: Any = {
            "request": [lambda request: seen.append(request.url.path)],
            "response": [lambda response: seen.append(str(response.status_code))],
        }
        with module.Client(event_hooks=hooks, headers={"x-team": "blue"}) as http:
            AblageSDK(server.api_key, server.url, http_client=http).auth.me()
            assert not http.is_closed
    else:

        async def sent(request: Any) -> None:
            assert request.headers["x-team"] == "blue"
            seen.append(request.url.path)

        async def answered(response: Any) -> None:
            seen.append(str(response.status_code))

        hooks = {"request": [sent], "response": [answered]}
        async with module.AsyncClient(event_hooks=hooks, headers={"x-team": "blue"}) as http:
            await AsyncAblageSDK(server.api_key, server.url, http_client=http).auth.me()
            assert not http.is_closed
    assert seen == ["/api/v2/auth/me", "200"]


async def test_middleware_may_read_what_is_downloaded(kind: Kind, server: AblageServer) -> None:
    sizes: list[int] = []

    def look(request: HTTPRequest, send: Callable[[HTTPRequest], HTTPResponse]) -> HTTPResponse:
        response = send(request)
        sizes.append(len(response.read()))
        return response

    async def look_async(request: HTTPRequest, send: Any) -> AsyncHTTPResponse:
        response: AsyncHTTPResponse = await send(request)
        sizes.append(len(await response.read()))
        return response

    content = b"%PDF-1.4 read twice"
    if kind == "sync":
        with AblageSDK(server.api_key, server.url, middleware=[look]) as sdk:
            there = sdk.documents.upload(content, filename="a.pdf").id
            assert sdk.documents.download(there) == content
    else:
        async with AsyncAblageSDK(server.api_key, server.url, middleware=[look_async]) as async_sdk:
            there = (await async_sdk.documents.upload(content, filename="a.pdf")).id
            assert await async_sdk.documents.download(there) == content
    assert len(content) in sizes


async def test_middleware_changes_requests_and_answers_in_its_order(kind: Kind, server: AblageServer) -> None:
    order: list[str] = []

    def layer(name: str) -> Any:
        def change(request: HTTPRequest, send: Callable[[HTTPRequest], HTTPResponse]) -> HTTPResponse:
            order.append(name)
            request.headers["x-request-id"] += f"-{name}"
            response = send(request)
            response.headers["x-layers"] = response.headers.get("x-layers", "") + name
            return response

        async def change_async(request: HTTPRequest, send: Any) -> AsyncHTTPResponse:
            order.append(name)
            request.headers["x-request-id"] += f"-{name}"
            response: AsyncHTTPResponse = await send(request)
            response.headers["x-layers"] = response.headers.get("x-layers", "") + name
            return response

        return change if kind == "sync" else change_async

    layers = [layer("a"), layer("b")]
    if kind == "sync":
        with AblageSDK(server.api_key, server.url, middleware=layers) as sdk:
            raw = sdk.auth.with_raw_response.me()
    else:
        async with AsyncAblageSDK(server.api_key, server.url, middleware=layers) as async_sdk:
            raw = await async_sdk.auth.with_raw_response.me()
    assert order == ["a", "b"]
    assert raw.headers["x-layers"] == "ba"
    assert (raw.request_id or "").endswith("-a-b")
