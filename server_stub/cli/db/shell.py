"""What all `ablage-server db` commands share: the database, the output, and what becomes of errors."""

from __future__ import annotations

import functools
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, ParamSpec, TypeAlias, TypeVar

import typer

from server_stub.cli.commands import CommandError
from server_stub.storage.embedded import DATABASE, EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

P = ParamSpec("P")
R = TypeVar("R")

#: The status of a program that Ctrl-C ended: 128 and the number of the signal.
_INTERRUPTED = 130

DataDir: TypeAlias = Annotated[
    Path | None, typer.Option(help="Where the embedded PostgreSQL is. [env: ABLAGE_DATA_DIR]")
]


def fail(message: str) -> NoReturn:
    """Print what went wrong, in red on a terminal, and end with status 1."""
    typer.secho(f"ablage-server: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(1)


def friendly(command: Callable[P, R]) -> Callable[P, R]:
    """Tell what users can put right in words, without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            typer.echo("ablage-server: Interrupted. Nothing is lost; run the same command again.", err=True)
            raise typer.Exit(_INTERRUPTED) from None
        except BrokenPipeError:
            raise  # whoever read what is printed has seen enough
        except Exception as error:
            from server_stub.cli.db.errors import in_words

            told = in_words(error)
            if told is None:
                raise
            fail(told)

    return run


@contextmanager
def database(url: str | None, data_dir: Path | None, *, create: bool = False) -> Iterator[str]:
    """Give the address of the database that was chosen; the embedded one runs during the block.

    Args:
        url: What was given on the command line; otherwise the settings decide.
        data_dir: Where the embedded PostgreSQL is.
        create: Whether to make the embedded one if there is none yet.
    """
    from server_stub.migrations.loop import run_async
    from server_stub.migrations.url import parse
    from server_stub.settings import load_settings
    from server_stub.storage.database import SESSIONS_LOST, create_missing, loses_sessions

    settings = load_settings(database_url=url, data_dir=data_dir)
    past_pooler = settings.database_direct_url if url is None else None
    address = past_pooler or settings.database_url
    if settings.database_url is not None and address is not None:
        parsed = parse(address.get_secret_value())
        if run_async(loses_sessions(parsed)):
            raise CommandError(f"The database address {SESSIONS_LOST}")
        yield parsed.render_as_string(hide_password=False)
        return
    directory = settings.data_dir / "postgres"
    if not create and not directory.exists():
        raise CommandError(
            f"There is no database in {settings.data_dir} yet. Run: ablage-server db upgrade, or name one "
            "with --database-url or --data-dir."
        )
    embedded = EmbeddedPostgres(directory)
    embedded.start()
    try:
        run_async(create_missing(parse(embedded.url()), DATABASE))
        yield embedded.url(DATABASE)
    finally:
        embedded.stop()


def ask(url: str, work: Callable[[AsyncConnection], Awaitable[R]]) -> R:
    """Run some work with a connection."""
    from server_stub.migrations.connection import engine
    from server_stub.migrations.loop import run_async

    async def connected() -> R:
        async with engine(url, application_name="ablage-server db").connect() as connection:
            return await work(connection)

    return run_async(connected())


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; anywhere else ``--yes`` is the only answer, so that scripts never hang."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandError(f"{question} Nobody is there to answer: pass --yes to do it.")
    typer.confirm(question, abort=True)
