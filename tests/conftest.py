"""Fixtures of all tests: one server per session, clients and accounts on it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from server_stub.testing import AblageServer
from tests.hygiene import pytest_configure, pytest_runtest_makereport, pytest_runtest_teardown

__all__ = ["pytest_configure", "pytest_runtest_makereport", "pytest_runtest_teardown"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ablage_sdk import AblageSDK
    from server_stub.testing import Account, Role


@pytest.fixture(scope="session")
def server() -> Iterator[AblageServer]:
    """A server that all tests share; tests look only at what they made themselves."""
    with AblageServer() as running:
        yield running


@pytest.fixture
def sdk(server: AblageServer) -> Iterator[AblageSDK]:
    """A client with the admin's key."""
    with server.sdk() as client:
        yield client


@pytest.fixture(scope="session")
def http(server: AblageServer) -> Iterator[httpx.Client]:
    """A bare HTTP client with the admin's key."""
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def new_account(server: AblageServer) -> Callable[[Role], Account]:
    """Makes a user of a role, with an API key."""
    return server.new_account


@pytest.fixture(scope="session")
def admin(server: AblageServer) -> Account:
    """A user of the role admin."""
    return server.new_account("admin")


@pytest.fixture(scope="session")
def user(server: AblageServer) -> Account:
    """A user of the role user."""
    return server.new_account("user")


@pytest.fixture(scope="session")
def other_user(server: AblageServer) -> Account:
    """Another user of the role user, who must not see what `user` has."""
    return server.new_account("user")


@pytest.fixture(scope="session")
def viewer(server: AblageServer) -> Account:
    """A user of the role viewer."""
    return server.new_account("viewer")


@pytest.fixture(scope="session")
def make_pdf() -> Callable[[str], bytes]:
    """Makes a PDF of one page with a text layer."""

    def make(text: str) -> bytes:
        file = io.BytesIO()
        canvas = Canvas(file)
        canvas.drawString(100, 700, text)
        canvas.showPage()
        canvas.save()
        return file.getvalue()

    return make
