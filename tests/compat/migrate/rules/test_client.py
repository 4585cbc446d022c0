from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ablage_client_compat.migrate.rules.client import RULES
from ablage_client_compat.migrate.rules.examples import title
from tests.compat.migrate.rules.checks import check_is_done_once, check_writes_what_it_says

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule


@pytest.mark.parametrize("rule", RULES, ids=title)
def test_codemod_writes_what_the_rule_says(rule: Rule) -> None:
    check_writes_what_it_says(rule)


@pytest.mark.parametrize("rule", RULES, ids=title)
def test_a_second_run_changes_nothing(rule: Rule) -> None:
    check_is_done_once(rule)
