"""Generated requests against the published descriptions, and bugs planted for them to find."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest

from server_stub.app import create_app
from server_stub.testing import AblageServer
from tests.contract.generation import run
from tests.contract.mutants import MUTANTS
from tests.contract.planting import Mutant, Planted
from tests.contract.world import World
from tests.soak import SOAKING, rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from server_stub.settings import Settings

#: Requests of each operation.
EXAMPLES = rounds(usual=5, soak=50)
#: The bugs that are planted with every change: one for each way of noticing.
USUAL = MUTANTS if SOAKING else list({mutant.caught_by: mutant for mutant in MUTANTS}.values())


def create_planted_app(settings: Settings | None = None) -> FastAPI:
    """Return the application with room for a bug around it."""
    app = create_app(settings)
    app.add_middleware(Planted)
    return app


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with mock.patch("server_stub.process.serving.create_app", create_planted_app):
        server = AblageServer(worker_concurrency=0)
        server.start()
    Planted.admin_key = server.api_key
    made = World.of(server)
    yield made
    made.close()
    server.stop()


@pytest.mark.timeout(7_200 if SOAKING else 600)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_generated_requests_find_nothing_undescribed(world: World, version: str) -> None:
    # Every limit of every parameter is tried in both versions under `make soak`: it takes minutes.
    phases = ["fuzzing", "stateful"] + (["coverage"] if SOAKING or version == "v2" else [])
    found = run(version, world, max_examples=EXAMPLES, phases=phases)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("mutant", USUAL, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_found(world: World, mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    world.forget()
    monkeypatch.setattr(Planted, "bug", mutant)
    found = run(
        mutant.version, world, max_examples=5, phases=[mutant.phase], operations=[mutant.operation]
    )  # fmt: skip
    assert any(line.startswith(f"{mutant.caught_by}:") for line in found), found
