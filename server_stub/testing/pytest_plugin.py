"""Pytest fixtures: ``ablage_server``, ``empty_ablage_server``, ``ablage_sdk`` and ``ablage_async_sdk``.

Installed with the package. Nothing heavy is imported before a test asks for one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ablage_sdk import AblageSDK, AsyncAblageSDK
    from server_stub.testing import AblageServer


@pytest.fixture(scope="session")
def ablage_server() -> Iterator[AblageServer]:
    """Give a server that all tests of a session share. Documents of one test are there in the next."""
    from server_stub.testing import AblageServer  # noqa: PLC0415 - lazy on purpose

    with AblageServer() as server:
        yield server


@pytest.fixture
def empty_ablage_server(ablage_server: AblageServer) -> AblageServer:
    """Give `ablage_server`, as new: without documents, users, webhooks, faults and noted requests."""
    ablage_server.reset()
    return ablage_server


@pytest.fixture
def ablage_sdk(ablage_server: AblageServer) -> Iterator[AblageSDK]:
    """Give a client of `ablage_server` with an admin's API key."""
    with ablage_server.sdk() as sdk:
        yield sdk


@pytest.fixture
def ablage_async_sdk(ablage_server: AblageServer) -> AsyncAblageSDK:
    """Give an async client of `ablage_server`; open it with ``async with``."""
    return ablage_server.async_sdk()
