"""How tests of the codemod write programs."""

from __future__ import annotations

import textwrap

from ablage_client_compat.migrate.code.rewriter import rewrite

HEAD = "from ablage_client import AblageClient\nclient = AblageClient()\n"
NEW_HEAD = "from ablage_sdk import AblageSDK\nclient = AblageSDK()\n"


def rewritten(body: str, *, asynchronous: bool = False) -> str:
    """Return what becomes of an indented program."""
    return rewrite(textwrap.dedent(body).lstrip("\n"), asynchronous=asynchronous).source


def check(old: str, new: str) -> None:
    """Check what becomes of lines that follow the making of a client, and that nothing more does."""
    old, new = textwrap.dedent(old).lstrip("\n"), textwrap.dedent(new).lstrip("\n")
    assert rewrite(HEAD + old).source == NEW_HEAD + new
    assert rewrite(NEW_HEAD + new).source == NEW_HEAD + new


def reasons(body: str) -> list[str]:
    """Return the reasons for the marks in what becomes of lines that follow the making of a client."""
    done = rewrite(HEAD + textwrap.dedent(body).lstrip("\n"))
    assert rewrite(done.source).source == done.source
    return [mark.reason for mark in done.marks]
