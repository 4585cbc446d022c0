"""Type annotations and ``except`` clauses: what they say about a value, and their new names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.edits import Edits
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.code.visitors.imports import exception_names
from ablage_client_compat.migrate.rules.types import Type, container, join

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.context import Context

__all__ = ["annotated", "caught", "flatten", "instance_test", "narrow_annotation"]

_SEQUENCES = frozenset(
    [
        "list",
        "List",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Iterator",
        "Generator",
        "AsyncIterator",
        "AsyncIterable",
        "Collection",
        "set",
        "Set",
        "frozenset",
        "deque",
    ]
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})
_TRANSPARENT = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired"})
_PLAIN = frozenset({"str", "int", "float", "bool", "bytes", "Path"})


def annotated(ctx: Context, node: cst.BaseExpression) -> Type | None:
    """Rename the old classes in an annotation and return the type it stands for."""
    if isinstance(node, cst.SimpleString):
        return _quoted(ctx, node)
    if isinstance(node, cst.Name) and node.value in _PLAIN and not ctx.is_bound(node.value):
        return Type("foreign")
    if isinstance(node, (cst.Name, cst.Attribute)):
        kind = ctx.visit(node)
        if kind is not None and kind.name == "class":
            return kind.of[0]
        if kind is not None and kind.name == "localclass":
            return Type("instance", kind.of, kind.detail)
        return Type("none") if isinstance(node, cst.Name) and node.value == "None" else None
    if isinstance(node, cst.BinaryOperation):
        return join(annotated(ctx, node.left), annotated(ctx, node.right))
    if isinstance(node, cst.Subscript):
        return _generic(ctx, node)
    ctx.visit(node)
    return None


def _generic(ctx: Context, node: cst.Subscript) -> Type | None:
    head = node.value
    name = (
        head.value
        if isinstance(head, cst.Name)
        else head.attr.value
        if isinstance(head, cst.Attribute)
        else ""
    )
    parts = [
        annotated(ctx, part.slice.value) if isinstance(part.slice, cst.Index) else None for part in node.slice
    ]
    if name == "PaginatedResponse":
        ctx.visit(head)
        return container("Page", parts[0])
    if name in _SEQUENCES:
        return container("list", parts[0])
    if name in _MAPPINGS:
        return container("dict", parts[-1])
    if name in {"tuple", "Tuple"}:
        return container("tuple", *parts)
    if name in _TRANSPARENT:
        return parts[0]
    if name == "Union":
        result = parts[0]
        for part in parts[1:]:
            result = join(result, part)
        return result
    return None


def _quoted(ctx: Context, node: cst.SimpleString) -> Type | None:
    """An annotation in quotes: rename inside, keep the quotes."""
    text = text_of(node)
    if text is None or not text.strip():
        return None
    try:
        inner = cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return None
    outer, ctx.edits = ctx.edits, Edits()
    kind = annotated(ctx, inner)
    edits, ctx.edits = ctx.edits, outer
    if edits:
        changed = edits.apply(cst.Module([cst.SimpleStatementLine([cst.Expr(inner)])]))
        code = changed.code.strip()
        ctx.edits.change(node, "quoted", lambda new: new.with_changes(value=f"{new.quote}{code}{new.quote}"))
    return kind


def narrow_annotation(ctx: Context, node: cst.Annotation, kind: Type | None) -> None:
    """A variable annotated as a dict that now holds a model."""
    if kind is None or kind.name != "OcrResult":
        return
    head = node.annotation.value if isinstance(node.annotation, cst.Subscript) else node.annotation
    if isinstance(head, cst.Name) and head.value in _MAPPINGS:
        name = "OCRResult | None" if kind.optional else "OCRResult"
        ctx.edits.imports["OCRResult"] = None
        new_annotation = cst.parse_expression(name)
        ctx.edits.change(node, "annotation", lambda new: new.with_changes(annotation=new_annotation))


def caught(ctx: Context, node: cst.BaseExpression, *, exact: bool = False) -> Type | None:
    """Handle the class or classes of an ``except`` clause.

    Args:
        ctx: The walk.
        node: The class, or a tuple of classes.
        exact: Whether a class that has become wider must not catch more than it did.

    Returns:
        The type of the error.
    """
    if isinstance(node, cst.Tuple):
        result: Type | None = Type("never")
        for item in node.elements:
            kind = ctx.visit(item.value)
            result = join(
                result, kind.of[0] if kind is not None and kind.name == "class" else Type("foreign")
            )
        kinds = {id(item): ctx.visit(item.value) for item in node.elements}
        flatten(ctx, node, kinds)
        errors = [kind.of[0] for kind in kinds.values() if kind is not None and kind.name == "class"]
        return Type("AblageAPIError") if errors else result
    kind = ctx.visit(node)
    if kind is not None and kind.name == "tuple":  # RETRYABLE = (…)
        classes = [part for part in kind.of if part is not None and part.name == "class"]
        return Type("AblageAPIError") if classes else None
    if kind is None or kind.name != "class":
        return None
    if exact and kind.detail == "AblageError" and isinstance(node, cst.Name):
        _replace_by_all(ctx, node)
        return Type("AblageAPIError")
    _widen(ctx, node, kind)
    return kind.of[0]


def _replace_by_all(ctx: Context, node: cst.Name) -> None:
    """Name everything that ``AblageError`` used to mean."""
    names = ctx.rules.classes["AblageAPIError"].new
    ctx.edits.imports |= dict.fromkeys(names)
    ctx.edits.drop(node, "name")
    result = cst.Tuple([cst.Element(cst.Name(name)) for name in names])
    ctx.edits.change(node, "member", lambda _: result, count="AblageError → …")


def _widen(ctx: Context, node: cst.BaseExpression, kind: Type) -> None:
    several = exception_names(ctx, node, kind)
    if several is not None:
        result = cst.Tuple([cst.Element(name) for name in several])
        ctx.edits.drop(node, "name")
        ctx.edits.change(node, "member", lambda _: result, count=f"{kind.detail} → …")


def flatten(ctx: Context, node: cst.Tuple, kinds: dict[int, Type | None]) -> None:
    """Name all errors that took the place of one, in a tuple of errors."""
    several = {
        id(item): names
        for item in node.elements
        if (kind := kinds[id(item)]) is not None
        and kind.name == "class"
        and (names := exception_names(ctx, item.value, kind)) is not None
    }
    if not several:
        return
    old = list(node.elements)
    for item in old:
        if id(item) in several:
            ctx.edits.drop(item.value, "name")

    def change(new: cst.Tuple) -> cst.Tuple:
        elements: list[cst.BaseElement] = []
        for before, item in zip(old, new.elements, strict=True):
            names = several.get(id(before))
            if names is None:
                elements.append(item)
            else:
                comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
                elements.extend(cst.Element(name, comma=comma) for name in names[:-1])
                elements.append(item.with_changes(value=names[-1]))
        return new.with_changes(elements=elements)

    ctx.edits.change(node, "flatten", change)


def instance_test(ctx: Context, node: cst.BaseExpression) -> None:
    """Handle the second argument of ``isinstance``, which may be several classes now."""
    caught(ctx, node)
