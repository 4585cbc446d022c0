"""The walk over a file: from node to handler, and what handlers ask and tell on their way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import libcst as cst

from ablage_client_compat.migrate.code.edits import CallSite, Edits, children
from ablage_client_compat.migrate.code.nodes import as_text, parenthesized
from ablage_client_compat.migrate.code.scope import Scope
from ablage_client_compat.migrate.rules.index import index
from ablage_client_compat.migrate.rules.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ablage_client_compat.migrate.code.facts import Facts
    from ablage_client_compat.migrate.code.flags import Flags

__all__ = ["Walk", "on"]

N = TypeVar("N", bound=cst.CSTNode)
Handler: TypeAlias = "Callable[[Walk, N], Type | None]"
_HANDLERS: dict[type[cst.CSTNode], Callable[[Walk, Any], Type | None]] = {}
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


class Walk:
    """One walk over one file.

    Attributes:
        flags: What is known of the file before.
        facts: What is learnt about it as a whole.
        edits: What is to be changed.
        scope: The names in sight.
    """

    def __init__(self, flags: Flags, facts: Facts) -> None:
        self.rules = index()
        self.flags = flags
        self.facts = facts
        self.edits = Edits()
        self.scope = Scope("module")
        #: Whether any expression may take the place of the node that is visited, without parentheses.
        self.loose = False
        #: The quotes of the formatted strings around it.
        self.quotes: list[str] = []
        #: Inside a decorator, where an address is one of the program itself.
        self.decorating = False
        #: Inside the arguments of a call of an HTTP library.
        self.calling_http = False
        #: Whether the program itself serves a path that looks like an old one of the API.
        self.serves_old_path = False
        self._statements: list[cst.CSTNode] = []

    # --- walking

    def visit(self, node: cst.CSTNode, *, loose: bool = False) -> Type | None:
        """Walk a node and return its type.

        Args:
            node: An expression or statement.
            loose: Whether any expression may take its place without parentheses.
        """
        if self.edits.skipped and id(node) in self.edits.skipped:
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
        edits, statements = self.edits, self._statements
        self.edits, self._statements = edits.aside(), []
        try:
            return self.visit(node)
        finally:
            self.edits, self._statements = edits, statements

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
        if not self.flags.asynchronous or not self._statements:
            return
        scope, place = self.scope, ""
        while scope.kind == "inner" and scope.parent is not None:
            place = place or scope.name
            scope = scope.parent
        caller = scope.name if scope.kind == "function" else ""
        self.edits.sites.append(CallSite(kind, node, caller, callee, place, loose, self._statements[-1]))

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
        self.define(name, kind)
        if scope.kind == "module":
            self.facts.learn(f"global:{name}", kind)
        elif scope.kind == "class":
            self.facts.learn(f"attr:{scope.name}.{name}", kind)

    def define(self, name: str, kind: Type | None) -> None:
        """Note what an import or definition binds."""
        _writable(self.scope.function)[name] = kind

    def declare_global(self, names: Iterable[str]) -> None:
        """Names of the module are assigned in this function."""
        self.scope.function.globals.update(names)

    def variables(self) -> dict[str, Type | None]:
        """Return a copy of the innermost names, for `restore`."""
        return dict(self.scope.variables)

    def restore(self, variables: Mapping[str, Type | None]) -> None:
        """Go on with these innermost names: another branch begins, or branches have come together."""
        names = _writable(self.scope)
        names.clear()
        names.update(variables)

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
            _writable(owner)[name] = kind

    def forget(self, name: str) -> None:
        """Drop what was narrowed about the attributes of a variable."""
        variables = _writable(self.scope.function)
        for key in [key for key in variables if key.startswith(f"{name}.")]:
            del variables[key]

    def narrow(self, path: str, kind: Type | None) -> None:
        """Note what a test has shown about a variable or attribute."""
        _writable(self.scope)[path] = kind

    def narrowed(self, path: str) -> Type | None:
        """Return what is known about an attribute path from tests and assignments just before."""
        for scope in self.scope.functions():
            if path in scope.variables:
                return scope.variables[path]
        return None


def _writable(scope: Scope) -> dict[str, Type | None]:
    """Return the variables of a scope for the walk, which alone may change them."""
    return cast("dict[str, Type | None]", scope.variables)
