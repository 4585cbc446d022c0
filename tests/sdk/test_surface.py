"""What the package offers, and what it costs to import."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import pickle
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ablage_sdk
from ablage_sdk import (
    AblageSDK,
    APIStatusError,
    AsyncAblageSDK,
    NotFoundError,
    _endpoints,
    _exceptions,
    _policies,
)
from ablage_sdk._endpoints._endpoint import Endpoint
from tests.sdk.conftest import Reply, Wire, problem

if TYPE_CHECKING:
    from server_stub.testing import AblageServer

ROOT = Path(__file__).parents[2]


def test_every_public_name_can_be_imported_and_is_documented() -> None:
    for name in ablage_sdk.__all__:
        value = getattr(ablage_sdk, name)
        if inspect.isclass(value):
            assert value.__doc__, name
    assert set(ablage_sdk.__all__) <= set(dir(ablage_sdk))
    with pytest.raises(AttributeError, match="AblageClient"):
        getattr(ablage_sdk, "AblageClient")  # noqa: B009 - no type checker would let it pass


def test_every_public_name_is_in_the_reference_under_its_public_path() -> None:
    page = (ROOT / "docs" / "reference" / "sdk.md").read_text()
    documented = re.findall(r"^::: ablage_sdk\.(\w+)$", page, re.MULTILINE)
    assert sorted(documented) == sorted({*ablage_sdk.__all__, "formats"} - {"__version__"})


def test_both_clients_offer_the_same() -> None:
    for kind in ("documents", "users", "roles", "api_keys", "webhooks", "analytics", "auth", "health"):
        one = getattr(ablage_sdk.AblageSDK("k"), kind)
        other = getattr(AsyncAblageSDK("k"), kind)
        names = {name for name in dir(one) if name[0] != "_"}
        assert names == {name for name in dir(other) if name[0] != "_"}
        for name in names - {"with_raw_response"}:
            parameters = [list(inspect.signature(getattr(each, name)).parameters) for each in (one, other)]
            assert parameters[0] == parameters[1], name


def test_neither_an_import_nor_making_a_client_loads_pydantic_or_an_http_library() -> None:
    program = (
        "import sys, ablage_sdk\n"
        "heavy = lambda: {'pydantic', 'httpx', 'httpx2', 'anyio', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy(), heavy()\n"
        "from ablage_sdk import AblageSDK, AsyncAblageSDK; AblageSDK('k'); AsyncAblageSDK('k')\n"
        "assert not heavy(), heavy()\n"
        "AblageSDK('k').users; assert 'ablage_sdk._models.document' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_only_one_module_imports_the_http_library() -> None:
    importing = [
        path.name
        for path in (ROOT / "ablage_sdk").rglob("*.py")
        if re.search(r"^\s*(import|from) (httpx2?|httpcore2?)\b", path.read_text(), re.MULTILINE)
    ]
    assert importing == ["_library.py"]


def test_the_synchronous_client_is_up_to_date() -> None:
    script = ROOT / "scripts" / "generate_sync.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


def test_a_generated_file_that_differs_or_is_left_over_is_found(tmp_path: Path) -> None:
    for name in ("ablage_sdk", "scripts"):
        subprocess.run(["cp", "-r", ROOT / name, tmp_path], check=True)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (tmp_path / "ablage_sdk/_sync/old.py").write_text("")
    client = tmp_path / "ablage_sdk/_sync/client.py"
    client.write_text(client.read_text().replace("def close", "def shut"))
    checked = subprocess.run(
        [sys.executable, tmp_path / "scripts/generate_sync.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 1
    assert "old.py: left over" in checked.stdout
    assert "client.py: out of date" in checked.stdout


def test_the_tree_of_errors_is_as_drawn() -> None:
    drawn = re.findall(r"[├└]── (\w+)", _exceptions.__doc__ or "")
    real = {
        name
        for name, each in vars(_exceptions).items()
        if inspect.isclass(each) and issubclass(each, _exceptions.AblageError)
    }
    assert real == {*drawn, "AblageError"}


async def test_errors_survive_a_pickle_and_a_trip_between_processes() -> None:
    wire = Wire("async", "httpx")
    wire.answers(problem(404, "DOC_NOT_FOUND"))
    with pytest.raises(NotFoundError) as caught:
        await wire.client().documents.get("x")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(copy, NotFoundError)
    assert (str(copy), copy.code, copy.request_id) == (str(caught.value), "DOC_NOT_FOUND", "r-1")


@pytest.mark.parametrize(
    "body",
    [
        {"detail": "because", "message": "because", "code": "X", "errors": [{"field": "f", "message": "m"}]},
        {"title": "No", "detail": "because", "code": "X", "errors": [{"field": "f", "message": "m"}]},
    ],
)  # fmt: skip
async def test_errors_of_both_versions_read_alike(body: dict[str, object]) -> None:
    wire = Wire("async", "httpx")
    wire.answers(Reply(422, body))
    with pytest.raises(APIStatusError, match=r"documents.get: because \(f: m\) \[HTTP 422, X\]") as caught:
        await wire.client().documents.get("x")
    assert (caught.value.detail, caught.value.errors) == ("because", [{"field": "f", "message": "m"}])


ENDPOINTS = [
    value
    for module in pkgutil.iter_modules(_endpoints.__path__)
    for value in vars(importlib.import_module(f"ablage_sdk._endpoints.{module.name}")).values()
    if isinstance(value, Endpoint)
]


def test_every_endpoint_is_expressed_in_v1_or_known_to_need_v2() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS if endpoint.v1 is None} == {
        "documents.delete_many", "roles.list", "health.check", "health.ready", "health.versions",
    }  # fmt: skip


@pytest.mark.parametrize("client", [AblageSDK("k"), AsyncAblageSDK("k")], ids=["sync", "async"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_has_a_method_and_its_raw_variant(
    client: AblageSDK | AsyncAblageSDK, endpoint: Endpoint[object]
) -> None:
    resource, method = endpoint.name.split(".")
    assert callable(getattr(getattr(client, resource), method))
    assert callable(getattr(getattr(client, resource).with_raw_response, method))


def test_secrets_stay_out_of_logs(server: AblageServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="ablage_sdk"), server.sdk() as sdk:
        user = sdk.auth.me()
        with pytest.raises(NotFoundError):
            sdk.documents.get("0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11")
    assert user.request_id
    assert user.request_id in caplog.text
    assert server.api_key not in caplog.text
    headers = _policies.redact_headers({"Authorization": "Bearer x", "X-API-Key": "y", "Accept": "z"})
    assert headers == {"Authorization": "***", "X-API-Key": "***", "Accept": "z"}
    assert _policies.redact_url("http://u:p@h/a") == "http://***@h/a"


def test_nothing_is_logged_before_the_program_asks() -> None:
    program = (
        "from ablage_sdk import AblageSDK, APIConnectionError\n"
        "try: AblageSDK('k', 'http://127.0.0.1:9', max_retries=1).auth.me()\n"
        "except APIConnectionError as error: print(error.attempts)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (finished.stdout, finished.stderr) == ("2\n", "")


def test_spans_are_written_when_the_program_traces(server: AblageServer) -> None:
    program = f"""
import json
from opentelemetry import trace
spans = []
class Span(trace.NonRecordingSpan):
    def __init__(self, name, attributes):
        super().__init__(trace.SpanContext(int("a" * 32, 16), int("b" * 16, 16), False, trace.TraceFlags(1)))
        self.record = {{"name": name, **attributes}}
        spans.append(self.record)
    def set_attribute(self, key, value):
        self.record[key] = value
class Tracer(trace.NoOpTracer):
    from contextlib import contextmanager
    @contextmanager
    def start_as_current_span(self, name, *args, attributes=None, **kwargs):
        with trace.use_span(Span(name, attributes)) as span:
            yield span
class Provider(trace.TracerProvider):
    def get_tracer(self, *args, **kwargs):
        return Tracer()
trace.set_tracer_provider(Provider())
from ablage_sdk import AblageSDK
seen = []
def middleware(request, send):
    seen.append(request.headers.get("traceparent"))
    return send(request)
with AblageSDK({server.api_key!r}, {server.url!r}, middleware=[middleware]) as sdk:
    sdk.auth.me()
print(json.dumps([spans, seen]))
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (span,), (traceparent,) = json.loads(finished.stdout)
    assert span["name"] == "ablage auth.me"
    assert span["http.response.status_code"] == 200
    assert span["ablage.request_id"]
    assert server.api_key not in finished.stdout
    assert traceparent == f"00-{'a' * 32}-{'b' * 16}-01"
