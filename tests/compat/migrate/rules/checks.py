"""What holds for every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_client_compat.migrate.code.rewriter import rewrite
from ablage_client_compat.migrate.rules.examples import example, program

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule


def check_writes_what_it_says(rule: Rule) -> None:
    """The codemod makes of the example what stands below it, or marks it with the reason."""
    done = rewrite(program(rule))
    if rule.reason:
        assert rule.reason in [mark.reason for mark in done.marks]
    else:
        assert example(done.source) == rule.after


def check_is_done_once(rule: Rule) -> None:
    """A second run changes nothing."""
    once = rewrite(program(rule)).source
    assert rewrite(once).source == once
