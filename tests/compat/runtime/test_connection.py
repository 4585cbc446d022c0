"""The arguments of the constructor, in all dialects."""

from __future__ import annotations

import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import ablage_sdk
from ablage_client_compat import AblageAPIError, AblageClient, AsyncAblageClient
from ablage_client_compat.connection import DEFAULT_URL, Settings

if TYPE_CHECKING:
    from pathlib import Path

KEY, URL = "ak_test_x", "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABLAGE_API_KEY", raising=False)
    monkeypatch.delenv("ABLAGE_BASE_URL", raising=False)


@pytest.mark.parametrize(
    ("positional", "keywords"),
    [
        ((KEY, URL), {}),
        ((URL, KEY), {}),
        ((KEY,), {"base_url": URL}),
        ((URL,), {"api_key": KEY}),
        ((), {"api_key": KEY, "base_url": URL}),
        ((KEY, URL, 30, 3, True), {}),
        ((URL, KEY, 30), {}),
        ((None, URL), {"api_key": KEY}),
    ],
)
def test_key_and_address_in_any_order(positional: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    assert Settings.of(positional, keywords) == Settings(api_key=KEY, base_url=URL)


def test_b_names_a_version_that_has_no_effect() -> None:
    assert Settings.of((URL, "v1"), {}).api_version == "v1"
    assert Settings.of((URL,), {"api_version": "v2"}).api_key is None
    with pytest.raises(ValueError, match="api_version must be 'v1' or 'v2'"):
        AblageClient(URL, api_version="v9")


def test_the_rest_by_position() -> None:
    settings = Settings.of((KEY, URL, (3, 20), 5, False), {})
    assert (settings.timeout, settings.max_retries, settings.verify_ssl) == ((3, 20), 5, False)


@pytest.mark.parametrize(
    ("positional", "keywords"),
    [((URL, URL), {}), ((KEY,), {"api_key": "other"}), ((KEY, URL, 1, 2, True, 6), {}), ((), {"colour": 1})],
)
def test_too_much_is_a_type_error(positional: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        AblageClient(*positional, **keywords)


def test_the_environment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AblageClient().base_url == DEFAULT_URL
    monkeypatch.setenv("ABLAGE_API_KEY", KEY)
    monkeypatch.setenv("ABLAGE_BASE_URL", URL)
    assert Settings.of((), {}) == Settings(api_key=KEY, base_url=URL)
    assert AblageClient().base_url == AsyncAblageClient().base_url == URL


def test_no_secret_is_shown() -> None:
    client = AblageClient(KEY, URL)
    assert repr(client) == f"<AblageClient {URL}>"
    assert KEY not in repr(client._connection.settings)
    assert repr(client.documents) == "<AblageClient.documents>"


@pytest.mark.parametrize(
    ("given", "connect", "read"), [(7, 7, 7), ((3, 20), 3, 20), ((3, None), 3, None), (None, None, None)]
)
def test_time_limits(given: Any, connect: float | None, read: float | None) -> None:
    timeout = AblageClient(KEY, URL, given)._connection.sdk._executor.options.timeout
    assert timeout == ablage_sdk.Timeout(connect=connect, read=read, write=read)


def test_certificates_are_checked_unless_told_otherwise(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run([*make, "-out", str(certificate), "-keyout", str(key)], check=True, capture_output=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"detail": "It is here.", "code": "DOC_NOT_FOUND"}'
            self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-API-Version", "2.0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{server.server_address[1]}"
        with AblageClient(KEY, url, max_retries=0) as careful, pytest.raises(AblageAPIError) as caught:
            careful.documents.get("1")
        assert caught.value.status_code is None
        with (
            AblageClient(KEY, url, max_retries=0, verify_ssl=False) as trusting,
            pytest.raises(AblageAPIError, match="It is here") as caught,
        ):
            trusting.documents.get("1")
        assert caught.value.status_code == 404
        server.shutdown()


def test_subclasses_of_legacy_programs_work() -> None:
    class Wrapper(AblageClient):
        def __init__(self, tenant: str, **keywords: Any) -> None:
            super().__init__(KEY, **keywords)
            self.tenant = tenant

        def health_check(self) -> dict[str, str]:  # type: ignore[override]  # programs do such things
            return {"status": self.tenant}

    with Wrapper("north", base_url=URL) as wrapper:
        assert (wrapper.health_check(), wrapper.base_url) == ({"status": "north"}, URL)
