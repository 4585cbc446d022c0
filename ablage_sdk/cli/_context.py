"""What the global options decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablage_sdk.cli._settings import client

if TYPE_CHECKING:
    import typer

    from ablage_sdk import AblageSDK

__all__ = ["Context", "of"]


@dataclass(slots=True)
class Context:
    """The global options, and the client they make."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    as_json: bool = False

    def sdk(self) -> AblageSDK:
        """Return a client; close it."""
        return client(self.base_url, self.api_key)


def of(context: typer.Context) -> Context:
    """Return the options of a command."""
    found = context.obj
    return found if isinstance(found, Context) else Context()
