"""The releases that the server can run as, and what each of them has.

Release 1.0 is there for fleets in the middle of an upgrade or on the way back, and for testing clients
against it. What it calls the columns is told by `server_stub.storage.release_1_0`; on which databases it
works, by `server_stub.migrations.guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

ReleaseName: TypeAlias = Literal["1.0", "2.0"]
ApiVersion: TypeAlias = Literal["1.0", "2.0"]


@dataclass(frozen=True, slots=True)
class Release:
    """What a release of the server has.

    Attributes:
        name: Its name, such as ``2.0``.
        api_versions: The versions of the API that it knows, the oldest first.
        announces_versions: Whether it tells clients which versions there are and what is deprecated:
            ``GET /api``, ``X-API-Supported-Versions`` and the headers of deprecated endpoints.
        has_idempotency_keys: Whether it remembers answers by ``Idempotency-Key``; others ignore the header.
        has_webhooks: Whether it has webhooks. All releases write events down.
    """

    name: ReleaseName
    api_versions: tuple[ApiVersion, ...]
    announces_versions: bool
    has_idempotency_keys: bool
    has_webhooks: bool


RELEASE_1_0 = Release(
    name="1.0",
    api_versions=("1.0",),
    announces_versions=False,
    has_idempotency_keys=False,
    has_webhooks=False,
)
RELEASE_2_0 = Release(
    name="2.0",
    api_versions=("1.0", "2.0"),
    announces_versions=True,
    has_idempotency_keys=True,
    has_webhooks=True,
)

RELEASES: Mapping[ReleaseName, Release] = MappingProxyType({"1.0": RELEASE_1_0, "2.0": RELEASE_2_0})
