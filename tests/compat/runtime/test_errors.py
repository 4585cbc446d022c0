from __future__ import annotations

import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

import ablage_sdk
from ablage_client_compat import (
    AblageAPIError,
    AblageAuthenticationError,
    AblageClient,
    AblageError,
    AblageNotFoundError,
    AblagePermissionError,
    AblageRateLimitError,
    AblageServerError,
    AblageValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server_stub.testing import AblageServer

NO_SUCH_ID = "0192f0c0-0000-7000-8000-000000000000"


class Failing:
    """A server that answers every request with one status and counts them."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append({name.lower(): value for name, value in self.headers.items()})
                body = b'{"detail": "This is why.", "code": "SOME_CODE", "request_id": "r-1"}'
                self.send_response(outer.status)
                for name, value in {"Content-Length": str(len(body)), **outer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def failing() -> Iterator[Failing]:
    server = Failing()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, AblageValidationError),
        (401, AblageAuthenticationError),
        (403, AblagePermissionError),
        (404, AblageNotFoundError),
        (409, AblageAPIError),
        (413, AblageAPIError),
        (422, AblageValidationError),
        (429, AblageRateLimitError),
        (500, AblageServerError),
        (503, AblageServerError),
        (599, AblageServerError),
    ],
)
def test_each_status_has_its_error(failing: Failing, status: int, kind: type[AblageAPIError]) -> None:
    failing.status = status
    failing.headers = {"X-API-Version": "2.0"}
    with (
        AblageClient("ak_test_x", failing.url, max_retries=0) as client,
        pytest.raises(AblageAPIError) as caught,
    ):
        client.documents.get(NO_SUCH_ID)
    error = caught.value
    assert type(error) is kind
    assert (error.message, str(error)) == ("This is why.", "This is why.")
    assert (error.status_code, error.error_code) == (status, "SOME_CODE")
    assert error.request_id
    assert isinstance(error, AblageError)
    assert not isinstance(error, ablage_sdk.AblageError)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_failing_call_is_tried_as_often_as_told(failing: Failing, retries: int) -> None:
    with AblageClient("ak_test_x", failing.url, max_retries=retries) as client:
        for calls in (1, 2, 3):  # no budget for all calls together: the old client had none
            failing.headers = {"Retry-After": "0"}
            with pytest.raises(AblageServerError):
                client.documents.get(NO_SUCH_ID)
            assert len(failing.requests) == calls * (retries + 1)


def test_no_answer_is_an_api_error_without_status() -> None:
    client = AblageClient("ak_test_x", "http://127.0.0.1:9", max_retries=0)
    with pytest.raises(AblageAPIError, match=r"127\.0\.0\.1:9") as caught:
        client.documents.get(NO_SUCH_ID)
    assert type(caught.value) is AblageAPIError
    assert caught.value.status_code is None


def test_a_late_answer_is_an_api_error_not_a_timeout_error() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:  # accepts, never answers
        url = f"http://127.0.0.1:{silent.server_address[1]}"
        client = AblageClient(url, api_key="ak_test_x", timeout=(5, 0.05), max_retries=0)
        with pytest.raises(AblageAPIError, match=r"did not answer within 0\.05 s") as caught:
            client.documents.get(NO_SUCH_ID)
    assert not isinstance(caught.value, TimeoutError)
    assert caught.value.status_code is None


def test_an_answer_that_is_no_ablage_answer_is_an_api_error(failing: Failing) -> None:
    failing.status = 200
    with (
        AblageClient("ak_test_x", failing.url) as client,
        pytest.raises(AblageAPIError, match="not a valid Document"),
    ):
        client.documents.get(NO_SUCH_ID)


@pytest.mark.parametrize("url", ["ftp://example.org", "http://", "example.org"])
def test_a_wrong_address_is_said_at_once(url: str) -> None:
    with pytest.raises(AblageError, match="base_url must look like"):
        AblageClient(base_url=url)


def test_errors_survive_pickling() -> None:
    error = AblageNotFoundError("gone", 404, "DOC_NOT_FOUND", "r-1")
    error.extra = 1  # type: ignore[attr-defined]  # allowed, as on any exception
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (AblageNotFoundError, "gone", vars(error))
    assert repr(twin) == "AblageNotFoundError('gone', status_code=404)"


def test_errors_are_made_with_message_and_status() -> None:
    error = AblageAPIError("no", 418)
    assert (error.message, error.status_code, error.error_code) == ("no", 418, None)
    assert AblageError("no").message == "no"


# --- against the real server ------------------------------------------------------------------------


def test_without_a_key_the_server_says_no(any_server: AblageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABLAGE_API_KEY", raising=False)
    with AblageClient(any_server.url) as client, pytest.raises(AblageAuthenticationError) as caught:
        client.documents.list()
    assert caught.value.status_code == 401


def test_what_is_not_there_is_not_found(client: AblageClient) -> None:
    for call in (
        client.documents.get,
        client.documents.delete,
        client.get_document,
        client.documents.get_ocr_text,
    ):
        with pytest.raises(AblageNotFoundError) as caught:
            call(NO_SUCH_ID)
        assert caught.value.error_code == "DOC_NOT_FOUND"


def test_bad_arguments_are_validation_errors(client: AblageClient) -> None:
    for page in (0, -1):
        with pytest.raises(AblageValidationError) as caught:
            client.documents.list(page=page)
        assert caught.value.status_code == 422
    with pytest.raises(AblageValidationError, match="sort_by must be one of created_at"):
        client.documents.list(sort_by="colour")
    with pytest.raises(AblageValidationError):
        client.documents.list(status="done")
    with pytest.raises(AblageValidationError) as caught:
        client.documents.upload(b"%PDF-1.4 x", filename="a.pdf", ocr_backend="magic")
    assert caught.value.error_code == "OCR_BACKEND_UNKNOWN"


def test_other_refusals_keep_their_status(client: AblageClient) -> None:
    with pytest.raises(AblageAPIError) as caught:
        client.documents.upload(b"plain text", filename="a.txt")
    assert (type(caught.value), caught.value.status_code) == (AblageAPIError, 415)
    assert caught.value.error_code == "DOC_INVALID_FORMAT"
