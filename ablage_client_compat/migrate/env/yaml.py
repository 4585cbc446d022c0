"""Environment blocks of docker-compose and Kubernetes files.

ruamel.yaml tells where names and values stand; the text itself is changed only there, so comments, order,
quotes and indentation stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import StringIO
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ablage_client_compat.migrate.env.plan import Change, Plan, plan
from ablage_client_compat.migrate.env.settings import ADDED, RENAMED, SIZE
from ablage_client_compat.migrate.env.yaml_blocks import Block, Variable, blocks_of, merged_into, variables_of

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

__all__ = ["migrate_yaml"]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def migrate_yaml(source: str) -> tuple[str, Plan]:
    """Return a YAML file with the settings of release 2.0, and what was planned for all its blocks.

    Raises:
        ValueError: The file is not YAML.
    """
    try:
        documents = list(YAML().compose_all(StringIO(source)))
    except YAMLError as error:
        raise ValueError(f"not YAML: {_explained(error)}") from None
    total = Plan()
    edits: list[_Edit] = []
    done = _Done()
    blocks = [block for document in documents for block in blocks_of(document, "")]
    for block in sorted(blocks, key=lambda block: not block.config):  # the others may refer to their keys
        _migrate_block(source, block, total, edits, done)
    result = source
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        result = result[: edit.start] + edit.text + result[edit.end :]
    return result, total


def _explained(error: YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"line {mark.line + 1}: {problem}" if mark and problem else str(error).splitlines()[0]


@dataclass(slots=True)
class _Done:
    """What was planned for the blocks so far.

    Attributes:
        nodes: The blocks, which an alias may name again.
        keys: What became of the keys of ConfigMaps and Secrets: name and old key → new key.
    """

    nodes: set[int] = field(default_factory=set)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)


def _migrate_block(source: str, block: Block, total: Plan, edits: list[_Edit], done: _Done) -> None:
    """Plan the edits of a block; one that an alias names again was edited where it stands."""
    merged = list(merged_into(block.node))
    for node in merged:
        _migrate_block(source, replace(block, node=node, closed=True), total, edits, done)
    if id(block.node) in done.nodes:
        return
    done.nodes.add(id(block.node))
    variables = list(variables_of(source, block.node))
    if block.encoded:
        variables = [replace(variable, value=None, value_span=None) for variable in variables]
    made = plan(
        {variable.name: variable.value for variable in variables}, server="ablage" in block.owner.lower()
    )
    inherited = {variable.name for node in merged for variable in variables_of(source, node)}
    if block.closed or inherited & {*ADDED}:
        made.additions = {}
    _follow_keys(made, variables, edits, done)
    if block.config:
        done.keys |= {(block.config, old): change.name for old, change in made.changes.items()}
    for variable in variables:
        change = made.changes.get(variable.name)
        if change is not None:
            edits += _edits_of(source, variable, change, made.problems)
    if variables and made.additions:
        removed = {name for name, change in made.changes.items() if not change.name}
        kept = [variable for variable in variables if variable.name not in removed]
        edits.append(_addition(source, block.node, variables, kept, made.additions))
    total.changes |= made.changes
    total.additions |= made.additions
    total.notes += made.notes
    total.problems += made.problems


def _edits_of(source: str, variable: Variable, change: Change, problems: list[str]) -> list[_Edit]:
    if not change.name:
        return [_Edit(*_whole_lines(source, variable.entry_span), "")]
    edits = [_Edit(*variable.name_span, change.name)]
    if change.value not in {None, variable.value} and variable.value_span is not None:
        if source[slice(*variable.value_span)] != variable.value:
            problems.append(f"{variable.name} is written with escapes: change it yourself")
            return []
        edits.append(_Edit(*variable.value_span, str(change.value)))
    return edits


def _follow_keys(made: Plan, variables: list[Variable], edits: list[_Edit], done: _Done) -> None:
    """Let variables that get their values from a ConfigMap or Secret name its keys as they are now."""
    for variable in variables:
        reference = variable.reference
        if reference is None or reference.key not in {*RENAMED, SIZE[0]}:
            continue
        new = done.keys.get((reference.owner, reference.key))
        if not new:
            made.problems.append(
                f"{variable.name} is the key {reference.key} of {reference.owner}, in another file: "
                "rename the key there and here"
            )
            continue
        edits.append(_Edit(*reference.key_span, new))
        if variable.name == SIZE[0]:
            made.changes[variable.name] = Change(new)
            made.notes.append(f"{variable.name} → {new}")
            made.problems = [text for text in made.problems if not text.startswith(f"{SIZE[0]} is ")]


def _whole_lines(source: str, span: tuple[int, int]) -> tuple[int, int]:
    """Extend a span to whole lines, when nothing else stands on them."""
    start = source.rfind("\n", 0, span[0]) + 1
    end = len(source[: span[1]].rstrip())
    line_end = source.find("\n", end)
    line_end = len(source) if line_end < 0 else line_end + 1
    rest = source[end:line_end].strip()
    if source[start : span[0]].strip() or (rest and not rest.startswith("#")):
        following = source.find(",", span[1])  # an entry of {a: b, c: d}
        tail = following + 1 if following >= 0 and not source[span[1] : following].strip() else span[1]
        return span[0], tail + (len(source[tail:]) - len(source[tail:].lstrip(" ")))
    return start, line_end


def _addition(
    source: str,
    block: Node,
    variables: list[Variable],
    kept: list[Variable],
    additions: dict[str, str],
) -> _Edit:
    """Add variables behind the last one, written the way that it is."""
    last = variables[-1]
    if getattr(block, "flow_style", False):
        entries = {
            "mapping": [f'{name}: "{value}"' for name, value in additions.items()],
            "list": [f'"{name}={value}"' for name, value in additions.items()],
            "named": [f'{{name: {name}, value: "{value}"}}' for name, value in additions.items()],
        }[last.form]
        end = (kept or variables)[-1].entry_span[1]
        return _Edit(end, end, (", " if kept else "") + ", ".join(entries))
    start = source.rfind("\n", 0, last.entry_span[0]) + 1
    pad = source[start : last.entry_span[0]]
    pad = pad if not pad.strip() else " " * len(pad)
    end = len(source[: last.entry_span[1]].rstrip())
    line_end = source.find("\n", end)
    newline = "\r\n" if "\r\n" in source else "\n"
    lines = [_line(last.form, pad, name, value, newline) for name, value in additions.items()]
    if line_end < 0:
        return _Edit(len(source), len(source), newline + newline.join(lines))
    return _Edit(line_end + 1, line_end + 1, newline.join(lines) + newline)


def _line(form: str, pad: str, name: str, value: str, newline: str) -> str:
    if form == "mapping":
        return f'{pad}{name}: "{value}"'
    if form == "list":
        return f"{pad}- {name}={value}"
    return f'{pad}- name: {name}{newline}{pad}  value: "{value}"'
