"""Names that come from the old package, and what they are called now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.flags import NEW_PACKAGE
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = [
    "INSTALL",
    "OLD_MODULES",
    "UNKNOWN",
    "class_of",
    "exception_names",
    "is_old",
    "needed_names",
    "rename_name",
    "symbol_member",
]

OLD_PACKAGES = ("ablage_client", "ablage_client_compat")
OLD_MODULES = frozenset({"", "client", "models", "exceptions", "errors", "documents", "async_client"})
INSTALL = "ablage_client_compat.install"
UNKNOWN = "has no counterpart in ablage_sdk"


def is_old(dotted: str) -> bool:
    """Tell whether a dotted name is the old package or in it."""
    return dotted.split(".", 1)[0] in OLD_PACKAGES and ".migrate" not in dotted


def class_of(walk: Walk, dotted: str) -> Type | None:
    """Return the old class that a dotted name means."""
    package, _, rest = dotted.partition(".")
    module, _, name = rest.rpartition(".")
    if package in OLD_PACKAGES and module in OLD_MODULES and name in walk.rules.classes:
        return Type("class", (Type("Page" if name == "PaginatedResponse" else name),), name)
    return None


def needed_names(walk: Walk, old: str) -> list[str]:
    """Return the names of ``ablage_sdk`` that take the place of an old one in this file."""
    row = walk.rules.classes[old]
    names = list(row.new)
    used = {name for uses in walk.edits.used.get(old, {}).values() for name in uses}
    if len(names) > 1 and used:
        return [name for name in [*names, row.base] if name in used]
    return names if len(names) == 1 or not row.base else [row.base]


def rename_name(walk: Walk, node: cst.Name, kind: Type) -> None:
    """Rename a variable that an import of the old package bound."""
    if kind.name == "symbol":
        if kind.detail in OLD_PACKAGES and node.value == kind.detail:
            walk.edits.change(node, "name", lambda new: new.with_changes(value=NEW_PACKAGE))
        return
    old = kind.detail
    row = walk.rules.classes.get(old)
    if row is None or row.reason:
        return
    several = len(row.new) > 1
    target = row.single
    walk.edits.used.setdefault(old, {})[id(node)] = [target]
    if node.value == old or several:
        walk.edits.change(
            node,
            "name",
            lambda new: new.with_changes(value=walk.flags.new_name(target)),
            count=f"{old} → {target}",
        )


def symbol_member(walk: Walk, node: cst.Attribute, base: Type) -> Type | None:
    """Handle ``module.name`` where ``module`` was imported."""
    dotted = f"{base.detail}.{node.attr.value}"
    found = class_of(walk, dotted)
    if found is None:
        if is_old(dotted) and node.attr.value not in OLD_MODULES and dotted != INSTALL:
            walk.mark(f"{node.attr.value} {UNKNOWN}")
        return walk.facts.read(f"import:{dotted}") or Type("symbol", (), dotted)
    row = walk.rules.classes[found.detail]
    if row.reason:
        walk.mark(row.reason)
        return found
    target = row.single

    def change(new: cst.Attribute) -> cst.Attribute:
        root: cst.BaseExpression = new.value
        while isinstance(root, cst.Attribute):
            root = root.value
        return new.with_changes(value=root, attr=cst.Name(walk.flags.new_name(target)))

    walk.edits.change(node, "member", change, count=f"{found.detail} → {target}")
    return found


def exception_names(walk: Walk, node: cst.BaseExpression, kind: Type) -> Sequence[cst.BaseExpression] | None:
    """Return what stands for an old error class in ``except`` and ``isinstance``, when it is several."""
    row = walk.rules.classes.get(kind.detail)
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
    walk.edits.used.setdefault(kind.detail, {})[id(node)] = names
    return [cst.Name(walk.flags.new_name(name)) for name in names]
