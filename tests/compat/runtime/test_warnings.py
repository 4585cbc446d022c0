from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ablage_client_compat
from ablage_client_compat import (
    AblageClient,
    AblageDeprecationWarning,
    AsyncAblageClient,
    Document,
    PaginatedResponse,
)
from ablage_client_compat.connection import Connection, MethodGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.compat.runtime.conftest import Run

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture
def client() -> AblageClient:
    return AblageClient("ak_test_x", NOBODY, max_retries=0)


def here() -> int:
    """Return the line that calls this."""
    return inspect.currentframe().f_back.f_lineno  # type: ignore[union-attr]  # CPython has frames


def call(client: AblageClient) -> int:
    """Make a call that fails; return its line."""
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]  # CPython has frames
    with pytest.raises(ablage_client_compat.AblageAPIError):
        client.documents.get("1")
    return line


def test_a_call_warns_once_at_the_callers_line_and_says_what_to_write(client: AblageClient) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lines = {call(client) for _ in range(3)}
    assert len(caught) == 1
    assert caught[0].category is AblageDeprecationWarning
    assert issubclass(AblageDeprecationWarning, DeprecationWarning)
    assert (caught[0].filename, {caught[0].lineno}) == (__file__, lines)
    assert str(caught[0].message) == (
        "AblageClient.documents.get() is deprecated. Write `sdk.documents.get(document_id)`."
    )


def test_every_line_and_every_old_name_warns(client: AblageClient) -> None:
    document = Document({"id": "1", "ocr_text": "x", "ocr_result": {}})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(client)
        assert document.ocr_text == "x"
        assert (document.ocr_text, document.ocr_result) == ("x", {})  # two names on one line
        assert document.extracted_text == "x"  # not deprecated
    assert [str(warning.message).split(" is ")[0] for warning in caught] == [
        "AblageClient.documents.get()", "Document.ocr_text", "Document.ocr_text", "Document.ocr_result",
    ]  # fmt: skip


def test_a_bare_method_in_a_pool_points_at_the_line_that_made_the_client() -> None:
    client, line = AblageClient("ak_test_x", NOBODY, max_retries=0), here()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with ThreadPoolExecutor(2) as pool:
            failures = [pool.submit(client.get_document, str(number)).exception() for number in range(4)]
    assert {type(failure) for failure in failures} == {ablage_client_compat.AblageAPIError}
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]


def test_a_document_in_a_pool_points_at_no_line() -> None:
    with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("always")
        texts = pool.map(attrgetter("ocr_text"), [Document({"ocr_text": "x"})] * 3)
        assert list(texts) == ["x"] * 3
    assert [(warning.filename, warning.lineno) for warning in caught] == [("<thread>", 0)]
    assert "<thread>" in {use.file for use in ablage_client_compat.report()}


@pytest.mark.parametrize(
    "through",
    [
        lambda read: unittest.FunctionTestCase(read).run(),
        lambda read: asyncio.run(asyncio.wait_for(asyncio.to_thread(read), 10)),
        lambda read: functools.reduce(lambda _, function: function(), [read], None),
        lambda read: contextvars.copy_context().run(read),
    ],
    ids=["unittest", "asyncio", "functools", "contextvars"],
)
def test_the_standard_library_is_never_the_caller(through: Callable[[Callable[[], object]], object]) -> None:
    document, lines = Document({"ocr_text": "x"}), []

    def read() -> None:
        lines.append(here() + 1)
        assert document.ocr_text

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        through(read)
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, lines[0])]


def test_new_filters_start_anew(client: AblageClient) -> None:
    for _ in range(2):
        with pytest.warns(AblageDeprecationWarning, match="documents.get"):
            call(client)


def test_a_filter_that_makes_an_error_does_so_every_time(client: AblageClient) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        for _ in range(2):
            with pytest.raises(AblageDeprecationWarning, match="documents"):
                client.documents.get("1")


async def test_an_async_call_warns_where_it_is_written_not_where_it_is_awaited() -> None:
    client = AsyncAblageClient(NOBODY, "ak_test_x", max_retries=0)
    with pytest.warns(AblageDeprecationWarning, match=r"AsyncAblageClient.get_document\(\)") as caught:
        work, line = client.get_document("1"), inspect.currentframe().f_lineno  # type: ignore[union-attr]  # CPython
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    with pytest.raises(ablage_client_compat.AblageAPIError):
        await work
    await client.close()


def test_report_counts_every_use_by_line(client: AblageClient) -> None:
    line = {call(client) for _ in range(3)}.pop()
    uses = [use for use in ablage_client_compat.report() if use.file == __file__ and use.line == line]
    assert [(use.name, use.replacement) for use in uses] == [
        ("AblageClient.documents.get()", "Write `sdk.documents.get(document_id)`.")
    ]
    assert uses[0].count >= 3


def old_callables() -> list[tuple[str, object]]:
    classes: list[type] = [AblageClient, AsyncAblageClient, *MethodGroup.__subclasses__()]
    return [
        (f"{kind.__name__}.{name}", member)
        for kind in classes
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name != "close"
    ]


def test_every_public_method_is_marked_for_type_checkers_too() -> None:
    unmarked = [name for name, member in old_callables() if not hasattr(member, "__deprecated__")]
    assert unmarked == []
    assert len(old_callables()) > 40


def test_the_shim_itself_never_counts_as_the_caller() -> None:
    package = Path(ablage_client_compat.__file__).parent
    assert [use for use in ablage_client_compat.report() if Path(use.file).is_relative_to(package)] == []


def test_settings_and_pages_do_not_warn(client: AblageClient) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.session.headers["X-Test"] = "1"
        assert isinstance(client._connection, Connection)
        PaginatedResponse([Document({"id": "1"})], 1).to_dict()
        client.close()


def test_a_program_stops_with_warnings_as_errors(run: Run) -> None:
    program = """
        from ablage_client import AblageClient
        AblageClient("ak_test_x")
    """
    ended = run(
        "-W", "error::DeprecationWarning", "-m", "ablage_client_compat", "program.py", program=program
    )
    assert ended.returncode == 1
    assert "AblageDeprecationWarning: AblageClient() is deprecated. Write `AblageSDK(" in ended.stderr
