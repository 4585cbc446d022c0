"""Functions of the standard library, and of HTTP libraries, that old objects pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ablage_client_compat.migrate.code.environment import call_setting
from ablage_client_compat.migrate.code.flags import NEW_PACKAGE
from ablage_client_compat.migrate.code.local import give
from ablage_client_compat.migrate.code.mappings import AS_MAPPING, MAPPINGS, escape, held, iterated
from ablage_client_compat.migrate.code.methods import call_http
from ablage_client_compat.migrate.code.names import INSTALL, is_old
from ablage_client_compat.migrate.code.nodes import text_of
from ablage_client_compat.migrate.code.references import call_reference
from ablage_client_compat.migrate.code.sinks import RECORDS, getter, into_method
from ablage_client_compat.migrate.rules.types import Type, container, element

if TYPE_CHECKING:
    from ablage_client_compat.migrate.code.walk import Walk

__all__ = ["call_library", "name_in_string"]

_WAITED = frozenset({"asyncio.run", "asyncio.wait_for", "asyncio.shield", "anyio.run"})
#: Packages whose functions treat what they get as a list, by their beginning.
_ITERATING = (
    "tqdm",
    "random.",
    "itertools.",
    "more_itertools.",
    "pandas.",
    "polars.",
    "rich.progress.",
    "collections.",
)
_HTTP = frozenset({"requests", "httpx", "httpx2", "aiohttp"})
_SESSIONS = frozenset({"Session", "session", "Client", "AsyncClient", "ClientSession"})
#: Functions that are told a dotted name, or a module and a name in it.
_DYNAMIC = frozenset({"importlib.import_module", "unittest.mock.patch", "mock.patch"})
_NAMING = frozenset({"unittest.mock.patch.object", "mock.patch.object"})
#: Functions that hand on what they get without looking into it.
_KNOWN = frozenset({"threading.Thread", "multiprocessing.Process", "typing.cast"})
PICKLED = "pickles written before cannot be read with the new models: `ablage-migrate data` converts them"
_DYNAMIC_REASON = "the old package is named in a string here: name ablage_sdk and its classes instead"


def call_library(walk: Walk, node: cst.Call, dotted: str) -> Type | None:
    """Walk a call of an imported function and return the type of its result."""
    if dotted == INSTALL:
        walk.mark("install() is not needed any more: delete this call and its import")
        return None
    if dotted.startswith("os.") and call_setting(walk, node, dotted):
        return Type("Text") if len(node.args) > 1 else None
    if dotted.partition(".")[0] in _HTTP:
        call_http(walk, node)
        return Type("http") if dotted.rpartition(".")[2] in _SESSIONS else Type("foreign")
    kinds: list[Type | None] = []
    for arg in node.args:
        kind = walk.use(arg.value, loose=True)
        if arg.star == "*" and kind is not None:
            kind = iterated(walk, arg.value, kind)
        if arg.star == "" and dotted.startswith(_ITERATING):
            kind = iterated(walk, arg.value, kind)
        kinds.append(kind)
    if dotted == "time.sleep":
        walk.site("sleep", node)
    if dotted.startswith("pickle.dump"):
        if (kind := held(kinds[0] if kinds else None)) is not None and kind.name in MAPPINGS:
            walk.mark(PICKLED)
        return None
    if dotted.startswith(RECORDS):
        for kind in kinds:
            _serialized(walk, kind)
        return None
    into_method(walk, dotted.rpartition(".")[2], kinds)
    if (read := getter(dotted, node)) is not None:
        return read
    if dotted in _DYNAMIC and node.args:
        name_in_string(walk, node.args[0].value)
        return None
    if dotted in _NAMING and len(node.args) > 1:
        name_in_string(walk, node.args[1].value)
        return None
    if is_old(dotted):
        return None
    return _result(walk, node, dotted, kinds)


def _result(walk: Walk, node: cst.Call, dotted: str, kinds: list[Type | None]) -> Type | None:
    first = kinds[0] if kinds else None
    if dotted in _WAITED:
        return _unwrapped(first)
    if dotted == "asyncio.gather":
        if any(arg.star for arg in node.args):
            return container("coroutine", container("list", _unwrapped(element(first))))
        return container("coroutine", container("tuple", *map(_unwrapped, kinds)))
    if dotted in {"asyncio.create_task", "asyncio.ensure_future"}:
        return container("coroutine", _unwrapped(first))
    if dotted == "asyncio.as_completed":
        return container("list", element(iterated(walk, node.args[0].value, first)) if node.args else None)
    if dotted in {"asyncio.to_thread", "anyio.to_thread.run_sync"}:
        return container("coroutine", give(walk, first, *kinds[1:], reference=node))
    if dotted == "concurrent.futures.as_completed":
        return container("list", element(first)) if first is not None and first.name == "list" else first
    if dotted == "functools.partial" and first is not None:
        call_reference(walk, first, node.args[1:])
        return (
            Type("bound", (give(walk, first, reference=node), *first.of[1:]), first.detail)
            if first.name in {"bound", "function"}
            else None
        )
    if dotted in {"itertools.islice", "itertools.chain", "copy.copy", "copy.deepcopy"} and first is not None:
        return iterated(walk, node.args[0].value, first)
    if dotted == "itertools.chain.from_iterable":
        return container("list", element(element(first)))
    if dotted in {"threading.Thread", "multiprocessing.Process"}:
        _thread(walk, node, kinds)
    if dotted in {"collections.deque", "queue.Queue", "queue.SimpleQueue"} and not node.args:
        return container("list", Type("never"))
    if dotted == "collections.defaultdict":
        return container("dict", container("list", Type("never")))
    if dotted not in _KNOWN:
        for kind in kinds:
            escape(walk, kind)
    return None


def _unwrapped(kind: Type | None) -> Type | None:
    return kind.of[0] if kind is not None and kind.name in {"coroutine", "future"} and kind.of else None


def _serialized(walk: Walk, kind: Type | None) -> None:
    """What is written as JSON keeps its old keys only if somebody sees to it."""
    kind = held(kind)
    if kind is not None and kind.name in MAPPINGS:
        walk.mark(AS_MAPPING)


def _thread(walk: Walk, node: cst.Call, kinds: list[Type | None]) -> None:
    named = {
        arg.keyword.value: kind for arg, kind in zip(node.args, kinds, strict=True) if arg.keyword is not None
    }
    target, args = named.get("target"), named.get("args")
    give(walk, target, *(args.of if args is not None and args.name == "tuple" else ()), reference=node)


def name_in_string(walk: Walk, node: cst.BaseExpression) -> None:
    """Handle the name of an old class in a string: ``patch("shop.archive.AblageClient")``."""
    text = text_of(node)
    if text is None:
        return
    module, _, name = text.rpartition(".")
    row = walk.rules.classes.get(name)
    if row is None or row.reason:
        if is_old(text):
            walk.mark(_DYNAMIC_REASON)
        return
    new = f"{NEW_PACKAGE if is_old(module) else module}.{row.single}".removeprefix(".")
    walk.edits.change(
        node,
        "string",
        lambda string: (
            string.with_changes(value=string.value.replace(text, new))
            if isinstance(string, cst.SimpleString)
            else string
        ),
        count=f"{name} → {row.single}",
    )
