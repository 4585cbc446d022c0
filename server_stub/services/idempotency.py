"""Idempotency keys: the same request twice has one effect and one answer.

The answer is stored in the transaction that has the effect, so a crash leaves both or neither. While a
request runs it holds an advisory lock that dies with its connection; whoever comes meanwhile is told to
come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from server_stub.errors import ConflictError, InvalidRequestError
from server_stub.storage.queries import idempotency as kept

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from server_stub.services.access import Actor
    from server_stub.services.context import Services
    from server_stub.storage.queries.idempotency import KeptAnswer

T = TypeVar("T")
MAX_KEY = 255


class AnsweredBeforeError(Exception):
    """The same request was answered before, and nothing was done now.

    Args:
        answer: What it was answered.
    """

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__("This request was answered before.")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim(Generic[T]):
    """A wish to have one effect, however often it is made.

    Attributes:
        key: What names it.
        request_hash: A hash of everything that was asked for.
        answer: Returns what to keep of the outcome for whoever asks again.
    """

    key: str
    request_hash: str
    answer: Callable[[T], KeptAnswer]


async def once(
    services: Services,
    actor: Actor,
    claim: Claim[T] | None,
    work: Callable[[AsyncConnection], Awaitable[T]],
) -> T:
    """Do the work in a transaction, unless it was done before under the same key.

    Args:
        services: The running server.
        actor: Whose key it is.
        claim: The key; ``None`` to do the work in any case. Releases that keep no keys always do.
        work: What has the effect.

    Raises:
        AnsweredBeforeError: It was done before.
        ConflictError: A request with this key runs at this moment.
        InvalidRequestError: The key was used for another request.
    """
    async with services.db.begin() as conn:
        if claim is None or not services.release.has_idempotency_keys:
            return await work(conn)
        if not await kept.lock(conn, actor.user_id, claim.key):
            raise ConflictError(
                "A request with this Idempotency-Key is still running. Send it again in a moment.",
                code="IDEMPOTENCY_KEY_IN_USE",
                wait=1,
            )
        earlier = await kept.find(conn, actor.user_id, claim.key)
        if earlier is None:
            outcome = await work(conn)
            await kept.keep(conn, actor.user_id, claim.key, claim.request_hash, claim.answer(outcome))
            return outcome
    request_hash, answer = earlier
    if request_hash != claim.request_hash:
        raise InvalidRequestError(
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            code="IDEMPOTENCY_KEY_REUSED",
        )
    raise AnsweredBeforeError(answer)
