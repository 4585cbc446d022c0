"""What ``client.documents`` and its like share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ablage_client_compat.names import no_such_name

if TYPE_CHECKING:
    import ablage_sdk
    from ablage_client_compat.connection import Connection

__all__ = ["Resource"]


class Resource:
    """A group of methods of the old client."""

    #: The way to it in legacy code.
    _path: ClassVar[str]

    def __init__(self, connection: Connection[ablage_sdk.AblageSDK]) -> None:
        self._connection = connection

    @property
    def _sdk(self) -> ablage_sdk.AblageSDK:
        return self._connection.sdk

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            raise no_such_name(self._path, name, dir(type(self)))

    def __repr__(self) -> str:
        return f"<{self._path}>"
