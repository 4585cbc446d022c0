"""Where environment variables stand in docker-compose and Kubernetes files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Block", "Variable", "blocks_of", "merged_into", "variables_of"]

#: Kinds of Kubernetes objects whose ``data`` becomes environment variables.
_CONFIG_KINDS = frozenset({"ConfigMap", "Secret"})
_ANCHOR = re.compile(r"&\S+\s+")
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value comes from: a key of a ConfigMap or Secret."""

    owner: str
    key: str
    key_span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: where its name, its value and its whole entry stand in the text."""

    name: str
    value: str | None
    name_span: tuple[int, int]
    value_span: tuple[int, int] | None
    entry_span: tuple[int, int]
    form: str
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Variables that stand together.

    Attributes:
        node: The mapping or list.
        config: The name of the ConfigMap or Secret that they are the data of.
        owner: Words that may tell whose they are.
        closed: Whether nothing is added: it is a Secret, or shared by others.
        encoded: Whether the values are in Base64, so that no value can be read.
    """

    node: Node
    owner: str
    config: str = ""
    closed: bool = False
    encoded: bool = False


def blocks_of(node: Node | None, owner: str) -> Iterator[Block]:
    """Yield the environment blocks."""
    if isinstance(node, MappingNode):
        entries = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
        image = entries.get("image")
        words = f"{owner} {image.value}" if isinstance(image, ScalarNode) else owner
        kind = entries.get("kind")
        config = kind.value if isinstance(kind, ScalarNode) and kind.value in _CONFIG_KINDS else ""
        own = _value_of(entries.get("metadata"), "name") if config else ""
        words = f"{words} {own}" if own else words
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            if name in {"environment", "env"} or (config and name in {"data", "stringData"}):
                secret = config == "Secret"
                yield Block(value, words, own, secret, encoded=secret and name == "data")
            else:
                yield from blocks_of(value, f"{words} {name}")
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from blocks_of(item, owner)


def _value_of(node: Node | None, name: str) -> str:
    """Return a text in a mapping; nothing when it is not there."""
    found = _entry(node, name)
    return str(found.value) if isinstance(found, ScalarNode) else ""


def _entry(node: Node | None, name: str) -> Node | None:
    entries = node.value if isinstance(node, MappingNode) else ()
    return next((value for key, value in entries if key.value == name), None)


def variables_of(source: str, block: Node) -> Iterator[Variable]:
    """Yield the variables of a block, in their order."""
    if isinstance(block, MappingNode):
        for key, value in block.value:
            if key.value != "<<":
                yield _keyed(source, key, value)
        return
    last = -1
    for item in block.value if isinstance(block, SequenceNode) else ():
        if item.start_mark.index < last:  # an alias
            continue
        last = item.start_mark.index
        if isinstance(item, ScalarNode):
            yield _listed(source, item)
        elif isinstance(item, MappingNode):
            yield from _named(source, item)


def _keyed(source: str, key: ScalarNode, value: Node) -> Variable:
    """``NAME: value``."""
    text, span = _text(source, value)
    end = value.end_mark.index
    if end < key.start_mark.index:  # an alias: the value stands further up
        alias = _ALIAS.match(source, key.end_mark.index)
        end = alias.end() if alias is not None else key.end_mark.index
    return Variable(key.value, text, _inner(source, key), span, (key.start_mark.index, end), "mapping")


def _listed(source: str, item: ScalarNode) -> Variable:
    """``- NAME=value``."""
    name, equal, value = item.value.partition("=")
    start, _ = _inner(source, item)
    name_span = (start, start + len(name))
    value_span = (name_span[1] + 1, name_span[1] + 1 + len(value)) if equal else None
    entry = _dash(source, item.start_mark.index), item.end_mark.index
    return Variable(name, value if equal else None, name_span, value_span, entry, "list")


def _named(source: str, item: MappingNode) -> Iterator[Variable]:
    """Kubernetes' ``- name: X`` with ``value: …``."""
    parts = {key.value: value for key, value in item.value}
    name, value = parts.get("name"), parts.get("value")
    if not isinstance(name, ScalarNode):
        return
    text, span = _text(source, value)
    last = item.end_mark.index if item.flow_style else item.value[-1][1].end_mark.index
    entry = _dash(source, item.start_mark.index), last
    reference = None
    for kind, config in parts["valueFrom"].value if "valueFrom" in parts else ():
        key = _entry(config, "key")
        if kind.value in {"configMapKeyRef", "secretKeyRef"} and isinstance(key, ScalarNode):
            reference = Reference(_value_of(config, "name"), key.value, _inner(source, key))
    yield Variable(name.value, text, _inner(source, name), span, entry, "named", reference)


def merged_into(block: Node) -> Iterator[MappingNode]:
    """Yield the mappings that ``<<: *name`` brings into a block."""
    for key, value in block.value if isinstance(block, MappingNode) else ():
        if key.value == "<<":
            for node in value.value if isinstance(value, SequenceNode) else [value]:
                if isinstance(node, MappingNode):
                    yield node


def _text(source: str, value: Node | None) -> tuple[str | None, tuple[int, int] | None]:
    """Return a value and where it stands; neither for one that others share through an anchor."""
    if not isinstance(value, ScalarNode) or value.anchor:
        return None, None
    return value.value, _inner(source, value)


def _inner(source: str, node: ScalarNode) -> tuple[int, int]:
    """Return where the text of a scalar stands, without its quotes."""
    start, end = node.start_mark.index, node.end_mark.index
    if (anchor := _ANCHOR.match(source, start)) is not None:
        start = anchor.end()
    if node.style in {'"', "'"}:
        return start + 1, end - 1
    return start, start + len(source[start:end].rstrip())


def _dash(source: str, index: int) -> int:
    """Return where the ``-`` of a list item stands."""
    dash = source.rfind("-", 0, index)
    return dash if dash >= 0 and not source[dash + 1 : index].strip() else index
