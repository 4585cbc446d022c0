"""Runs the Python snippets of README.md and docs/ against a real server: what is written there works."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser
from sybil.region import Lexeme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

#: What a page says where every reader has something else.
ADDRESS, KEY = "http://localhost:8000", "ak_live_…"


class Snippet(PythonEvaluator):
    """Runs a block in the namespace of its page, with the address and the key of the test server."""

    def __call__(self, example: Example) -> None:
        """Run one block."""
        source: Lexeme = example.parsed
        text = source.replace(ADDRESS, os.environ["ABLAGE_BASE_URL"])
        text = text.replace(KEY, os.environ["ABLAGE_API_KEY"])
        example.region.parsed = Lexeme(text, source.offset, source.line_offset)
        example.parsed = example.region.parsed
        super().__call__(example)


@pytest.fixture(scope="session")
def documentation_server() -> Iterator[None]:
    """One server for all pages, in the environment variables that the quickstart tells its reader to set."""
    from server_stub.testing import AblageServer  # noqa: PLC0415 - only where pages are run

    with AblageServer() as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ABLAGE_BASE_URL", server.url)
        environment.setenv("ABLAGE_API_KEY", server.api_key)
        yield


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser(language="python", evaluator=Snippet())],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    fixtures=["documentation_server"],
).pytest()
