"""The same for many items, several at a time."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ablage_sdk._bulk import Manifest, Outcome
from ablage_sdk._concurrency import AsyncRuntime
from ablage_sdk._exceptions import AblageError, ConfigurationError, NotFoundError
from ablage_sdk._files import safe_name, same_file
from ablage_sdk._tasks import AsyncFinished, AsyncTask

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
    from typing import Protocol

    from ablage_sdk._async.resources._document_files import AsyncDocumentFiles
    from ablage_sdk._models.document import Document
    from ablage_sdk._sources import Progress

    class Upload(Protocol):
        """``documents.upload`` with everything but the file and the key decided."""

        def __call__(
            self, file: Path, *, progress: Progress | None, idempotency_key: str | None
        ) -> Awaitable[Document]: ...


ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_END: Final = object()


async def each(
    function: Callable[[ItemT], Awaitable[ResultT]],
    items: Iterable[ItemT],
    *,
    concurrency: int,
    ordered: bool,
) -> AsyncGenerator[Outcome[ItemT, ResultT]]:
    """Call a function with every item, several at a time; items are taken as they are needed."""
    if concurrency < 1:
        msg = f"concurrency must be 1 or more; got {concurrency!r}"
        raise ConfigurationError(msg)
    running: deque[AsyncTask[Outcome[ItemT, ResultT]]] = deque()
    finished: AsyncFinished[Outcome[ItemT, ResultT]] = AsyncFinished()
    remaining = iter(items)
    try:
        while True:
            while len(running) < concurrency:
                item = next(remaining, _END)
                if item is _END:
                    break
                running.append(AsyncTask(partial(_outcome, function, item), finished))  # type: ignore[arg-type]  # not _END
            if not running:
                return
            task = running[0] if ordered else await finished.get()
            outcome = await task.result()
            running.remove(task)
            yield outcome
    finally:
        for task in running:
            task.cancel()


async def _outcome(function: Callable[[ItemT], Awaitable[ResultT]], item: ItemT) -> Outcome[ItemT, ResultT]:
    try:
        return Outcome(item, await function(item))
    except AblageError as exc:
        return Outcome(item, error=exc)


async def upload_one(
    upload: Upload,
    get: Callable[[str], Awaitable[Document]],
    manifest: Manifest | None,
    told: Callable[[Path, int, int | None], None] | None,
    file: Path,
) -> Document:
    """Upload a file, unless the manifest says that it was uploaded before."""
    progress = None if told is None else partial(told, file)
    if manifest is None:
        return await upload(file, progress=progress, idempotency_key=None)
    try:
        key, known = await AsyncRuntime.call_blocking(manifest.begin, file)
    except OSError as exc:
        msg = f"cannot read {str(file)!r}: {exc.strerror or exc}"
        raise ConfigurationError(msg) from exc
    if known is not None:
        try:
            return await get(known)
        except NotFoundError:
            key = await AsyncRuntime.call_blocking(manifest.forget, file)
    document = await upload(file, progress=progress, idempotency_key=key)
    await AsyncRuntime.call_blocking(manifest.done, file, document.id)
    return document


async def download_one(documents: AsyncDocumentFiles, directory: Path, document_id: str) -> Path:
    """Download a document into a directory, unless it is there already."""
    document = await documents.get(document_id)
    name = Path(safe_name(document.filename, document_id))
    target = directory / f"{name.stem}-{document.id}{name.suffix}"
    if await AsyncRuntime.call_blocking(same_file, target, document.size, document.sha256):
        return target
    return await documents.download(document_id, target)


async def manifest_of(path: str | os.PathLike[str] | None) -> Manifest | None:
    """Open a manifest, if one is wanted."""
    return None if path is None else await AsyncRuntime.call_blocking(Manifest, Path(path))
