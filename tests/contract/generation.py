"""Runs of schemathesis on the published descriptions, against a server of this process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.engine import events, from_schema
from schemathesis.generation.meta import TestPhase

from server_stub.services.paging import Position
from tests.contract import checks
from tests.contract.world import PDF

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemathesis import BaseSchema, HookContext
    from schemathesis import Case as AnyCase

    from tests.contract.world import World

    Case = AnyCase[Any]

FOLDER = Path(__file__).parents[2] / "openapi"
REQUEST_ID = "generated-request"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
#: What a well-formed request may be answered: whether a thing is there, or free, is no matter of form.
EXPECTED = ["2xx", "401", "403", "404", "409", "412", "429"]
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# Values that a format names and that only somebody who knows the server can make.
schemathesis.openapi.format("json-object", st.dictionaries(st.text("ab"), st.integers()).map(json.dumps))
schemathesis.openapi.format("uri", st.sampled_from(["http://127.0.0.1:9/", "https://example.org/hook"]))
schemathesis.openapi.format("role", st.sampled_from(["admin", "user", "viewer"]))
LOCAL_PARTS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=8, max_size=30)
schemathesis.openapi.format("address", LOCAL_PARTS.map(lambda name: f"{name}@example.org"))
for media_type in ("application/pdf", "image/png", "image/jpeg", "image/tiff", "image/webp"):
    schemathesis.openapi.media_type(media_type, st.just(PDF))


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - given
    """Point a well-meant request to something that exists, once per effect."""
    world = checks.world()
    protect(case, world)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.meta.phase.name is not TestPhase.STATEFUL:  # there, links lead to what exists
        make = world.some if case.method == "GET" else world.new
        for name in case.path_parameters or {}:
            case.path_parameters[name] = make(name) or case.path_parameters[name]
    if case.method == "POST" and any(p.name == "idempotency-key" for p in case.operation.iter_parameters()):
        # One key for two requests is a mistake that no schema can describe.
        case.headers["idempotency-key"] = checks.fresh_key()
    make_meaningful(case)


def protect(case: Case, world: World) -> None:
    """Keep generated requests from taking away what they are made with."""
    parameters = case.path_parameters or {}
    for name, used in (("key_id", world.used_key_id), ("user_id", world.used_user_id)):
        if str(parameters.get(name)) == used and case.method != "GET":
            parameters[name] = world.new(name)


def make_meaningful(case: Case) -> None:
    """Correct what no schema can say: what depends on another value, on the clock, on an earlier answer."""
    query = case.query or {}
    path = case.operation.path
    if "cursor" in query:
        query["cursor"] = cursor_for(path, str(query.get("order", "desc")))
    if {"page", "page_size", "per_page"} & query.keys():
        for other in ("skip", "offset", "limit"):
            query.pop(other, None)
    for name, alias in (("page_size", "per_page"), ("skip", "offset")):
        if name in query:
            query.pop(alias, None)
    if "/analytics/" in path:
        query.pop("since", None)
        query.pop("until", None)
    if path.endswith("/api-keys") and isinstance(case.body, dict):
        case.body = {key: value for key, value in case.body.items() if key != "expires_at"}


def cursor_for(path: str, order: str) -> str:
    """Return a cursor of a list."""
    kind = path.rsplit("/", 1)[-1].replace("-", "_")
    if kind == "search":
        return Position(0.0, checks.NOBODY).encode(kind)
    return Position(BEGINNING, checks.NOBODY).encode(f"{kind}.{order}" if kind == "documents" else kind)


def run(
    version: str,
    world: World,
    *,
    max_examples: int,
    phases: Collection[str] = ("coverage", "fuzzing", "stateful"),
    operations: Collection[str] = (),
) -> list[str]:
    """Make generated requests and return what was found, the name of the check first.

    Args:
        version: ``v1`` or ``v2``.
        world: Whom to ask.
        max_examples: Requests of each operation while fuzzing, and walks along the links.
        phases: Which kinds of requests.
        operations: Ids of operations; all when empty.
    """
    checks.use(world)
    key = world.admin.headers["X-API-Key"]
    config = {
        "base-url": world.url,
        "headers": {"X-Request-ID": REQUEST_ID},
        "suppress-health-check": ["all"],
        "continue-on-failure": True,
        # Under both schemes, or a generated credential would contradict the true one.
        "auth": {"auto-signup": False, "openapi": {"bearer": {"bearer": key}, "apiKey": {"api_key": key}}},
        "phases": {name: {"enabled": name in phases} for name in PHASES},
        "generation": {
            "max-examples": max_examples, "deterministic": True, "allow-x00": False, "no-shrink": True,
            "database": "none",
        },
        "checks": {"positive_data_acceptance": {"expected-statuses": EXPECTED}},
    }  # fmt: skip
    schema: BaseSchema = schemathesis.openapi.from_dict(
        json.loads((FOLDER / f"{version}.json").read_text()), config=schemathesis.Config.from_dict(config)
    )
    if operations:
        schema = schema.include(operation_id=list(operations))
    found: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for nodes in event.recorder.checks.values():
                found += [
                    f"{node.name}: {event.recorder.label}: {node.failure_info.failure.message}"
                    for node in nodes
                    if node.failure_info is not None
                ]
        elif isinstance(event, events.NonFatalError):
            found.append(f"error: {event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found
