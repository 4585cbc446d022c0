"""Type annotations and ``except`` clauses: what they say about a value, and their new names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.edits import Edits
from ablage_client_compat.migrate.code.names import exception_names
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.rules.types import Type, container, join

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

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


def annotated(walk: Walk, node: cst.BaseExpression) -> Type | None:
    """Rename the old classes in an annotation and return the type it stands for."""
    if isinstance(node, cst.SimpleString):
        return _quoted(walk, node)
    if isinstance(node, cst.Name) and node.value in _PLAIN and not walk.is_bound(node.value):
        return Type("foreign")
    if isinstance(node, (cst.Name, cst.Attribute)):
        kind = walk.visit(node)
        if kind is not None and kind.name == "class":
            return kind.of[0]
        if kind is not None and kind.name == "localclass":
            return Type("instance", kind.of, kind.detail)
        return Type("none") if isinstance(node, cst.Name) and node.value == "None" else None
    if isinstance(node, cst.BinaryOperation):
        return join(annotated(walk, node.left), annotated(walk, node.right))
    if isinstance(node, cst.Subscript):
        return _generic(walk, node)
    walk.visit(node)
    return None


def _generic(walk: Walk, node: cst.Subscript) -> Type | None:
    head = node.value
    name = (
        head.value
        if isinstance(head, cst.Name)
        else head.attr.value
        if isinstance(head, cst.Attribute)
        else ""
    )
    parts = [
        annotated(walk, part.slice.value) if isinstance(part.slice, cst.Index) else None
        for part in node.slice
    ]
    if name == "PaginatedResponse":
        walk.visit(head)
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


def _quoted(walk: Walk, node: cst.SimpleString) -> Type | None:
    """An annotation in quotes: rename inside, keep the quotes."""
    text = text_of(node)
    if text is None or not text.strip():
        return None
    try:
        inner = cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return None
    outer, walk.edits = walk.edits, Edits()
    kind = annotated(walk, inner)
    edits, walk.edits = walk.edits, outer
    if edits:
        changed = edits.apply(cst.Module([cst.SimpleStatementLine([cst.Expr(inner)])]))
        code = changed.code.strip()
        walk.edits.change(node, "quoted", lambda new: new.with_changes(value=f"{new.quote}{code}{new.quote}"))
    return kind


def narrow_annotation(walk: Walk, node: cst.Annotation, kind: Type | None) -> None:
    """A variable annotated as a dict that now holds a model."""
    if kind is None or kind.name != "OcrResult":
        return
    head = node.annotation.value if isinstance(node.annotation, cst.Subscript) else node.annotation
    if isinstance(head, cst.Name) and head.value in _MAPPINGS:
        name = "OCRResult | None" if kind.optional else "OCRResult"
        walk.edits.imports["OCRResult"] = None
        new_annotation = cst.parse_expression(name)
        walk.edits.change(node, "annotation", lambda new: new.with_changes(annotation=new_annotation))


def caught(walk: Walk, node: cst.BaseExpression, *, exact: bool = False) -> Type | None:
    """Handle the class or classes of an ``except`` clause.

    Args:
        walk: The walk.
        node: The class, or a tuple of classes.
        exact: Whether a class that has become wider must not catch more than it did.

    Returns:
        The type of the error.
    """
    if isinstance(node, cst.Tuple):
        result: Type | None = Type("never")
        for item in node.elements:
            kind = walk.visit(item.value)
            result = join(
                result, kind.of[0] if kind is not None and kind.name == "class" else Type("foreign")
            )
        kinds = {id(item): walk.visit(item.value) for item in node.elements}
        flatten(walk, node, kinds)
        errors = [kind.of[0] for kind in kinds.values() if kind is not None and kind.name == "class"]
        return Type("AblageAPIError") if errors else result
    kind = walk.visit(node)
    if kind is not None and kind.name == "tuple":  # RETRYABLE = (…)
        classes = [part for part in kind.of if part is not None and part.name == "class"]
        return Type("AblageAPIError") if classes else None
    if kind is None or kind.name != "class":
        return None
    if exact and kind.detail == "AblageError" and isinstance(node, cst.Name):
        _replace_by_all(walk, node)
        return Type("AblageAPIError")
    _widen(walk, node, kind)
    return kind.of[0]


def _replace_by_all(walk: Walk, node: cst.Name) -> None:
    """Name everything that ``AblageError`` used to mean."""
    names = walk.rules.classes["AblageAPIError"].new
    walk.edits.imports |= dict.fromkeys(names)
    walk.edits.drop(node, "name")
    result = cst.Tuple([cst.Element(cst.Name(name)) for name in names])
    walk.edits.change(node, "member", lambda _: result, count="AblageError → …")


def _widen(walk: Walk, node: cst.BaseExpression, kind: Type) -> None:
    several = exception_names(walk, node, kind)
    if several is not None:
        result = cst.Tuple([cst.Element(name) for name in several])
        walk.edits.drop(node, "name")
        walk.edits.change(node, "member", lambda _: result, count=f"{kind.detail} → …")


def flatten(walk: Walk, node: cst.Tuple, kinds: dict[int, Type | None]) -> None:
    """Name all errors that took the place of one, in a tuple of errors."""
    several = {
        id(item): names
        for item in node.elements
        if (kind := kinds[id(item)]) is not None
        and kind.name == "class"
        and (names := exception_names(walk, item.value, kind)) is not None
    }
    if not several:
        return
    old = list(node.elements)
    for item in old:
        if id(item) in several:
            walk.edits.drop(item.value, "name")

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

    walk.edits.change(node, "flatten", change)


def instance_test(walk: Walk, node: cst.BaseExpression) -> None:
    """Handle the second argument of ``isinstance``, which may be several classes now."""
    caught(walk, node)
