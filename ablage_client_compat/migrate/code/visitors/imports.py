"""Imports of the old package, and the names that come from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ablage_client_compat.migrate.code.context import Context, on
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "NEW_PACKAGE",
    "class_of",
    "exception_names",
    "needed_names",
    "rename_fallback",
    "rename_name",
    "symbol_member",
]

OLD_PACKAGES = ("ablage_client", "ablage_client_compat")
OLD_MODULES = frozenset({"", "client", "models", "exceptions", "errors", "documents", "async_client"})
NEW_PACKAGE = "ablage_sdk"
INSTALL = "ablage_client_compat.install"
STAR = "import the names you use: none of the old client's is in this file"
UNKNOWN = "has no counterpart in ablage_sdk"


def is_old(dotted: str) -> bool:
    """Tell whether a dotted name is the old package or in it."""
    return dotted.split(".", 1)[0] in OLD_PACKAGES and ".migrate" not in dotted


def class_of(ctx: Context, dotted: str) -> Type | None:
    """Return the old class that a dotted name means."""
    package, _, rest = dotted.partition(".")
    module, _, name = rest.rpartition(".")
    if package in OLD_PACKAGES and module in OLD_MODULES and name in ctx.rules.classes:
        return Type("class", (Type("Page" if name == "PaginatedResponse" else name),), name)
    return None


# --- statements


@on(cst.Import)
def _(ctx: Context, node: cst.Import) -> None:
    for alias in node.names:
        dotted = get_full_name_for_node(alias.name) or ""
        bound = get_full_name_for_node(alias.asname.name) if alias.asname else dotted.split(".", 1)[0]
        whole = dotted if alias.asname else dotted.split(".", 1)[0]
        kind = Type("symbol", (), whole)
        ctx.scope.function.variables[bound or ""] = kind
        if is_old(dotted):
            ctx.edits.change(alias, "import", _renamed_module, count="imports")


def _renamed_module(alias: cst.ImportAlias) -> cst.ImportAlias:
    return alias.with_changes(name=cst.Name(NEW_PACKAGE))


@on(cst.ImportFrom)
def _(ctx: Context, node: cst.ImportFrom) -> None:
    module = get_full_name_for_node(node.module) if node.module is not None else ""
    module = "." * len(node.relative) + (module or "")
    if isinstance(node.names, cst.ImportStar):
        if is_old(module):
            _import_star(ctx, node, module)
        return
    for alias in node.names:
        name = alias.name.value if isinstance(alias.name, cst.Name) else ""
        bound = get_full_name_for_node(alias.asname.name) if alias.asname else name
        kind = _imported(ctx, module, name)
        ctx.scope.function.variables[bound or ""] = kind
        if ctx.scope.function.kind == "module":
            ctx.facts.learn(f"global:{bound}", kind)
    if is_old(module):
        _rewrite_from(ctx, node, module)


def _import_star(ctx: Context, node: cst.ImportFrom, module: str) -> None:
    """Import by name what the file uses of ``from ablage_client import *``."""
    only = {"exceptions": True, "errors": True, "models": False}.get(module.rpartition(".")[2])
    names = [
        name
        for name in ctx.rules.classes
        if name in ctx.words and class_of(ctx, f"{module}.{name}") and only in {None, name.endswith("Error")}
    ]
    if not names:
        ctx.mark(STAR)
        return
    for name in names:
        kind = class_of(ctx, f"{module}.{name}")
        ctx.scope.function.variables[name] = kind
        ctx.facts.learn(f"global:{name}", kind)
    listed = [cst.ImportAlias(name=cst.Name(name)) for name in names]
    ctx.edits.change(
        node, "import", lambda new: _new_import(ctx, new.with_changes(names=listed)), count="imports"
    )


def rename_fallback(ctx: Context, target: cst.Name) -> bool:
    """Rename ``AblageClient = None`` after ``except ImportError`` with the import that it stands in for.

    Returns:
        Whether the name is that of an old class.
    """
    kind = ctx.scope.function.variables.get(target.value)
    if kind is None or kind.name != "class" or kind.detail != target.value:
        return False
    row = ctx.rules.classes.get(kind.detail)
    if row is not None and len(row.new) > 1:
        ctx.mark(f"{kind.detail} is {', '.join(row.new)} now: assign each of them")
    else:
        rename_name(ctx, target, kind)
    return True


def _imported(ctx: Context, module: str, name: str) -> Type | None:
    dotted = f"{module}.{name}"
    found = class_of(ctx, dotted)
    if found is not None:
        return found
    return ctx.facts.read(f"import:{dotted}") or Type("symbol", (), dotted)


def _rewrite_from(ctx: Context, node: cst.ImportFrom, module: str) -> None:
    assert not isinstance(node.names, cst.ImportStar)  # noqa: S101 - seen by the caller
    unknown = [
        alias.name.value
        for alias in node.names
        if isinstance(alias.name, cst.Name) and class_of(ctx, f"{module}.{alias.name.value}") is None
    ]
    submodules = [name for name in unknown if name in OLD_MODULES]
    if unknown and unknown != submodules:
        for name in unknown:
            if name == "install" and module == "ablage_client_compat":
                ctx.mark("install() is not needed any more: delete this import and the call")
            elif name not in submodules:
                ctx.mark(f"{name} {UNKNOWN}")
        return
    ctx.edits.change(node, "import", lambda new: _new_imports(ctx, new, submodules), count="imports")


def _new_imports(
    ctx: Context, node: cst.ImportFrom, submodules: list[str]
) -> cst.BaseSmallStatement | cst.FlattenSentinel[cst.BaseSmallStatement]:
    """``from ablage_client import exceptions`` named a module; the new package has all names itself."""
    if not submodules or isinstance(node.names, cst.ImportStar):
        return _new_import(ctx, node)
    parts: list[cst.BaseSmallStatement] = []
    modules = [
        alias for alias in node.names if isinstance(alias.name, cst.Name) and alias.name.value in submodules
    ]
    classes = [alias for alias in node.names if alias not in modules]
    if classes:
        parts.append(_new_import(ctx, node.with_changes(names=classes)))
    aliases = []
    for alias in modules:
        bound = alias.asname.name if alias.asname is not None else alias.name
        assert isinstance(bound, cst.Name)  # noqa: S101 - no other target is allowed in an import
        aliases.append(cst.ImportAlias(cst.Name(NEW_PACKAGE), asname=cst.AsName(name=bound)))
    parts.append(cst.Import(aliases))
    return parts[0] if len(parts) == 1 else cst.FlattenSentinel(parts)


def _new_import(ctx: Context, node: cst.ImportFrom) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)  # noqa: S101 - seen by the caller
    names: dict[tuple[str, str], cst.ImportAlias] = {}
    for alias in node.names:
        old = alias.name.value if isinstance(alias.name, cst.Name) else ""
        for new in needed_names(ctx, old):
            asname = alias.asname
            if new in ctx.clashes:
                asname = cst.AsName(name=cst.Name(f"Ablage{new}"))
            elif len(ctx.rules.classes[old].new) > 1 and ctx.used.get(old):
                asname = None  # its uses have the new names
            imported = "AsyncAblageSDK" if ctx.asynchronous and new == "AblageSDK" else new
            bound = (get_full_name_for_node(asname.name) or "") if asname is not None else imported
            names.setdefault((imported, bound), alias.with_changes(name=cst.Name(imported), asname=asname))
    elsewhere = {name for uses in ctx.used.values() for news in uses.values() for name in news}
    for extra in ctx.edits.imports:
        if extra in elsewhere and (extra, extra) not in names:
            continue  # the import of the class whose place it takes brings it
        names.setdefault((extra, extra), cst.ImportAlias(name=cst.Name(extra)))
    ctx.edits.imports.clear()
    aliases = list(names.values())
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    for at, alias in enumerate(aliases):
        last = at == len(aliases) - 1
        if last and node.lpar is None:
            aliases[at] = alias.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        elif not last and isinstance(alias.comma, cst.MaybeSentinel):
            aliases[at] = alias.with_changes(comma=comma)
    return node.with_changes(module=cst.Name(NEW_PACKAGE), names=aliases)


def needed_names(ctx: Context, old: str) -> list[str]:
    """Return the names of ``ablage_sdk`` that take the place of an old one in this file."""
    row = ctx.rules.classes[old]
    names = list(row.new)
    used = {name for uses in ctx.used.get(old, {}).values() for name in uses}
    if len(names) > 1 and used:
        return [name for name in [*names, row.base] if name in used]
    return names if len(names) == 1 or not row.base else [row.base]


# --- names


def new_name(ctx: Context, name: str) -> str:
    """Return how this file calls a name of the new package."""
    if ctx.asynchronous and name == "AblageSDK":
        return "AsyncAblageSDK"
    return f"Ablage{name}" if name in ctx.clashes else name


def rename_name(ctx: Context, node: cst.Name, kind: Type) -> None:
    """Rename a variable that an import of the old package bound."""
    if kind.name == "symbol":
        if kind.detail in OLD_PACKAGES and node.value == kind.detail:
            ctx.edits.change(node, "name", lambda new: new.with_changes(value=NEW_PACKAGE))
        return
    old = kind.detail
    row = ctx.rules.classes.get(old)
    if row is None or row.reason:
        return
    several = len(row.new) > 1
    target = row.single
    ctx.used.setdefault(old, {})[id(node)] = [target]
    if node.value == old or several:
        ctx.edits.change(
            node, "name", lambda new: new.with_changes(value=new_name(ctx, target)), count=f"{old} → {target}"
        )


def symbol_member(ctx: Context, node: cst.Attribute, base: Type) -> Type | None:
    """Handle ``module.name`` where ``module`` was imported."""
    dotted = f"{base.detail}.{node.attr.value}"
    found = class_of(ctx, dotted)
    if found is None:
        if is_old(dotted) and node.attr.value not in OLD_MODULES and dotted != INSTALL:
            ctx.mark(f"{node.attr.value} {UNKNOWN}")
        return ctx.facts.read(f"import:{dotted}") or Type("symbol", (), dotted)
    row = ctx.rules.classes[found.detail]
    if row.reason:
        ctx.mark(row.reason)
        return found
    target = row.single

    def change(new: cst.Attribute) -> cst.Attribute:
        root: cst.BaseExpression = new.value
        while isinstance(root, cst.Attribute):
            root = root.value
        return new.with_changes(value=root, attr=cst.Name(new_name(ctx, target)))

    ctx.edits.change(node, "member", change, count=f"{found.detail} → {target}")
    return found


def exception_names(
    ctx: Context, node: cst.BaseExpression, kind: Type
) -> Sequence[cst.BaseExpression] | None:
    """Return what stands for an old error class in ``except`` and ``isinstance``, when it is several."""
    row = ctx.rules.classes.get(kind.detail)
    if row is None or len(row.new) == 1:
        return None
    names = list(row.new)
    if isinstance(node, cst.Attribute):
        root = node.value
        while isinstance(root, cst.Attribute):
            root = root.value
        package = root.with_changes(value=NEW_PACKAGE) if isinstance(root, cst.Name) else root
        if isinstance(root, cst.Name) and root.value not in OLD_PACKAGES:
            package = root
        return [cst.Attribute(package, cst.Name(name)) for name in names]
    ctx.used.setdefault(kind.detail, {})[id(node)] = names
    return [cst.Name(new_name(ctx, name)) for name in names]
