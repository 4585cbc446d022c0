"""Environment blocks of docker-compose and Kubernetes files.

ruamel.yaml tells where names and values stand; the text itself is changed only there, so comments, order,
quotes and indentation stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ablage_client_compat.migrate.environment import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["migrate_yaml"]

#: Kinds of Kubernetes objects whose ``data`` becomes environment variables.
_CONFIG_KINDS = frozenset({"ConfigMap", "Secret"})


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable: where its name, its value and its whole entry stand in the text."""

    name: str
    value: str | None
    name_span: tuple[int, int]
    value_span: tuple[int, int] | None
    entry_span: tuple[int, int]
    form: str


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
        raise ValueError(f"not YAML: {str(error).splitlines()[0]}") from None
    total = Plan()
    edits: list[_Edit] = []
    for document in documents:
        for block, owner in _blocks(document, ""):
            _migrate_block(source, block, owner, total, edits)
    result = source
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        result = result[: edit.start] + edit.text + result[edit.end :]
    return result, total


def _blocks(node: Node | None, owner: str) -> Iterator[tuple[Node, str]]:
    """Yield the environment blocks, each with the words that may tell whose they are."""
    if isinstance(node, MappingNode):
        entries = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
        image = entries.get("image")
        words = f"{owner} {image.value}" if isinstance(image, ScalarNode) else owner
        kind = entries.get("kind")
        config = isinstance(kind, ScalarNode) and kind.value in _CONFIG_KINDS
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            if name in {"environment", "env"} or (config and name in {"data", "stringData"}):
                yield value, words
            else:
                yield from _blocks(value, f"{words} {name}")
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _blocks(item, owner)


def _migrate_block(source: str, block: Node, owner: str, total: Plan, edits: list[_Edit]) -> None:
    variables = list(_variables(source, block))
    made = plan({variable.name: variable.value for variable in variables}, server="ablage" in owner.lower())
    for variable in variables:
        change = made.changes.get(variable.name)
        if change is None:
            continue
        if not change.name:
            edits.append(_Edit(*_whole_lines(source, variable.entry_span), ""))
            continue
        edits.append(_Edit(*variable.name_span, change.name))
        if change.value is not None and change.value != variable.value and variable.value_span is not None:
            edits.append(_Edit(*variable.value_span, change.value))
    if variables and made.additions:
        edits.append(_addition(source, block, variables, made.additions))
    total.changes |= made.changes
    total.additions |= made.additions
    total.notes += made.notes
    total.problems += made.problems


def _variables(source: str, block: Node) -> Iterator[_Variable]:
    if isinstance(block, MappingNode):
        for key, value in block.value:
            text = value.value if isinstance(value, ScalarNode) else None
            span = _inner(source, value) if isinstance(value, ScalarNode) else None
            entry = key.start_mark.index, value.end_mark.index
            yield _Variable(key.value, text, _inner(source, key), span, entry, "mapping")
        return
    for item in block.value if isinstance(block, SequenceNode) else ():
        if isinstance(item, ScalarNode):
            name, equal, value = item.value.partition("=")
            start, _ = _inner(source, item)
            name_span = (start, start + len(name))
            value_span = (name_span[1] + 1, name_span[1] + 1 + len(value)) if equal else None
            entry = _dash(source, item.start_mark.index), item.end_mark.index
            yield _Variable(name, value if equal else None, name_span, value_span, entry, "list")
        elif isinstance(item, MappingNode):
            yield from _named(source, item)


def _named(source: str, item: MappingNode) -> Iterator[_Variable]:
    """Kubernetes' ``- name: X`` with ``value: …``."""
    parts = {key.value: value for key, value in item.value}
    name, value = parts.get("name"), parts.get("value")
    if not isinstance(name, ScalarNode):
        return
    text = value.value if isinstance(value, ScalarNode) else None
    span = _inner(source, value) if isinstance(value, ScalarNode) else None
    last = item.value[-1][1].end_mark.index
    entry = _dash(source, item.start_mark.index), last
    yield _Variable(name.value, text, _inner(source, name), span, entry, "named")


def _inner(source: str, node: ScalarNode) -> tuple[int, int]:
    """Return where the text of a scalar stands, without its quotes."""
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in {'"', "'"}:
        return start + 1, end - 1
    return start, start + len(source[start:end].rstrip())


def _dash(source: str, index: int) -> int:
    """Return where the ``-`` of a list item stands."""
    dash = source.rfind("-", 0, index)
    return dash if dash >= 0 and not source[dash + 1 : index].strip() else index


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


def _addition(source: str, block: Node, variables: list[_Variable], additions: dict[str, str]) -> _Edit:
    """Add variables behind the last one, written the way that it is."""
    last = variables[-1]
    if getattr(block, "flow_style", False):
        entries = {
            "mapping": [f'{name}: "{value}"' for name, value in additions.items()],
            "list": [f'"{name}={value}"' for name, value in additions.items()],
            "named": [f'{{name: {name}, value: "{value}"}}' for name, value in additions.items()],
        }[last.form]
        return _Edit(last.entry_span[1], last.entry_span[1], "".join(f", {entry}" for entry in entries))
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
