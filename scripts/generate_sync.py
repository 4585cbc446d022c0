"""Write the synchronous client from the asynchronous one, or check that it is up to date.

The files of a tree of `TREES` are the source. Each becomes a file of its twin: on the syntax tree,
``async`` and ``await`` go away and names change as in `NAMES`; layout and comments stay.

    python scripts/generate_sync.py            write the generated files
    python scripts/generate_sync.py --check    fail when a file differs, is missing or is left over
"""

from __future__ import annotations

import argparse
import difflib
import re
import subprocess
import sys
from pathlib import Path

import libcst as cst
from libcst import matchers as m

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Generated from {source} by scripts/generate_sync.py: do not edit.\n"

#: Folders of asynchronous files, each with that of their synchronous twins.
TREES = {
    "ablage_sdk/_async": "ablage_sdk/_sync",
    "ablage_client_compat/_async": "ablage_client_compat/_sync",
}

#: Names that change by more than losing their ``Async``.
NAMES = {
    "_async": "_sync",
    "_async_bridge": "_sync_bridge",
    "AsyncConnection": "SyncConnection",
    "AsyncGenerator": "Generator",
    "AsyncHTTPClient": "SyncHTTPClient",
    "AsyncFileInput": "FileInput",
    "AsyncMiddleware": "SyncMiddleware",
    "AsyncSend": "SyncSend",
    "AsyncMutex": "SyncMutex",
    "AsyncFinished": "SyncFinished",
    "AsyncTask": "SyncTask",
    "AsyncBridge": "SyncBridge",
    "AsyncRuntime": "SyncRuntime",
    "AsyncTransport": "SyncTransport",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "async_pieces": "sync_pieces",
    "async_total": "sync_total",
    "async_total_of_documents": "sync_total_of_documents",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "aiter": "iter",
    "anext": "next",
    "asynccontextmanager": "contextmanager",
}
#: Words of docstrings and messages.
WORDS = (
    (r"\bawait ", ""),
    (r"\basync (for|with|def) ", r"\1 "),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b_async\b", "_sync"),
)


class Synchronous(cst.CSTTransformer):
    """Turns the syntax tree of an asynchronous module into that of its synchronous twin."""

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:
        """``await x`` is ``x``; parentheses go where only the ``await`` needed them."""
        inner = updated_node.expression
        if isinstance(inner, (cst.Call, cst.Name, cst.Attribute, cst.Subscript)):
            return inner
        return inner.with_changes(
            lpar=[*updated_node.lpar, *inner.lpar], rpar=[*inner.rpar, *updated_node.rpar]
        )

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """``async def`` is ``def``."""
        return updated_node.with_changes(asynchronous=None)

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        """``async for`` is ``for``."""
        return updated_node.with_changes(asynchronous=None)

    def leave_CompFor(self, original_node: cst.CompFor, updated_node: cst.CompFor) -> cst.CompFor:
        """Likewise in comprehensions."""
        return updated_node.with_changes(asynchronous=None)

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With:
        """``async with`` is ``with``."""
        return updated_node.with_changes(asynchronous=None)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        """Names change, wherever they stand."""
        return updated_node.with_changes(value=_name(updated_node.value))

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        """``Awaitable[X]`` and ``Coroutine[Any, Any, X]`` are ``X``; generators get all their parameters."""
        if m.matches(updated_node.value, m.Name("Awaitable") | m.Name("Coroutine")):
            last = cst.ensure_type(updated_node.slice[-1].slice, cst.Index)
            return last.value
        if m.matches(updated_node.value, m.Name("Generator")) and len(updated_node.slice) == 1:
            none = cst.SubscriptElement(cst.Index(cst.Name("None")))
            return updated_node.with_changes(slice=[*updated_node.slice, none, none])
        return updated_node

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        """What a docstring or a message says is of the other client."""
        return updated_node.with_changes(value=_words(updated_node.value))

    def leave_FormattedStringText(
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.FormattedStringText:
        """Likewise around what is filled in."""
        return updated_node.with_changes(value=_words(updated_node.value))

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        """Likewise."""
        return updated_node.with_changes(value=_words(updated_node.value))


def convert(source: str) -> str:
    """Return the synchronous twin of a module."""
    return cst.parse_module(source).visit(Synchronous()).code


def _name(name: str) -> str:
    return NAMES.get(name) or re.sub(r"^Async(?=[A-Z])", "", name)


def _words(text: str) -> str:
    for name, other in NAMES.items():
        text = re.sub(rf"\b{name}\b", other, text)
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text)
    return text


def ruff(source: str, name: str) -> str:
    """Sort imports and format, as for any other file."""
    for command in (["check", "--select", "I,F401", "--fix-only", "--quiet"], ["format", "--quiet"]):
        source = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", name, "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
    return source


def generate() -> dict[Path, str]:
    """Return the contents of every generated file."""
    files: dict[Path, str] = {}
    for tree, twin in TREES.items():
        for source in sorted((ROOT / tree).rglob("*.py")):
            target = ROOT / twin / source.relative_to(ROOT / tree)
            header = HEADER.format(source=source.relative_to(ROOT))
            files[target] = ruff(header + convert(source.read_text()), str(target))
    return files


def present() -> set[Path]:
    """Return the files that stand where generated ones belong."""
    return {path for twin in TREES.values() for path in (ROOT / twin).rglob("*.py")}


def check(files: dict[Path, str]) -> int:
    """Compare with what is there, file by file and as a set."""
    there = present()
    wrong = 0
    for path in sorted(there | files.keys()):
        old = path.read_text() if path in there else ""
        if old != files.get(path, "") or path not in files or path not in there:
            wrong += 1
            name = str(path.relative_to(ROOT))
            what = "left over" if path not in files else "missing" if path not in there else "out of date"
            print(f"{name}: {what}")
            sys.stdout.writelines(
                difflib.unified_diff(
                    old.splitlines(keepends=True), files.get(path, "").splitlines(keepends=True), name, name
                )
            )
    if wrong:
        print(f"{wrong} generated files are wrong; run: python scripts/generate_sync.py")
    return min(wrong, 1)


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 when something would change"
    )
    arguments = parser.parse_args()
    files = generate()
    if arguments.check:
        return check(files)
    for path in present() - files.keys():
        path.unlink()
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
