from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ablage_client_compat.migrate.code.rewriter import rewrite
from ablage_client_compat.migrate.rules.examples import example, program, title
from ablage_client_compat.migrate.rules.table import ROWS

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Row


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_codemod_writes_what_the_table_says(row: Row) -> None:
    done = rewrite(program(row))
    if row.reason:
        assert row.reason in [mark.reason for mark in done.marks]
    else:
        assert example(done.source) == row.after


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_a_second_run_changes_nothing(row: Row) -> None:
    once = rewrite(program(row)).source
    assert rewrite(once).source == once
