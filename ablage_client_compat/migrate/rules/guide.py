"""The page with every call before and after, printed from the rules.

``python -m ablage_client_compat.migrate.rules.guide docs/migrating/before-after.md`` writes it; with
``--check`` it only tells whether the page is up to date.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from ablage_client_compat.migrate.env.settings import ADDED, REMOVED, RENAMED, SIZE
from ablage_client_compat.migrate.rules.examples import title
from ablage_client_compat.migrate.rules.index import RULES
from ablage_client_compat.migrate.rules.model import Class, Member, Method, Rule
from ablage_client_compat.migrate.rules.owners import ERROR, OWNERS

__all__ = ["main", "page"]

_HEAD = """\
# Every call, before and after

<!-- Printed from the rules by python -m ablage_client_compat.migrate.rules.guide. -->

This is the table that [`ablage-migrate code`](index.md) works with, so it shows exactly what the command
writes. *By hand* means that it leaves the line alone and puts `# TODO(ablage): …` with the reason above it.
**A**, **B** and **C** are the [dialects](index.md#dialects) of the old client that had the name.

Where the old client never returned `None` but the new one may (a document that is not completed has no text),
the command adds the old default in the places that need it: `len(document.ocr_text)` becomes
`len(document.extracted_text or "")`, and `document.ocr_result["content"]` becomes
`document.ocr_result.text if document.ocr_result else ""`. After `wait_for_completion()`, or under
`if document.status == "completed"`, nothing is added.
"""
_HEADINGS = {
    "": "Classes and errors",
    "AblageError": ERROR.heading,
    **{name: owner.heading for name, owner in OWNERS.items()},
}


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    rules = sorted(RULES, key=lambda rule: list(_HEADINGS).index(_section(rule)))
    for section, members in groupby(rules, key=_section):
        parts.append(f"\n## {_HEADINGS[section]}\n\n| Name | | Before | After |\n|---|---|---|---|\n")
        parts += [_line(rule) for rule in members]
    parts.append(_settings())
    return "".join(parts)


def _section(rule: Rule) -> str:
    if isinstance(rule, Class):
        return ""
    if isinstance(rule, Member) and rule.owner.endswith("Error"):
        return "AblageError"
    return rule.owner


def _line(rule: Rule) -> str:
    name = title(rule) if isinstance(rule, (Class, Method)) else rule.name
    if isinstance(rule, Member) and rule.owner.endswith("Error") and rule.owner != "AblageError":
        name = f"{rule.owner}.{rule.name}"
    after = f"*by hand:* {rule.reason}" if rule.reason else _code(rule.after, rule)
    if not rule.reason and rule.after == rule.before:
        after = "unchanged"
    return f"| `{name}` | {rule.dialects} | {_code(rule.before, rule)} | {after} |\n"


def _code(text: str, rule: Rule) -> str:
    """Return code for a cell: of an error only the line that differs."""
    lines = text.splitlines()
    if isinstance(rule, Class) and rule.is_error:
        lines = [line for line in lines if line.startswith("except")]
    return "<br>".join(f"`{line}`".replace("|", "\\|") for line in lines)


def _settings() -> str:
    lines = [f"| `{old}` | `{new}` |\n" for old, new in RENAMED.items()]
    lines.append(f"| `{SIZE[0]}` (bytes) | `{SIZE[1]}` (megabytes, rounded up) |\n")
    lines += [f"| `{name}` | removed: {instead} |\n" for name, instead in REMOVED.items()]
    lines += [f"| | `{name}`, default `{value}` |\n" for name, value in ADDED.items()]
    addresses = "| `/api/v1/…/ocr-text` | `/api/v2/…/extracted-text` |\n"
    return "\n## Settings and addresses\n\n| Before | After |\n|---|---|\n" + "".join(lines) + addresses


def main(arguments: list[str]) -> int:
    """Write or check the page; return the exit code."""
    names = [argument for argument in arguments if argument != "--check"]
    if len(names) != 1:
        sys.stderr.write("usage: python -m ablage_client_compat.migrate.rules.guide [--check] PAGE.md\n")
        return 2
    path = Path(names[0])
    if "--check" in arguments:
        if path.read_text(encoding="utf-8") == page():
            return 0
        sys.stderr.write(
            f"{path} is not up to date: run python -m ablage_client_compat.migrate.rules.guide {path}\n"
        )
        return 1
    path.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
