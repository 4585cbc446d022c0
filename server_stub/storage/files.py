"""Where the bytes of documents are kept: a folder, or anything S3-compatible.

The store's blocking functions run in threads. Its own coroutines finish on a foreign thread that a process
ending soon afterwards would crash in (seen as SIGABRT in half of the runs).
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from anyio import open_file
from anyio.to_thread import run_sync
from obstore.store import LocalStore, from_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from obstore import GetOptions
    from obstore.store import ObjectStore

#: Bytes that a stream gives at a time.
CHUNK = 256 * 1024
#: How many files are listed at a time.
LIST_BATCH = 1000

_INCOMING = "incoming"


class FileStore:
    """Files by key.

    Args:
        location: A folder, or an address such as ``s3://bucket/prefix``; what the address leaves open
            comes from the usual environment variables (``AWS_REGION``, ``AWS_ACCESS_KEY_ID``,
            ``AWS_ENDPOINT_URL``, …).
        scratch: A folder for uploads on their way to a remote store. A local store keeps them in
            itself, so that taking one in is a rename.
    """

    def __init__(self, location: Path | str, *, scratch: Path | None = None) -> None:
        self._root: Path | None = None
        if isinstance(location, Path) or "://" not in location:
            self._root = Path(location).resolve()
            self._root.mkdir(parents=True, exist_ok=True)
            self._store: ObjectStore = LocalStore(self._root)
            self.scratch = self._root / _INCOMING
        else:
            self._store = from_url(location)
            self.scratch = (scratch or Path.cwd()) / _INCOMING
        self.scratch.mkdir(parents=True, exist_ok=True)

    async def put(self, path: Path, key: str) -> None:
        """Store a file under a key. A file that lies in `scratch` may be moved instead of copied."""
        if self._root is not None and path.is_relative_to(self.scratch):
            await run_sync(self._store.rename, path.relative_to(self._root).as_posix(), key)
        else:
            await run_sync(self._store.put, key, path)

    async def stream(
        self, key: str, start: int | None = None, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Give the bytes from ``start`` up to, not including, ``end``, in chunks of about 256 KB.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        options: GetOptions = {}
        if end is not None:
            options["range"] = (start or 0, end)
        elif start:
            options["range"] = {"offset": start}
        result = await run_sync(partial(self._store.get, key, options=options))
        chunks = iter(result.stream(CHUNK))
        while (chunk := await run_sync(next, chunks, None)) is not None:
            yield bytes(chunk)

    async def size(self, key: str) -> int:
        """Return the size in bytes.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        return int((await run_sync(self._store.head, key))["size"])

    async def delete(self, key: str) -> None:
        """Delete a file; one that is already gone is fine."""
        try:
            await run_sync(self._store.delete, key)
        except FileNotFoundError:
            return

    async def get_to(self, key: str, path: Path) -> None:
        """Copy a stored file to a path.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        async with await open_file(path, "wb") as target:
            async for chunk in self.stream(key):
                await target.write(chunk)

    @asynccontextmanager
    async def as_path(self, key: str) -> AsyncIterator[Path]:
        """Give a path to read a stored file from: the file itself, or a copy for as long as the block runs.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        if self._root is not None:
            await run_sync(self._store.head, key)
            yield self._root / key
            return
        copy = self.scratch / uuid4().hex
        try:
            await self.get_to(key, copy)
            yield copy
        finally:
            await run_sync(partial(copy.unlink, missing_ok=True))

    async def older_than(self, prefix: str, before: datetime) -> AsyncIterator[dict[str, int]]:
        """Give the files under a prefix that were stored before a time: bytes by key, a batch at a time."""
        batches = iter(self._store.list(prefix, chunk_size=LIST_BATCH))
        while (batch := await run_sync(next, batches, None)) is not None:
            yield {meta["path"]: meta["size"] for meta in batch if meta["last_modified"] < before}

    async def abandoned(self, before: datetime) -> list[str]:
        """Return the names of uploads on their way that nobody has written to since a time."""

        def look() -> list[str]:
            limit = before.timestamp()
            found = []
            for path in self.scratch.iterdir():
                with suppress(FileNotFoundError):  # it has just arrived
                    if path.stat().st_mtime < limit:
                        found.append(path.name)
            return found

        return await run_sync(look)

    async def discard(self, names: Sequence[str]) -> None:
        """Delete uploads on their way."""
        for name in names:
            await run_sync(partial((self.scratch / name).unlink, missing_ok=True))

    async def check(self) -> None:
        """Write and delete a small file.

        Raises:
            Exception: Whatever the store says when it cannot be written to.
        """
        key = f"{_INCOMING}/check-{uuid4().hex}"
        await run_sync(self._store.put, key, b"ablage")
        await run_sync(self._store.delete, key)
