"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DataDir: TypeAlias = Annotated[
    Path | None, typer.Option(help="Where files and the embedded PostgreSQL are. [env: ABLAGE_DATA_DIR]")
]
DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(help="postgresql://USER:PASSWORD@HOST:PORT/NAME; without it: embedded. [env: DATABASE_URL]"),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
