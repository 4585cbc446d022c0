"""Old objects as a whole: read like mappings, iterated over, handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablage_client_compat.migrate.code.nodes import items_of
from ablage_client_compat.migrate.rules.owners import OWNERS
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    import libcst as cst

    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["AS_MAPPING", "MAPPINGS", "escape", "held", "iterated", "spread"]

#: Old objects that could be read like mappings.
MAPPINGS = frozenset(
    [
        "Document",
        "SearchHit",
        "OcrResult",
        "Segment",
        "Page",
        "Pagination",
        "User",
        "WebhookSubscription",
        "NewWebhook",
        "ApiKey",
        "Login",
        "Job",
        "OcrStatus",
        "OcrOutcome",
        "Health",
        "Usage",
        "Metrics",
    ]
)
AS_MAPPING = "this was a mapping and is a model now: use .to_dict(), whose keys are those of API v2"
ESCAPED = "what goes into this call is no dict any more: its keys are attributes with the new names"


def held(kind: Type | None) -> Type | None:
    """Return what containers hold in the end."""
    while kind is not None and kind.name in {"list", "dict", "tuple"} and kind.of:
        kind = kind.of[0] if kind.name != "tuple" else next((part for part in kind.of if part), None)
    return kind


def spread(walk: Walk, kind: Type | None) -> None:
    """Handle ``**value``, ``dict(value)`` and other uses of an old object as a whole mapping."""
    if kind is not None and kind.name in MAPPINGS:
        walk.mark(AS_MAPPING)


def escape(walk: Walk, kind: Type | None) -> None:
    """Handle a value that goes where nothing is known: what was read by key cannot be followed there."""
    kind = held(kind)
    if kind is not None and kind.name in OWNERS and OWNERS[kind.name].is_json:
        walk.mark(ESCAPED)


def iterated(walk: Walk, node: cst.BaseExpression, kind: Type | None) -> Type | None:
    """Handle a value that is iterated over: a page gave its items, and other answers their keys.

    Returns:
        The type of what is iterated over now.
    """
    if kind is None or kind.name != "Page":
        if kind is not None and kind.name in MAPPINGS:
            walk.mark(AS_MAPPING)
        return kind
    walk.edits.change(node, "items", items_of, count="pages")
    return container("list", *kind.of)
