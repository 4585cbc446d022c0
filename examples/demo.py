"""The whole way on real documents: a server, the new client, the old client.

Starts a server on an embedded PostgreSQL, uploads documents, waits for their text, shows it in a table, then
runs a program written for the old client, unmodified, and compares what the two clients read.

    python examples/demo.py                     the documents beside this file
    python examples/demo.py a.pdf scans/*.png   your own
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ablage_sdk import AblageError, AblageSDK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ablage_sdk import Document

HERE = Path(__file__).parent
DOCUMENTS = HERE / "documents"
SUFFIXES = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
#: The document that is broken on purpose: it has to fail, with a code, and nothing else may.
BROKEN = "broken.pdf"
#: What may differ between the true text of an example and what was read, white space aside.
TOLERANCE = 0.05
WAIT_SECONDS = 300.0

#: Wide enough for the table also where the output is no terminal.
console = Console() if sys.stdout.isatty() else Console(width=132)


def main(arguments: list[str]) -> int:
    """Run the demo; the exit code is 0 only when everything went as it should."""
    paths = [Path(argument) for argument in arguments] or example_documents()
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        console.print(f"[red]No such file: {', '.join(missing)}[/]")
        return 2
    key = f"ak_live_{secrets.token_urlsafe(32)}"
    with tempfile.TemporaryDirectory(prefix="ablage-demo-") as folder, serving(Path(folder), key) as url:
        with AblageSDK(api_key=key, base_url=url) as sdk:
            results = read_all(sdk, paths)
        console.print(as_table(results))
        problems = [problem for path, document in results for problem in check(path, document)]
        problems += compare_clients(results, url, key)
    for problem in problems:
        console.print(f"[red]✗ {problem}[/]")
    if not problems:
        console.print(f"[green]✓ {len(results)} documents: the new and the old client give the same text.[/]")
    return 1 if problems else 0


def example_documents() -> list[Path]:
    """The documents that come with the project."""
    return sorted(path for path in DOCUMENTS.iterdir() if path.suffix in SUFFIXES)


@contextmanager
def serving(folder: Path, key: str) -> Iterator[str]:
    """Run ``ablage-server serve`` on a free port, as a process of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("ablage-server")), "serve", "--port", str(port)]
    environment = {**os.environ, "ABLAGE_BOOTSTRAP_API_KEY": key, "ABLAGE_DATA_DIR": str(folder / "data")}
    environment.pop("DATABASE_URL", None)
    log = folder / "server.log"
    started = time.monotonic()
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        with console.status("Starting the server on an embedded PostgreSQL"):
            wait_until_ready(server, url, log)
        console.print(f"Server at {url}, ready after {time.monotonic() - started:.1f} s")
        yield url
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        console.print("Server and database stopped")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Ask for readiness until the server says so; stop at once when it has ended."""
    with AblageSDK(base_url=url, api_key="-", max_retries=0) as sdk:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if server.poll() is not None:
                break
            try:
                sdk.health.ready()
            except AblageError:
                time.sleep(0.2)
            else:
                return
    raise SystemExit(f"The server did not start. It said:\n{log.read_text(errors='replace')}")


def read_all(sdk: AblageSDK, paths: list[Path]) -> list[tuple[Path, Document]]:
    """Upload every file, then wait until each one is finished."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        uploading = progress.add_task("uploading", total=len(paths))
        reading = progress.add_task("reading", total=len(paths))
        uploaded = []
        for path in paths:
            uploaded.append(sdk.documents.upload(path))
            progress.advance(uploading)
        results = []
        for path, document in zip(paths, uploaded, strict=True):
            finished = sdk.documents.wait_for_completion(
                document.id, timeout=WAIT_SECONDS, raise_on_failure=False
            )
            results.append((path, finished))
            progress.advance(reading)
    return results


def as_table(results: list[tuple[Path, Document]]) -> Table:
    """What was read, a row a document."""
    table = Table(
        "file", "pages", "status", "backend", "confidence", "seconds", "first words", title="Documents"
    )
    for path, document in results:
        result = document.ocr_result
        words = " ".join((document.extracted_text or "").split()[:6])
        table.add_row(
            path.name,
            str(document.page_count or "–"),
            document.status,
            "–" if result is None else result.backend,
            "–" if document.confidence_score is None else f"{document.confidence_score:.4f}",
            "–" if result is None else f"{result.metadata.processing_time:.2f}",
            words or (f"{document.error.code}: {document.error.message}" if document.error else "–"),
        )
    return table


def check(path: Path, document: Document) -> list[str]:
    """Compare a result with the true text beside the file, where there is one."""
    if path.parent == DOCUMENTS and path.name == BROKEN:
        failed = document.status == "failed" and document.error is not None
        return [] if failed else [f"{path.name} is broken, yet it ended {document.status}"]
    if document.status != "completed":
        return [f"{path.name} ended {document.status}: {document.error}"]
    truth = path.with_suffix(".txt")
    if path.parent != DOCUMENTS:
        return []
    distance = difference(truth.read_text("utf-8"), document.extracted_text or "")
    return [] if distance <= TOLERANCE else [f"{path.name}: {distance:.1%} of the text is wrong"]


def difference(truth: str, text: str) -> float:
    """The share of ``truth`` that is not in ``text`` in the same order, white space aside."""
    rows = ["".join(truth.split()), "".join(text.split())]
    previous = list(range(len(rows[1]) + 1))
    for i, expected in enumerate(rows[0], 1):
        current = [i]
        for j, got in enumerate(rows[1], 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (expected != got)))
        previous = current
    return previous[-1] / max(1, len(rows[0]))


def compare_clients(results: list[tuple[Path, Document]], url: str, key: str) -> list[str]:
    """Run a program of the old client, unmodified, and compare what it read."""
    program = HERE / "legacy_report.py"
    command = [sys.executable, "-m", "ablage_client_compat", str(program)]
    environment = {**os.environ, "ABLAGE_BASE_URL": url, "ABLAGE_API_KEY": key}
    console.print(f"\nA program of the old client, unmodified: python -m ablage_client_compat {program.name}")
    shown = subprocess.run(command, env=environment, check=False)
    told = subprocess.run(
        [*command, "--json"], env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if shown.returncode or told.returncode:
        return [f"{program.name} ended with exit code {shown.returncode or told.returncode}"]
    old = {row["id"]: row["text"] for row in json.loads(told.stdout)}
    return [
        f"{path.name}: the old client gives another text than the new one"
        for path, document in results
        if old.get(document.id, "") != (document.extracted_text or "")
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
