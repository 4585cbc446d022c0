"""What the global options decide."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from ablage_sdk.cli._settings import client

if TYPE_CHECKING:
    from ablage_sdk import AblageSDK

__all__ = ["Context", "ask_secret", "of"]


@dataclass(slots=True)
class Context:
    """The global options, and the client they make."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    as_json: bool = False

    def sdk(self) -> AblageSDK:
        """Return a client; close it."""
        return client(self.base_url, self.api_key)


def ask_secret(prompt: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it; from a pipe, take a line of it."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


def of(context: typer.Context) -> Context:
    """Return the options of a command."""
    found = context.obj
    return found if isinstance(found, Context) else Context()
