"""What the async client had for itself; the rest is as in `client`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Method
from ablage_client_compat.migrate.rules.signatures import takes
from ablage_client_compat.migrate.rules.types import Type, completed, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_method = partial(Method, owner="AsyncAblageClient", dialects="async")


RULES: list[Rule] = [
    _method(
        name="upload_many",
        example="""
            >>> documents = await client.upload_many(paths, concurrency=8)
            documents = [one.unwrap() async for one in client.documents.upload_many(paths, concurrency=8, ordered=True)]
        """,
        parameters=takes("paths", concurrency="5"),
        expression="[one.unwrap() async for one in client.documents.upload_many(paths, concurrency=concurrency, ordered=True)]",
        returns=container("list", Type("Document")),
        written="Write `sdk.documents.upload_many(paths, concurrency=…)`.",
    ),
    _method(
        name="batch_upload",
        example="""
            >>> documents = await client.batch_upload(paths)
            documents = [await client.documents.upload(path) for path in paths]
        """,
        parameters=takes("paths"),
        expression="[await client.documents.upload(path) for path in paths]",
        returns=container("list", Type("Document")),
        written="Write `sdk.documents.upload_many(paths)`.",
        peculiar=True,
    ),
    _method(
        name="wait_for_all",
        example="""
            >>> documents = await client.wait_for_all(ids, timeout=60)
            documents = [one.unwrap() async for one in client.documents.wait_many(ids, timeout=60, ordered=True)]
        """,
        parameters=takes("document_ids", timeout="300"),
        expression="[one.unwrap() async for one in client.documents.wait_many(document_ids, timeout=timeout, ordered=True)]",
        returns=container("list", completed("Document")),
        written="Write `sdk.documents.wait_many(document_ids, timeout=…)`.",
    ),
]
