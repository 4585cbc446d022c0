"""Uses of what is deprecated: announced to the client, counted, and logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.api import versions
from server_stub.observability import metrics
from server_stub.observability.logs import get_logger

if TYPE_CHECKING:
    from server_stub.api.request_context import RequestContext
    from server_stub.services.access import Actor

log = get_logger(__name__)


def note_use(context: RequestContext, actor: Actor, endpoint: str, instead: str, successor: str) -> None:
    """Note one use of a deprecated endpoint.

    Args:
        context: The request; its answer gets the headers.
        actor: Who uses it.
        endpoint: What is used, such as ``GET /documents/{id}/ocr-text``.
        instead: What takes its place, in the same way.
        successor: The path of what takes its place.
    """
    context.headers |= versions.deprecation_headers(
        f"{endpoint} is deprecated. Use {instead} instead.", successor
    )
    metrics.DEPRECATED_USES.labels(endpoint, actor.credential).inc()
    log.info("Deprecated.", endpoint=endpoint, user_id=str(actor.user_id), client=actor.credential)
