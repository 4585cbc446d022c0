"""Every command that the operations pages show is run, in the order of its page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Sql

PAGES = Path(__file__).parents[2] / "docs" / "operations"
#: Page → release of the database that its commands begin with.
STARTS = {
    "upgrade.md": "v1.0",
    "rollback.md": "v2.0",
    "adopt.md": "v0.9",
    "checklists.md": "v1.0",
    "troubleshooting.md": "v2.0-expand",
    "revisions.md": None,
}


def _commands(page: str) -> list[list[str]]:
    text = (PAGES / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def test_every_page_with_commands_is_run() -> None:
    assert {page.name for page in PAGES.glob("*.md") if _commands(page.name)} == set(STARTS)


@pytest.mark.parametrize("page", STARTS)
def test_the_commands_of_a_page_work(
    new_database: Callable[..., str],
    sql: type[Sql],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
) -> None:
    url = new_database(STARTS[page])
    if page == "adopt.md":
        sql(url)("DROP TABLE alembic_version")
    monkeypatch.setenv("DATABASE_URL", url)
    for program, db, *arguments in _commands(page):
        assert (program, db) == ("ablage-server", "db")
        given = [argument.replace("/var/backups/ablage", str(tmp_path)) for argument in arguments]
        result = CliRunner().invoke(app, given)
        assert result.exit_code == 0, f"{arguments}: {result.output}"
