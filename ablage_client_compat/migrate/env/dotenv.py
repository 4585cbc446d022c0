"""`.env` files, line by line: whatever is not changed stays as it was."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ablage_client_compat.migrate.env.plan import Plan, plan

__all__ = ["migrate_env"]

_LINE = re.compile(
    r"(?P<before>\s*(?:export\s+)?)(?P<name>[A-Za-z_]\w*)(?P<equal>\s*=\s*)"
    r"(?P<value>\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\n]*?)(?P<after>\s*(?:\s\#[^\n]*)?)",
    re.DOTALL,
)


@dataclass(slots=True)
class _Line:
    text: str
    end: str
    match: re.Match[str] | None = None

    @property
    def value(self) -> str:
        text = self.match["value"] if self.match is not None else ""
        return text[1:-1] if text[:1] in {'"', "'"} and text[-1:] == text[:1] and len(text) > 1 else text


def migrate_env(source: str) -> tuple[str, Plan]:
    """Return a `.env` file with the settings of release 2.0, and what was planned."""
    lines = list(_lines(source))
    variables: dict[str, str | None] = {
        line.match["name"]: line.value for line in lines if line.match is not None
    }
    made = plan(variables, server=True)
    times = Counter(line.match["name"] for line in lines if line.match is not None)
    twice = [name for name in made.changes if times[name] > 1]
    if twice:  # then neither they nor what refers to them
        made = plan({name: value for name, value in variables.items() if name not in twice}, server=True)
        made.additions = {name: value for name, value in made.additions.items() if name not in variables}
        made.problems += [
            f"{name} is set {times[name]} times, of which the last counts: delete the others"
            for name in twice
        ]
    if not made:
        return source, made
    result = [text for line in lines if (text := _changed(line, made)) is not None]
    if made.additions:
        end = next((line.end for line in lines if line.end), "\n")
        if result and not result[-1].endswith(("\n", "\r")):
            result[-1] += end
        result += [f"{name}={value}{end}" for name, value in made.additions.items()]
    return "".join(result), made


def _changed(line: _Line, made: Plan) -> str | None:
    match = line.match
    change = made.changes.get(match["name"]) if match is not None else None
    if match is None or change is None:
        return line.text + line.end
    if not change.name:
        return None
    value = match["value"]
    if change.value is not None and change.value != line.value:
        quote = value[:1] if value[:1] in {'"', "'"} else ""
        value = f"{quote}{change.value}{quote}"
    return f"{match['before']}{change.name}{match['equal']}{value}{match['after']}{line.end}"


def _lines(source: str) -> list[_Line]:
    """Split into lines; a quoted value may go over several."""
    result: list[_Line] = []
    pending = ""
    for raw in source.splitlines(keepends=True):
        text = pending + raw
        body = text.rstrip("\r\n")
        end = text[len(body) :]
        match = _LINE.fullmatch(body)
        value = match["value"] if match is not None else ""
        if value[:1] in {'"', "'"} and (len(value) < 2 or value[-1] != value[0]):  # noqa: PLR2004 - two quotes
            pending = text
            continue
        pending = ""
        result.append(_Line(body, end, match))
    if pending:  # a quote that never ends: leave everything from there on alone
        result.append(_Line(pending, ""))
    return result
