"""The walk: dispatch by node type, the current scope, and the small questions every handler asks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import libcst as cst

from ablage_client_compat.migrate.code.edits import Edits, children
from ablage_client_compat.migrate.code.nodes import as_text, parenthesized
from ablage_client_compat.migrate.code.scope import Facts, Scope
from ablage_client_compat.migrate.rules.index import index
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CallSite", "Context", "LocalClass", "on"]

N = TypeVar("N", bound=cst.CSTNode)
Handler: TypeAlias = "Callable[[Context, N], Type | None]"
_HANDLERS: dict[type[cst.CSTNode], Callable[[Context, Any], Type | None]] = {}
#: Nodes whose child may be any expression without parentheses.
_ROOMY = (
    cst.Arg,
    cst.Index,
    cst.Element,
    cst.DictElement,
    cst.FormattedStringExpression,
    cst.Expr,
    cst.Return,
)


def on(*kinds: type[cst.CSTNode]) -> Callable[[Handler[N]], Handler[N]]:
    """Register the handler of some node types: it walks the node and returns the type of its value."""

    def register(handler: Handler[N]) -> Handler[N]:
        for kind in kinds:
            _HANDLERS[kind] = handler
        return handler

    return register


@dataclass(slots=True)
class LocalClass:
    """A class of the file: what it derives from and which names it defines itself."""

    name: str
    bases: list[Type] = field(default_factory=list)
    #: What it derives from in other packages.
    symbols: set[str] = field(default_factory=set)
    methods: dict[str, cst.FunctionDef] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CallSite:
    """A place that matters when a file becomes asynchronous.

    Attributes:
        kind: ``client`` (a call of the client), ``local`` (of a function of the file), ``reference`` (such a
            function is passed on), ``expanded`` (what stands there awaits already), ``with``, ``sleep``.
        node: The call or statement.
        caller: Qualified name of the function around it; empty at the top of the module.
        callee: Qualified name of the function of the file.
        place: What it is in when nothing can be awaited there.
        loose: Whether any expression may take its place.
        statement: The statement it is in.
    """

    kind: str
    node: cst.CSTNode
    caller: str
    callee: str
    place: str
    loose: bool
    statement: cst.CSTNode


class Context:
    """State of one walk over one file."""

    def __init__(self, facts: Facts, *, module: str = "", header: Sequence[cst.EmptyLine] = ()) -> None:
        self.rules = index()
        self.edits = Edits()
        self.facts = facts
        self.module = module
        self.header = header
        self.scope = Scope("module")
        self.classes: dict[str, LocalClass] = {}
        self.functions: dict[str, cst.FunctionDef] = {}
        #: New names that the file uses for something else already.
        self.clashes: set[str] = set()
        #: Old class → use of it → the new names needed there.
        self.used: dict[str, dict[int, list[str]]] = {}
        #: Inside a decorator, where an address is one of the program itself.
        self.decorating = False
        #: Whether the file becomes asynchronous as well, and where that matters.
        self.asynchronous = False
        self.sites: list[CallSite] = []
        self.generators: set[str] = set()
        #: Functions that are made context managers.
        self.managers: set[str] = set()
        #: How many uploads of paths were seen so far.
        self.uploads = 0
        #: Calls of lists in loops over pages → the variable with the cursor.
        self.cursors: dict[int, str] = {}
        #: Nodes that are replaced as a whole, so that nothing in them matters.
        self.skipped: set[int] = set()
        #: Tuples that are looped over, so that they must keep their length.
        self.lengths: set[int] = set()
        #: Whether the program itself serves a path that looks like an old one of the API.
        self.serves_old_path = False
        #: Inside the arguments of a call of an HTTP library.
        self.calling_http = False
        #: Every word of the file.
        self.words: frozenset[str] = frozenset()
        #: Whether the file reads ``ocr_result``, which lists leave out unless asked.
        self.reads_results = False
        #: Whether the file chooses the API version by header, so that addresses must not name another.
        self.names_version = False
        self.loose = False
        self.quotes: list[str] = []
        self._statements: list[cst.CSTNode] = []

    # --- walking

    def visit(self, node: cst.CSTNode, *, loose: bool = False) -> Type | None:
        """Walk a node and return its type.

        Args:
            node: An expression or statement.
            loose: Whether any expression may take its place without parentheses.
        """
        if self.skipped and id(node) in self.skipped:
            return None
        handler = _HANDLERS.get(type(node))
        self.loose = loose
        if handler is not None:
            return handler(self, node)
        roomy = isinstance(node, _ROOMY)
        for child in children(node):
            self.use(child, loose=roomy)
        return None

    def use(self, node: cst.CSTNode, *, loose: bool = False, shown: bool = False) -> Type | None:
        """Walk an expression in a place where a string must stay a plain string.

        Args:
            node: The expression.
            loose: Whether any expression may take its place without parentheses.
            shown: Whether the value is turned into text anyway.
        """
        kind = self.visit(node, loose=loose)
        if kind is not None and kind.name == "Enum" and isinstance(node, cst.BaseExpression) and not shown:
            self.edits.change(node, "default", as_text)
            return Type("Text")
        if kind is None or kind.name != "Text" or not kind.optional:
            return kind
        quotes = "''" if self.quotes and self.quotes[-1].startswith('"') else '""'

        def add_default(new: cst.BaseExpression) -> cst.BaseExpression:
            result = cst.BooleanOperation(new, cst.Or(), cst.SimpleString(quotes))
            return result if loose else parenthesized(result)

        if isinstance(node, cst.BaseExpression):
            self.edits.change(node, "default", add_default)
        return Type("Text")

    @contextmanager
    def statement(self, node: cst.CSTNode) -> Iterator[None]:
        """Marks made inside go above this statement."""
        self._statements.append(node)
        try:
            yield
        finally:
            self._statements.pop()

    def quietly(self, node: cst.CSTNode) -> Type | None:
        """Return the type of a node that is walked elsewhere: nothing is edited or marked."""
        edits, used, statements = self.edits, self.used, self._statements
        self.edits, self.used, self._statements = Edits(), {}, []
        try:
            return self.visit(node)
        finally:
            self.edits, self.used, self._statements = edits, used, statements

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """Names are looked up in this scope inside."""
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    def is_unused(self, node: cst.CSTNode) -> bool:
        """Tell whether nobody looks at the value of an expression: it is a statement of its own."""
        statement = self._statements[-1] if self._statements else None
        small = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
        return any(isinstance(part, cst.Expr) and part.value is node for part in small)

    def mark(self, reason: str) -> None:
        """Leave the current statement to a person, with the reason."""
        if self._statements:
            self.edits.mark(self._statements[-1], reason)

    def site(self, kind: str, node: cst.CSTNode, *, callee: str = "", loose: bool = False) -> None:
        """Note a place that matters when the file becomes asynchronous."""
        if not self.asynchronous or not self._statements:
            return
        scope, place = self.scope, ""
        while scope.kind == "inner" and scope.parent is not None:
            place = place or scope.name
            scope = scope.parent
        caller = scope.name if scope.kind == "function" else ""
        self.sites.append(CallSite(kind, node, caller, callee, place, loose, self._statements[-1]))

    # --- names

    def lookup(self, name: str) -> Type | None:
        """Return the type of a variable."""
        here = self.scope.function
        for scope in self.scope.functions():
            if scope.kind == "module" and here.kind == "function":
                break
            if name in scope.variables and name not in here.globals:
                return scope.variables[name]
        top = self.module_scope
        known = top.variables.get(name)
        if known is not None and known.name in {"class", "symbol", "localclass", "function"}:
            return known
        return self.facts.read(f"global:{name}")

    def is_bound(self, name: str) -> bool:
        """Tell whether the file itself binds a name that is in sight."""
        return any(name in scope.variables for scope in self.scope.functions())

    @property
    def module_scope(self) -> Scope:
        """The outermost scope."""
        scope = self.scope
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def bind(self, name: str, kind: Type | None) -> None:
        """Assign a variable."""
        self.learn_client(name, kind)
        scope = self.scope.function
        if name in scope.globals:
            self.facts.learn(f"global:{name}", kind)
            return
        self.forget(name)
        scope.variables[name] = kind
        if scope.kind == "module":
            self.facts.learn(f"global:{name}", kind)
        elif scope.kind == "class":
            self.facts.learn(f"attr:{scope.name}.{name}", kind)

    def learn_client(self, name: str, kind: Type | None) -> None:
        """Note whether what goes by a name, anywhere in the file, is always a client."""
        client = kind is not None and kind.name in {"AblageClient", "AsyncAblageClient", "none"}
        self.facts.learn(f"client:{name}", kind if client else None)

    def client_called(self, name: str) -> Type | None:
        """Return the client that goes by a name of something that nothing is known about."""
        kind = self.facts.read(f"client:{name}")
        return kind if kind is not None and kind.name.endswith("Client") else None

    def refine(self, name: str, kind: Type) -> None:
        """Note what a container holds, wherever it is defined: it was changed, not assigned."""
        owner = next((scope for scope in self.scope.functions() if name in scope.variables), None)
        if owner is None or owner.kind == "module":
            self.facts.learn(f"global:{name}", kind)
        if owner is not None:
            owner.variables[name] = kind

    def forget(self, name: str) -> None:
        """Drop what was narrowed about the attributes of a variable."""
        variables = self.scope.function.variables
        for key in [key for key in variables if key.startswith(f"{name}.")]:
            del variables[key]

    def narrow(self, path: str, kind: Type | None) -> None:
        """Note what a test has shown about a variable or attribute."""
        self.scope.variables[path] = kind

    def narrowed(self, path: str) -> Type | None:
        """Return what is known about an attribute path from tests and assignments just before."""
        for scope in self.scope.functions():
            if path in scope.variables:
                return scope.variables[path]
        return None
