"""Where old objects are read by names that stand in strings: templates, tables, ``attrgetter()``, formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.code.mappings import AS_MAPPING, MAPPINGS, held
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    import libcst as cst

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["RECORDS", "by_getter", "format_reads", "getter", "into_method"]

#: Functions and packages that look into mappings: by their beginning.
RECORDS = (
    "json.dump",
    "yaml.",
    "flask.jsonify",
    "fastapi.responses.",
    "orjson.",
    "msgpack.",
    "pandas.",
    "polars.",
    "pyarrow.",
    "types.SimpleNamespace",
)
#: Methods that do, of whatever object.
_METHODS = frozenset({"writerow", "writerows", "insert_one", "insert_many", "executemany", "format_map"})
#: Methods and functions that hand their arguments to a template.
_TEMPLATES = frozenset(
    {"render", "render_template", "render_template_string", "render_to_string", "TemplateResponse"}
)
_GETTERS = frozenset({"operator.attrgetter", "operator.itemgetter", "operator.methodcaller"})
_TEMPLATE = "the template reads attributes by name: change the old names in it, too"
_FORMAT = "the format reads attributes by name: write the new ones, or an f-string"
_FIELD = re.compile(r"\{\w*(?:\.(\w+)|\[)")


def into_method(walk: Walk, name: str, kinds: list[Type | None]) -> None:
    """Handle the arguments of a function or method that is known by its name only."""
    if not any(kind is not None and kind.name in MAPPINGS for kind in map(held, kinds)):
        return
    if name in _METHODS:
        walk.mark(AS_MAPPING)
    elif name in _TEMPLATES:
        walk.mark(_TEMPLATE)


def format_reads(walk: Walk, template: cst.BaseExpression, kinds: list[Type | None]) -> None:
    """Handle ``"{0.ocr_text}".format(document)`` and ``"%(filename)s" % document``."""
    text = text_of(template) or ""
    for kind in map(held, kinds):
        if kind is None or kind.name not in MAPPINGS:
            continue
        if "%(" in text or any(_is_renamed(walk, kind, found[1]) for found in _FIELD.finditer(text)):
            walk.mark(_FORMAT)


def _is_renamed(walk: Walk, kind: Type, name: str | None) -> bool:
    """Tell whether an attribute has another name now; ``None`` stands for a key, and those are gone."""
    row = walk.rules.member(kind, name) if name is not None else None
    return name is None or (row is not None and row.text != name)


def getter(dotted: str, node: cst.Call) -> Type | None:
    """Return the type of ``attrgetter("ocr_text")``: its kind and the names that it reads."""
    if dotted not in _GETTERS:
        return None
    names = [text_of(arg.value) for arg in node.args]
    known = [name for name in names if name is not None]
    return Type(dotted.rpartition(".")[2], (), " ".join(known)) if known else None


def by_getter(walk: Walk, function: Type, kind: Type | None) -> None:
    """Handle a getter that is called with a value of a type."""
    if kind is None or kind.name not in MAPPINGS:
        return
    if function.name == "itemgetter":
        walk.mark(AS_MAPPING)
        return
    for name in function.detail.split():
        first = name.partition(".")[0]
        row = walk.rules.member(kind, first) or walk.rules.method(kind, first)
        if row is not None and (row.reason or row.text != first):
            walk.mark(row.reason or f"{first} is {row.text} now: write a lambda")
            return
