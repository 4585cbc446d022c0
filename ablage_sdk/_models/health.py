"""The state of a server."""

from __future__ import annotations

from pydantic import Field

from ablage_sdk._models._base import Model, Resource, Timestamp

__all__ = ["APIVersion", "Health", "Readiness", "ServerVersions"]


class Health(Resource):
    """The server process is alive.

    Attributes:
        status: ``ok``.
        release: Release of the server; ``None`` before 2.0.
    """

    status: str
    release: str | None = None


class Readiness(Resource):
    """Whether the server can serve; what exactly was checked is in ``model_extra``.

    Attributes:
        status: In a word.
    """

    status: str

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.response_info is not None and self.response_info.status_code == 200  # noqa: PLR2004 - OK


class APIVersion(Model):
    """A version of the API.

    Attributes:
        version: Such as ``2.0``.
        status: Such as ``current`` or ``deprecated``.
        enabled: Whether the server answers in it.
        path: Prefix of its addresses.
        deprecated_at: Since when it is deprecated.
        sunset_at: When it will be removed.
    """

    version: str
    status: str
    enabled: bool = True
    path: str | None = None
    deprecated_at: Timestamp | None = None
    sunset_at: Timestamp | None = None


class ServerVersions(Resource):
    """What a server speaks.

    Attributes:
        release: Release of the server.
        default_version: What it speaks unless asked otherwise.
        versions: All that it knows.
    """

    release: str
    default_version: str | None = None
    versions: list[APIVersion] = Field(default_factory=list)
