"""What servers really answered: read without loss, token by token, and still answered in the same shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, TypeAdapter

import ablage_sdk
from ablage_sdk import Document, formats
from ablage_sdk._endpoints import analytics, api_keys, auth, documents, users, webhooks
from ablage_sdk._models.document import ExtractedText
from ablage_sdk._models.page import PageData
from tests.sdk.wire_scenario import CAPTURED, answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ablage_sdk._endpoints._endpoint import Endpoint
    from server_stub.testing import AblageServer
    from tests.sdk.wire_scenario import Version

FIXTURES = Path(__file__).parents[1] / "wire"
UP: dict[str, Callable[[dict[str, Any]], Any]] = {
    "document": formats.documents.up,
    "user": formats.users.up,
    "webhook": formats.webhooks.up,
}
DOWN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "document": formats.documents.down,
    "user": formats.users.down,
    "webhook": formats.webhooks.down,
}
MODELS: dict[str, type[BaseModel]] = {
    "api_key": ablage_sdk.APIKey,
    "batch_delete": ablage_sdk.BatchDeleteResult,
    "delivery": ablage_sdk.Delivery,
    "document": Document,
    "documents": PageData[Document],
    "event": ablage_sdk.WebhookEvent,
    "metrics": ablage_sdk.Metrics,
    "role": ablage_sdk.Role,
    "search_hit": ablage_sdk.SearchHit,
    "token": ablage_sdk.Token,
    "usage": ablage_sdk.Usage,
    "user": ablage_sdk.User,
    "versions": ablage_sdk.ServerVersions,
    "webhook": ablage_sdk.WebhookSubscription,
}
#: File name up to the first dot → model, and the operation that v1 converts it in.
KINDS: dict[str, tuple[type[BaseModel], Endpoint[Any] | None]] = {
    "api_key": (ablage_sdk.CreatedAPIKey, api_keys.CREATE),
    "api_keys": (PageData[ablage_sdk.APIKey], api_keys.LIST),
    "batch_delete": (ablage_sdk.BatchDeleteResult, None),
    "deliveries": (PageData[ablage_sdk.Delivery], webhooks.DELIVERIES),
    "document": (Document, documents.GET),
    "documents": (PageData[Document], documents.LIST),
    "event": (ablage_sdk.WebhookEvent, None),
    "health": (ablage_sdk.Health, None),
    "hits": (PageData[ablage_sdk.SearchHit], documents.SEARCH),
    "metrics": (ablage_sdk.Metrics, analytics.METRICS),
    "readiness": (ablage_sdk.Readiness, None),
    "roles": (PageData[ablage_sdk.Role], None),
    "text": (ExtractedText, documents.GET_EXTRACTED_TEXT),
    "token": (ablage_sdk.Token, auth.LOGIN),
    "usage": (ablage_sdk.Usage, analytics.USAGE),
    "user": (ablage_sdk.User, users.GET),
    "users": (PageData[ablage_sdk.User], users.LIST),
    "versions": (ablage_sdk.ServerVersions, None),
    "webhook": (ablage_sdk.WebhookSubscription, webhooks.GET),
    "webhooks": (PageData[ablage_sdk.WebhookSubscription], webhooks.LIST),
}
#: Members whose keys are values.
OPEN = frozenset(
    {"metadata", "documents_by_status", "documents_by_backend", "failures_by_code", "permissions"}
)


def kind_of(path: Path) -> str:
    """``document.failed.json`` is a document."""
    return path.name.partition(".")[0]


def exact(content: bytes | str) -> Any:
    """JSON with numbers as they are written: ``1`` is not ``1.0``."""
    return json.loads(
        content, parse_int=lambda text: ("number", text), parse_float=lambda text: ("number", text)
    )


def read(kind: str, content: bytes) -> BaseModel:
    return TypeAdapter(KINDS[kind][0]).validate_json(content)


def written(model: BaseModel) -> Any:
    return exact(model.model_dump_json(exclude_unset=True))


def captured(version: Version) -> list[Path]:
    return sorted((CAPTURED / version).glob("*.json"))


@pytest.mark.parametrize("path", captured("v2"), ids=lambda path: path.name)
def test_an_answer_of_v2_comes_back_token_by_token(path: Path) -> None:
    content = path.read_bytes()
    assert written(read(kind_of(path), content)) == exact(content)


@pytest.mark.parametrize("path", sorted((FIXTURES / "v2.0").glob("*.json")), ids=lambda path: path.name)
def test_an_answer_of_the_contract_comes_back_token_by_token(path: Path) -> None:
    content = path.read_bytes()
    model = TypeAdapter(MODELS[kind_of(path)]).validate_json(content)
    assert written(model) == exact(content)


@pytest.mark.parametrize("path", captured("v1"), ids=lambda path: path.name)
def test_an_answer_of_v1_is_read_as_one_of_v2(path: Path) -> None:
    kind, old = kind_of(path), json.loads(path.read_bytes())
    endpoint = KINDS[kind][1]
    convert = endpoint.v1.answer if endpoint and endpoint.v1 else None
    new: Any = convert(old) if convert else old
    model = read(kind, json.dumps(new).encode())
    assert written(model) == exact(json.dumps(new))
    pairs = list(zip(old["items"], new["items"], strict=True)) if "items" in old else [(old, new)]
    down = DOWN.get("document" if kind == "hits" else kind.removesuffix("s"))
    for before, after in pairs if down else []:
        assert down is not None
        assert exact(json.dumps(down(after))) == exact(json.dumps(before))


@pytest.mark.parametrize("path", sorted((FIXTURES / "v1.0").glob("*.json")), ids=lambda path: path.name)
def test_an_answer_of_the_contract_of_v1_survives_the_way_up_and_down(path: Path) -> None:
    kind, content = kind_of(path), path.read_bytes()
    model = TypeAdapter(MODELS[kind]).validate_json(json.dumps(UP[kind](json.loads(content))))
    down = DOWN[kind](json.loads(model.model_dump_json(exclude_unset=True)))
    assert exact(json.dumps(down)) == exact(content)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_server_of_today_answers_in_the_shapes_that_were_captured(
    server: AblageServer, version: Version
) -> None:
    today = answers(server, version)
    assert {f"{name}.json" for name in today} == {path.name for path in captured(version)}
    for path in captured(version):
        same_shape(exact(path.read_bytes()), exact(today[path.stem]), path.stem)


def same_shape(then: Any, now: Any, where: str) -> None:
    """Compare keys and JSON types; what is null once may be anything."""
    if then is None or now is None:
        return
    assert type(then) is type(now), where
    if isinstance(then, dict):
        if where.rpartition(".")[2] not in OPEN:
            assert then.keys() == now.keys(), where
        for key in then.keys() & now.keys():
            same_shape(then[key], now[key], f"{where}.{key}")
    elif isinstance(then, list):
        for index, each in enumerate(now[: len(then)]):
            same_shape(then[index], each, f"{where}[]")
    elif isinstance(then, tuple):
        assert ("." in then[1]) == ("." in now[1]), f"{where}: {then[1]} and {now[1]}"


def test_every_kind_of_answer_has_a_fixture() -> None:
    assert {kind_of(path) for path in (FIXTURES / "v2.0").glob("*.json")} == MODELS.keys()
    assert {kind_of(path) for path in (FIXTURES / "v1.0").glob("*.json")} == UP.keys()


def test_the_table_of_kinds_is_complete() -> None:
    for version in ("v1", "v2"):
        for path in captured(version):
            assert kind_of(path) in KINDS
    assert (
        tuple(json.loads((CAPTURED / "v1/document.completed.json").read_bytes())) == formats.V1_DOCUMENT_KEYS
    )
