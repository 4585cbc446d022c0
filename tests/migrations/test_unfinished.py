"""A run that is killed between a revision's work and its record: the next one begins there, either way."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest
from alembic import op
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations import catalog, commands, ddl
from server_stub.migrations.connection import engine
from server_stub.migrations.loop import run_async
from server_stub.migrations.options import Options
from server_stub.migrations.releases import RELEASES
from tests.soak import rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Populated

REVISIONS = [step.revision for step in commands.script().walk_revisions()][::-1]
NOW = Options(quiet_minutes=0)
STATEMENTS = ("step", "move", "create_index", "drop_index", "validate", "set_not_null")
#: The revisions with the most instants to be killed at; every one in the long proof.
KILLED = REVISIONS[1:] if rounds(usual=0, soak=1) else ["c1d2e3f4a5b6", "3c4d5e6f7a8b"]


class Killed(BaseException):
    """Stands for `kill -9`: nothing after it is run, and what was committed stays."""


def _catalog(url: str) -> catalog.Catalog:
    async def read() -> catalog.Catalog:
        async with engine(url).connect() as connection:
            return await catalog.read(connection)

    return run_async(read())


def _killed(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None], number: int) -> bool:
    """Run something and kill it when so many statements are committed; tell whether it came to that."""
    done = 0

    def counting(function: Callable[..., None], *args: object, **kwargs: object) -> None:
        nonlocal done
        function(*args, **kwargs)
        with op.get_context().autocommit_block():
            pass
        done += 1
        if done == number:
            raise Killed

    with monkeypatch.context() as patch:
        for name in STATEMENTS:
            patch.setattr(ddl, name, functools.partial(counting, getattr(ddl, name)))
        try:
            work()
        except Killed:
            return True
    return False


@pytest.mark.parametrize("revision", KILLED)
def test_whatever_was_left_is_undone_or_done_again(
    populated: Populated, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    url = populated.url
    below = REVISIONS[REVISIONS.index(revision) - 1]
    commands.upgrade(url, below, options=NOW)
    at_below, rows = _catalog(url), populated.rows()
    for number in range(1, 40):
        killed = _killed(monkeypatch, lambda: commands.upgrade(url, revision, options=NOW), number)
        if not killed:
            break
        assert commands.current(url) == below
        commands.downgrade(url, below, options=NOW)
        assert catalog.compare(at_below, _catalog(url)) == []
        assert populated.rows() == rows
    at_revision = _catalog(url)
    for number in range(1, 40):
        killed = _killed(monkeypatch, lambda: commands.downgrade(url, below, options=NOW), number)
        if not killed:
            break
        assert commands.current(url) == revision
        commands.upgrade(url, revision, options=NOW)
        assert catalog.compare(at_revision, _catalog(url)) == []
    assert catalog.compare(at_below, _catalog(url)) == []
    assert populated.rows() == rows


def test_check_names_a_revision_that_was_begun(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database("v1.0")
    assert _killed(monkeypatch, lambda: commands.upgrade(url, "v2.0-expand", options=NOW), 1)
    result = CliRunner().invoke(app, ["check", "--database-url", url])
    assert result.exit_code == 1
    assert "begun, not recorded: revision d6e7f8a9b0c1" in result.stdout
    commands.downgrade(url, "v1.0", options=NOW)
    assert commands.current(url) == RELEASES["v1.0"]
    assert CliRunner().invoke(app, ["check", "--database-url", url]).exit_code == 0
