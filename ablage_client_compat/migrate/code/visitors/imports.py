"""Imports of the old package, and the names that come from them."""

from __future__ import annotations

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ablage_client_compat.migrate.code.flags import NEW_PACKAGE
from ablage_client_compat.migrate.code.names import (
    OLD_MODULES,
    UNKNOWN,
    class_of,
    is_old,
    needed_names,
    rename_name,
)
from ablage_client_compat.migrate.code.walk import Walk, on
from ablage_client_compat.migrate.rules.types import Type

__all__ = ["rename_fallback"]

STAR = "import the names you use: none of the old client's is in this file"


@on(cst.Import)
def visit_import(walk: Walk, node: cst.Import) -> None:
    for alias in node.names:
        dotted = get_full_name_for_node(alias.name) or ""
        bound = get_full_name_for_node(alias.asname.name) if alias.asname else dotted.split(".", 1)[0]
        whole = dotted if alias.asname else dotted.split(".", 1)[0]
        kind = Type("symbol", (), whole)
        walk.define(bound or "", kind)
        if is_old(dotted):
            walk.edits.change(alias, "import", _renamed_module, count="imports")


def _renamed_module(alias: cst.ImportAlias) -> cst.ImportAlias:
    return alias.with_changes(name=cst.Name(NEW_PACKAGE))


@on(cst.ImportFrom)
def visit_import_from(walk: Walk, node: cst.ImportFrom) -> None:
    module = get_full_name_for_node(node.module) if node.module is not None else ""
    module = "." * len(node.relative) + (module or "")
    if isinstance(node.names, cst.ImportStar):
        if is_old(module):
            _import_star(walk, node, module)
        return
    for alias in node.names:
        name = alias.name.value if isinstance(alias.name, cst.Name) else ""
        bound = get_full_name_for_node(alias.asname.name) if alias.asname else name
        kind = _imported(walk, module, name)
        walk.define(bound or "", kind)
        if walk.scope.function.kind == "module":
            walk.facts.learn(f"global:{bound}", kind)
    if is_old(module):
        _rewrite_from(walk, node, module)


def _import_star(walk: Walk, node: cst.ImportFrom, module: str) -> None:
    """Import by name what the file uses of ``from ablage_client import *``."""
    only = {"exceptions": True, "errors": True, "models": False}.get(module.rpartition(".")[2])
    names = [
        name
        for name in walk.rules.classes
        if name in walk.flags.words
        and class_of(walk, f"{module}.{name}")
        and only in {None, name.endswith("Error")}
    ]
    if not names:
        walk.mark(STAR)
        return
    for name in names:
        kind = class_of(walk, f"{module}.{name}")
        walk.define(name, kind)
        walk.facts.learn(f"global:{name}", kind)
    listed = [cst.ImportAlias(name=cst.Name(name)) for name in names]
    walk.edits.change(
        node, "import", lambda new: _new_import(walk, new.with_changes(names=listed)), count="imports"
    )


def rename_fallback(walk: Walk, target: cst.Name) -> bool:
    """Rename ``AblageClient = None`` after ``except ImportError`` with the import that it stands in for.

    Returns:
        Whether the name is that of an old class.
    """
    kind = walk.scope.function.variables.get(target.value)
    if kind is None or kind.name != "class" or kind.detail != target.value:
        return False
    row = walk.rules.classes.get(kind.detail)
    if row is not None and len(row.new) > 1:
        walk.mark(f"{kind.detail} is {', '.join(row.new)} now: assign each of them")
    else:
        rename_name(walk, target, kind)
    return True


def _imported(walk: Walk, module: str, name: str) -> Type | None:
    dotted = f"{module}.{name}"
    found = class_of(walk, dotted)
    if found is not None:
        return found
    return walk.facts.read(f"import:{dotted}") or Type("symbol", (), dotted)


def _rewrite_from(walk: Walk, node: cst.ImportFrom, module: str) -> None:
    assert not isinstance(node.names, cst.ImportStar)  # noqa: S101 - seen by the caller
    unknown = [
        alias.name.value
        for alias in node.names
        if isinstance(alias.name, cst.Name) and class_of(walk, f"{module}.{alias.name.value}") is None
    ]
    submodules = [name for name in unknown if name in OLD_MODULES]
    if unknown and unknown != submodules:
        for name in unknown:
            if name == "install" and module == "ablage_client_compat":
                walk.mark("install() is not needed any more: delete this import and the call")
            elif name not in submodules:
                walk.mark(f"{name} {UNKNOWN}")
        return
    walk.edits.change(node, "import", lambda new: _new_imports(walk, new, submodules), count="imports")


def _new_imports(
    walk: Walk, node: cst.ImportFrom, submodules: list[str]
) -> cst.BaseSmallStatement | cst.FlattenSentinel[cst.BaseSmallStatement]:
    """``from ablage_client import exceptions`` named a module; the new package has all names itself."""
    if not submodules or isinstance(node.names, cst.ImportStar):
        return _new_import(walk, node)
    parts: list[cst.BaseSmallStatement] = []
    modules = [
        alias for alias in node.names if isinstance(alias.name, cst.Name) and alias.name.value in submodules
    ]
    classes = [alias for alias in node.names if alias not in modules]
    if classes:
        parts.append(_new_import(walk, node.with_changes(names=classes)))
    aliases = []
    for alias in modules:
        bound = alias.asname.name if alias.asname is not None else alias.name
        assert isinstance(bound, cst.Name)  # noqa: S101 - no other target is allowed in an import
        aliases.append(cst.ImportAlias(cst.Name(NEW_PACKAGE), asname=cst.AsName(name=bound)))
    parts.append(cst.Import(aliases))
    return parts[0] if len(parts) == 1 else cst.FlattenSentinel(parts)


def _new_import(walk: Walk, node: cst.ImportFrom) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)  # noqa: S101 - seen by the caller
    names: dict[tuple[str, str], cst.ImportAlias] = {}
    for alias in node.names:
        old = alias.name.value if isinstance(alias.name, cst.Name) else ""
        for new in needed_names(walk, old):
            asname = alias.asname
            if new in walk.flags.clashes:
                asname = cst.AsName(name=cst.Name(f"Ablage{new}"))
            elif len(walk.rules.classes[old].new) > 1 and walk.edits.used.get(old):
                asname = None  # its uses have the new names
            imported = "AsyncAblageSDK" if walk.flags.asynchronous and new == "AblageSDK" else new
            bound = (get_full_name_for_node(asname.name) or "") if asname is not None else imported
            names.setdefault((imported, bound), alias.with_changes(name=cst.Name(imported), asname=asname))
    elsewhere = {name for uses in walk.edits.used.values() for news in uses.values() for name in news}
    for extra in walk.edits.imports:
        if extra in elsewhere and (extra, extra) not in names:
            continue  # the import of the class whose place it takes brings it
        names.setdefault((extra, extra), cst.ImportAlias(name=cst.Name(extra)))
    walk.edits.imports.clear()
    aliases = list(names.values())
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    for at, alias in enumerate(aliases):
        last = at == len(aliases) - 1
        if last and node.lpar is None:
            aliases[at] = alias.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        elif not last and isinstance(alias.comma, cst.MaybeSentinel):
            aliases[at] = alias.with_changes(comma=comma)
    return node.with_changes(module=cst.Name(NEW_PACKAGE), names=aliases)
