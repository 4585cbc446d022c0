"""Write the synchronous client from the asynchronous one, or check that it is up to date.

``_async/`` is the source. Each of its files becomes a file of ``_sync/``: token by token, ``async`` and
``await`` go away and names change as in `NAMES`; layout and comments stay.

    python scripts/generate_sync.py            write ablage_sdk/_sync/
    python scripts/generate_sync.py --check    fail when a file differs, is missing or is left over
"""

from __future__ import annotations

import argparse
import difflib
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "ablage_sdk" / "_async"
TARGET = ROOT / "ablage_sdk" / "_sync"
HEADER = "# Generated from {source} by scripts/generate_sync.py: do not edit.\n"

#: Names that change by more than losing their ``Async``.
NAMES = {
    "_async": "_sync",
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


def convert(source: str) -> str:
    """Return the synchronous twin of a module."""
    pieces: list[str] = []
    row, column = 1, 0
    lines = source.splitlines(keepends=True)
    drop_space = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        start_row, start_column = token.start
        gap = _between(lines, (row, column), (start_row, start_column))
        pieces.append(gap.lstrip(" ") if drop_space else gap)
        row, column = token.end
        drop_space = token.type == tokenize.NAME and token.string in {"async", "await"}
        if not drop_space:
            pieces.append(_token(token))
    return _unwrap("".join(pieces))


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start >= end or start[0] > len(lines):
        return ""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return lines[start[0] - 1][start[1] :] + "".join(middle) + last


def _token(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return _name(token.string)
    if token.type in {tokenize.STRING, tokenize.COMMENT}:
        return _words(token.string)
    return token.string


def _name(name: str) -> str:
    return NAMES.get(name) or re.sub(r"^Async(?=[A-Z])", "", name)


def _words(text: str) -> str:
    for name, other in NAMES.items():
        text = re.sub(rf"\b{name}\b", other, text)
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text)
    return text


def _unwrap(source: str) -> str:
    """``Awaitable[X]`` and ``Coroutine[Any, Any, X]`` become ``X``; generators get all their parameters."""
    source = re.sub(r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1", source)
    source = re.sub(r"\bCoroutine\[Any, Any, ((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1", source)
    source = re.sub(r"(from collections\.abc import [^\n]*?)\bAwaitable, ", r"\1", source)
    source = re.sub(r"\n *from collections\.abc import Awaitable\n", "\n", source)
    return re.sub(r"\bGenerator\[((?:[^\[\],]|\[[^\[\]]*\])*)\]", r"Generator[\1, None, None]", source)


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
    for source in sorted(SOURCE.rglob("*.py")):
        target = TARGET / source.relative_to(SOURCE)
        header = HEADER.format(source=source.relative_to(ROOT))
        files[target] = ruff(header + convert(source.read_text()), str(target))
    return files


def check(files: dict[Path, str]) -> int:
    """Compare with what is there, file by file and as a set."""
    present = set(TARGET.rglob("*.py"))
    wrong = 0
    for path in sorted(present | files.keys()):
        old = path.read_text() if path in present else ""
        if old != files.get(path, "") or path not in files or path not in present:
            wrong += 1
            name = str(path.relative_to(ROOT))
            what = "left over" if path not in files else "missing" if path not in present else "out of date"
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
    for path in set(TARGET.rglob("*.py")) - files.keys():
        path.unlink()
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != content:
            path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
