"""Requests that nobody means well with: a clear answer, nothing kept, and the server stays."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from server_stub.process import protocol
from server_stub.testing import AblageServer
from tests.patience import patient, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOUNDARY = "x" * 20
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture(scope="module")
def small() -> Iterator[AblageServer]:
    """A server that takes files of up to 1 MB."""
    with AblageServer(max_upload_size_mb=1, worker_concurrency=0) as server:
        yield server


@pytest.fixture
def client(small: AblageServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=small.url, headers={"X-API-Key": small.api_key}, timeout=60) as made:
        yield made


def part(name: str, value: bytes, extra: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FILE = part("file", b"%PDF-1.4\nx", '; filename="a.pdf"')


def raw(server: AblageServer, head: str, body: bytes = b"") -> bytes:
    """Send bytes as they are and return what comes back."""
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port or 80), timeout=patient(60)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            chunk = connection.recv(65_536)
            if not chunk:
                break
            answer += chunk
        return answer


def test_a_file_over_the_limit_is_refused_and_nothing_is_kept(
    client: httpx.Client, small: AblageServer
) -> None:
    files = list(small.data_dir.rglob("*"))
    for version in ("v1", "v2"):
        answer = client.post(f"/api/{version}/documents", files={"file": b"%PDF-1.4" + bytes(1_048_576)})
        assert answer.status_code == 413
        assert answer.json()["code"] == "DOC_TOO_LARGE"
        assert "1 MB" in answer.json()["detail"]
    assert list(small.data_dir.rglob("*")) == files


def test_exactly_the_limit_is_accepted(client: httpx.Client) -> None:
    answer = client.post("/api/v2/documents", files={"file": b"%PDF-1.4".ljust(1_048_576)})
    assert answer.status_code == 201
    assert answer.json()["size"] == 1_048_576


def test_the_limit_stops_an_endless_upload_at_once(small: AblageServer) -> None:
    """Chunked, so that nobody knows how much is to come; the answer comes long before the end."""
    address = httpx.URL(small.url)
    head = (
        f"POST /api/v2/documents HTTP/1.1\r\nHost: x\r\nX-API-Key: {small.api_key}\r\n"
        f"Content-Type: {FORM['Content-Type']}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port or 80), timeout=patient(60)) as connection:
        connection.sendall(head.encode())
        first = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
        connection.sendall(b"%x\r\n%s\r\n" % (len(first), first))
        chunk = bytes(65_536)
        for _ in range(20):
            connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        answer = connection.recv(65_536)  # the form has not ended and never will
    assert answer.startswith(b"HTTP/1.1 413")


def test_an_announced_size_is_refused_before_anything_is_sent(small: AblageServer) -> None:
    answer = raw(
        small,
        f"POST /api/v2/documents HTTP/1.1\nHost: x\nX-API-Key: {small.api_key}\n"
        f"Content-Type: {FORM['Content-Type']}\nContent-Length: 999999999999",
    )
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("length", ["-1", "ten", "5, 6"])
def test_a_content_length_that_is_none_is_refused(small: AblageServer, length: str) -> None:
    answer = raw(
        small,
        f"POST /api/v2/documents HTTP/1.1\nHost: x\nX-API-Key: {small.api_key}\n"
        f"Content-Type: {FORM['Content-Type']}\nContent-Length: {length}",
        form(FILE),
    )
    assert answer.startswith(b"HTTP/1.1 400")


def test_a_content_length_that_is_too_small_cuts_the_form_off(small: AblageServer) -> None:
    answer = raw(
        small,
        f"POST /api/v2/documents HTTP/1.1\nHost: x\nX-API-Key: {small.api_key}\n"
        f"Content-Type: {FORM['Content-Type']}\nContent-Length: 5\nConnection: close",
        form(FILE),
    )
    assert answer.startswith(b"HTTP/1.1 422")


def test_two_lengths_at_once_are_refused(small: AblageServer) -> None:
    """A length and chunks: where two programs read it differently, one request hides in another."""
    answer = raw(
        small,
        f"POST /api/v2/documents HTTP/1.1\nHost: x\nX-API-Key: {small.api_key}\n"
        f"Content-Type: {FORM['Content-Type']}\nContent-Length: 5\nTransfer-Encoding: chunked",
        b"0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400")


def test_an_upload_that_breaks_off_keeps_nothing(small: AblageServer) -> None:
    incoming = small.data_dir / "files" / "incoming"
    address = httpx.URL(small.url)
    with socket.create_connection((address.host, address.port or 80), timeout=patient(60)) as connection:
        connection.sendall(
            f"POST /api/v2/documents HTTP/1.1\r\nHost: x\r\nX-API-Key: {small.api_key}\r\n"
            f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: 100000\r\n\r\n".encode()
            + FILE
        )
        until(lambda: list(incoming.glob("*")), "the upload has begun")
    until(lambda: not list(incoming.glob("*")), "nothing of it is left")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(*[part(f"f{n}", b"x") for n in range(10_000)]), 422),
        (form(FILE, part("metadata", b"x" * 200_000)), 413),
        (form(FILE, *[part("tags", b"x" * 100_000) for _ in range(9)]), 413),
        (form(FILE, FILE), 422),
        (form(FILE, part("metadata", b"{}"), part("metadata", b"{}")), 422),
        (form(FILE, part("language", b"\xff\xfe")), 422),
        (form(FILE, part("document_type", b"a\x00b")), 422),
        (form(part("file", b"%PDF-1.4", '; filename="\xff"')), 201),
        (form(part("file", b"%PDF-1.4")), 201),
        (form(FILE)[:-10], 422),
        (b"no form at all", 422),
        (b"", 422),
        (f"--{BOUNDARY}\r\n".encode() + b"X: y\r\n" * 50 + b"\r\n", 422),
        (f"--{BOUNDARY}\r\nX: ".encode() + b"y" * 100_000, 422),
        (form(f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode()), 422),
        (form(FILE, part("metadata", b'{"a":' * 5_000 + b"1" + b"}" * 5_000)), 422),
        (form(FILE, part("metadata", b'{"a": "\\ud800"}')), 422),
        (form(FILE, part("tags", ",".join(f"t{n}" for n in range(1_000)).encode())), 422),
    ],
)
def test_malformed_and_monstrous_forms(client: httpx.Client, body: bytes, status: int) -> None:
    answer = client.post("/api/v2/documents", content=body, headers=FORM)
    assert answer.status_code == status, answer.text
    code = {201: None, 413: "REQUEST_TOO_LARGE", 422: "VALIDATION_ERROR"}[status]
    assert answer.json().get("code") == code


@pytest.mark.parametrize("boundary", ["", "x" * 300, '"'])
def test_a_boundary_that_is_none(client: httpx.Client, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert client.post("/api/v2/documents", content=form(FILE), headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\a.pdf", "a.pdf"),
        ("..", "document"),
        ("a\x00b.pdf", "ab.pdf"),
        ("Rechnung\u202efdp.exe", "Rechnungfdp.exe"),
        ("x" * 400 + ".pdf", "x" * 251 + ".pdf"),
        ("ünïcödé 😀.pdf", "ünïcödé 😀.pdf"),
        ("\r\nX-Evil: 1.pdf", "X-Evil: 1.pdf"),
    ],
)
def test_tricks_with_file_names(client: httpx.Client, small: AblageServer, sent: str, kept: str) -> None:
    answer = client.post("/api/v2/documents", files={"file": ("a.pdf", b"%PDF-1.4")})
    path = f"/api/v2/documents/{answer.json()['id']}"
    changed = client.patch(path, json={"filename": sent}) if "\x00" not in sent else None
    if changed is not None:
        assert changed.json()["filename"] == kept
        download = client.get(f"{path}/download")
        assert "X-Evil" not in download.headers
    quoted = sent.replace("\\", "\\\\")
    if "\r" not in sent:
        body = form(part("file", b"%PDF-1.4", f'; filename="{quoted}"'))
        made = client.post("/api/v2/documents", content=body, headers=FORM).json()
        assert made["filename"] == kept
        assert (small.data_dir / "files" / "documents" / made["id"][-2:] / made["id"]).is_file()


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata":' + b'{"a":' * 30 + b"1" + b"}" * 31,
        b'{"metadata":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"metadata": {"a": "\\u0000"}}',
        b'{"metadata": {"a\\u0000": 1}}',
        b'{"metadata": {"a": 1e999}}',
        b'{"tags": ["a\\u0000"]}',
        b'{"filename": ""}',
        b'{"tags": ["' + b"x" * 101 + b'"]}',
        json.dumps({"metadata": {"a": "x" * 70_000}}).encode(),
    ],
)
def test_json_that_cannot_be_stored(client: httpx.Client, body: bytes) -> None:
    made = client.post("/api/v2/documents", files={"file": ("a.pdf", b"%PDF-1.4")}).json()
    answer = client.patch(
        f"/api/v2/documents/{made['id']}", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text


def test_a_json_body_has_a_limit(client: httpx.Client) -> None:
    body = json.dumps({"name": "x" * 2_000_000})
    answer = client.post("/api/v2/api-keys", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_too_many_headers_are_refused(client: httpx.Client, small: AblageServer) -> None:
    many = client.get("/health", headers={f"X-{n}": "y" for n in range(150)})
    assert (many.status_code, many.json()["code"]) == (431, "REQUEST_HEADERS_TOO_LARGE")
    large = client.get("/health", headers={"X-Large": "y" * 40_000})
    assert (large.status_code, large.json()["code"]) == (431, "REQUEST_HEADERS_TOO_LARGE")
    answer = raw(small, "GET /health HTTP/1.1\nHost: x\nX-Large: " + "y" * 200_000)
    assert answer.startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/documents?tag=%00", 422), ("/api/v2/documents/%00", 422),
        ("/api/v2/documents?tag=%ff%fe", 200), ("/api/v2/documents?tag=\xff", 400),
        ("/api/v2/documents/../../../etc/passwd", 404), ("/api/v2/documents/%2e%2e%2f%2e%2e", 404),
        ("//api//v2//documents", 404), ("/api/v2/documents?" + "a=b&" * 2_000, 200),
        ("/api/v2/documents/" + "a" * 5_000, 404), ("/" + "a" * 70_000, 400),
    ],
)  # fmt: skip
def test_odd_addresses(small: AblageServer, path: str, status: int) -> None:
    answer = raw(small, f"GET {path} HTTP/1.1\nHost: x\nX-API-Key: {small.api_key}")
    assert int(answer.split()[1]) == status


def test_wildcards_and_quotes_of_sql_are_letters_like_others(client: httpx.Client) -> None:
    made = client.post(
        "/api/v2/documents", files={"file": ("b.pdf", b"%PDF-1.4")}, data={"tags": "100%"}
    ).json()
    for tag, found in (("100%", True), ("%", False), ("1_0%", False), ("' OR '1'='1", False)):
        items = client.get("/api/v2/documents", params={"tag": tag}).json()["items"]
        assert (made["id"] in [item["id"] for item in items]) is found
    for q in ("%", "_", "\\", "qxq%' OR 1=1 --", "(((", "qxq & | ! zqz", ":*", "'", '"', "x" * 500):
        answer = client.get("/api/v2/documents/search", params={"q": q})
        assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert client.get("/api/v2/documents/search", params={"q": "x" * 501}).status_code == 422


def test_packed_bodies_are_not_unpacked(client: httpx.Client) -> None:
    bomb = gzip.compress(json.dumps({"name": "x" * 50_000_000}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = client.post("/api/v2/api-keys", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    answer = client.post("/api/v2/documents", files={"file": ("a.zip", b"PK\x03\x04" + bytes(1_000))})
    assert (answer.status_code, answer.json()["code"]) == (415, "DOC_INVALID_FORMAT")


def test_slow_clients_keep_nobody_waiting_and_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 2)
    with AblageServer(worker_concurrency=0) as server, contextlib.ExitStack() as stack:
        address = httpx.URL(server.url)

        def connect(head: str) -> socket.socket:
            connection = socket.create_connection((address.host, address.port or 80), timeout=patient(60))
            connection.sendall(head.replace("\n", "\r\n").encode())
            return stack.enter_context(connection)

        heads = [connect("GET /health HTTP/1.1\nHost: x\nX-Slow: ") for _ in range(200)]
        upload = (
            f"POST /api/v2/documents HTTP/1.1\nHost: x\nX-API-Key: {server.api_key}\n"
            f"Content-Type: {FORM['Content-Type']}\nContent-Length: 1000\n\n--"
        )
        bodies = [connect(upload) for _ in range(50)]
        answer = httpx.get(f"{server.url}/api/v2/auth/me", headers={"X-API-Key": server.api_key}, timeout=30)
        assert answer.status_code == 200
        assert {connection.recv(1_000) for connection in heads} == {b""}, "they are hung up on"
        rest = form(FILE).ljust(1_000)[2:]
        bodies[0].sendall(rest)
        assert bodies[0].recv(1_000).startswith(b"HTTP/1.1 201"), "a slow body is taken"


def test_memory_stays_flat_under_uploads_that_are_refused(
    client: httpx.Client, make_pdf: Callable[[str], bytes]
) -> None:
    process = psutil.Process()

    def attack() -> None:
        body: Any = iter([form(FILE)[:-10], *([bytes(1_048_576)] * 20)])
        client.post("/api/v2/documents", content=body, headers=FORM)

    for _ in range(5):
        attack()
    before = process.memory_info().rss
    for _ in range(20):
        attack()
    assert process.memory_info().rss - before < 40 * 1_048_576
    answer = client.post("/api/v2/documents", files={"file": (f"{uuid.uuid4()}.pdf", make_pdf("ok"))})
    assert answer.status_code == 201
