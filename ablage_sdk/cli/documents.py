"""``ablage upload``, ``list``, ``get``, ``text``, ``download``, ``search``, ``delete``."""

from __future__ import annotations

import glob
import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablage_sdk import ConfigurationError
from ablage_sdk.cli._context import of
from ablage_sdk.cli._output import fields, print_json, rows, say
from ablage_sdk.cli._progress import upload_all

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["add_to"]

Ids = Annotated[list[str], typer.Argument(help="Ids of documents", metavar="ID…")]


def upload(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="Files, folders or patterns such as 'scans/*.pdf'")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the text is there")] = False,
    tag: Annotated[list[str] | None, typer.Option(help="A label; may be repeated")] = None,
    metadata: Annotated[str | None, typer.Option(help="Own values as a JSON object")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text, such as de")] = None,
    backend: Annotated[str | None, typer.Option(help="Engine: auto, text-layer or tesseract")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Any label, such as invoice")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Files at the same time")] = 4,
    manifest: Annotated[
        Path | None, typer.Option(help="Remember here what was uploaded, and leave it out next time")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each document")] = 300.0,
) -> int:
    """Upload documents.

    Example: ablage upload --wait --tag invoice 'scans/*.pdf'
    """
    chosen = of(context)
    paths = list(expand(files))
    with chosen.sdk() as sdk:
        outcomes = upload_all(
            sdk,
            paths,
            wait=timeout if wait else None,
            as_json=chosen.as_json,
            concurrency=concurrency,
            manifest=manifest,
            tags=tag,
            metadata=_metadata(metadata),
            language=language,
            ocr_backend=backend,
            document_type=document_type,
        )
    return 1 if any(not outcome.ok for outcome in outcomes) else 0


def expand(patterns: list[str]) -> list[Path]:
    """Return the files that arguments name: folders with their files, patterns that no shell expanded."""
    found: list[Path] = []
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and each.name[0] != ".")
            if not inside:
                msg = f"there are no files in {pattern!r}"
                raise ConfigurationError(msg)
            found += inside
        elif path.exists() or not glob.has_magic(pattern):
            found.append(path)
        else:
            matches = sorted(Path(each) for each in glob.glob(pattern, recursive=True))  # noqa: PTH207 - whole path
            if not matches:
                msg = f"nothing matches {pattern!r}"
                raise ConfigurationError(msg)
            found += [each for each in matches if each.is_file()]
    return list(dict.fromkeys(found))


def _metadata(text: str | None) -> dict[str, JsonValue] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError as exc:
        msg = f"--metadata is not JSON: {exc}"
        raise ConfigurationError(msg) from exc
    if not isinstance(value, dict):
        msg = f"--metadata must be a JSON object such as '{{\"customer\": 4711}}'; got {text}"
        raise ConfigurationError(msg)
    return value


def list_documents(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="pending, processing, completed or failed")] = None,
    tag: Annotated[str | None, typer.Option(help="Only with this label")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Only of this type")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 for all")] = 50,
) -> None:
    """List documents, newest first.

    Example: ablage list --status failed
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        size = min(limit, 200) if limit else 200
        documents = sdk.documents.iterate(status=status, tag=tag, document_type=document_type, limit=size)
        rows(
            ("id", "status", "pages", "uploaded", "file"),
            (
                (
                    each,
                    (
                        each.id,
                        each.status,
                        each.page_count,
                        f"{each.created_at:%Y-%m-%d %H:%M}",
                        each.filename,
                    ),
                )
                for each in itertools.islice(documents, limit or None)
            ),
            as_json=chosen.as_json,
        )


def get(context: typer.Context, ids: Ids) -> None:
    """Show documents with all their fields.

    Example: ablage get 0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        for document_id in ids:
            fields(sdk.documents.get(document_id), as_json=chosen.as_json, brief=_brief)


def _brief(name: str, value: JsonValue) -> JsonValue:
    """Leave out what has commands of its own: the text, and where each line of it stands."""
    if name == "extracted_text" and isinstance(value, str):
        return f"{len(value)} characters; `ablage text` prints them"
    if name == "ocr_result" and isinstance(value, dict):
        blocks = value.get("blocks")
        count = len(blocks) if isinstance(blocks, list) else 0
        kept = {key: each for key, each in value.items() if key not in {"text", "blocks"}}
        return {**kept, "blocks": f"{count}; `ablage --json get` prints them"}
    return value


def text(context: typer.Context, ids: Ids) -> None:
    """Print the text of documents.

    Example: ablage text 0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11 > letter.txt
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        for document_id in ids:
            found = sdk.documents.get_extracted_text(document_id)
            if chosen.as_json:
                print_json({"id": document_id, "text": found})
            else:
                sys.stdout.write(found if found.endswith("\n") or not found else found + "\n")


def download(
    context: typer.Context,
    ids: Ids,
    to: Annotated[
        Path, typer.Option("--to", "-o", help="A folder, or a file name for one document")
    ] = Path(),
) -> int:
    """Download the files of documents. What broke off is taken up again.

    Example: ablage download -o letters/ 0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11
    """
    chosen, failed = of(context), False
    with chosen.sdk() as sdk:
        if len(ids) == 1:
            print(sdk.documents.download(ids[0], to))
            return 0
        if not to.is_dir():
            msg = f"{str(to)!r} is not a folder; several documents need one"
            raise ConfigurationError(msg)
        for outcome in sdk.documents.download_many(ids, to):
            failed |= not outcome.ok
            if outcome.error is not None:
                say(f"{outcome.item}: {outcome.error}")
            else:
                print(outcome.unwrap())
    return 1 if failed else 0


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words to look for")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most")] = 20,
) -> None:
    """Search the text of all documents.

    Example: ablage search Rechnung 2026
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        hits = sdk.documents.search(" ".join(words), limit=limit)
        rows(
            ("id", "score", "file", "passage"),
            (
                (hit, (hit.id, f"{hit.score:.3f}", hit.filename, _passage(hit.highlight)))
                for hit in hits.items
            ),
            as_json=chosen.as_json,
        )


def _passage(highlight: str) -> str:
    import html  # noqa: PLC0415 - only here

    plain = highlight.replace("<mark>", "»").replace("</mark>", "«")
    return " ".join(html.unescape(plain).split())


def delete(
    context: typer.Context,
    ids: Ids,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")] = False,
) -> int:
    """Delete documents.

    Example: ablage delete --yes 0199d6a2-7c31-7b1e-9d2a-1c9a5f0e7b11
    """
    chosen = of(context)
    if not yes:
        typer.confirm(f"Delete {len(ids)} document{'s' if len(ids) > 1 else ''}?", abort=True, err=True)
    with chosen.sdk() as sdk:
        result = sdk.documents.delete_many(ids)
    rows(
        ("id", "outcome"),
        ((each, (each.id, each.status)) for each in result.results),
        as_json=chosen.as_json,
    )
    return 0 if result.deleted == len(result.results) else 1


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("upload")(upload)
    app.command("list")(list_documents)
    app.command("get")(get)
    app.command("text")(text)
    app.command("download")(download)
    app.command("search")(search)
    app.command("delete")(delete)
