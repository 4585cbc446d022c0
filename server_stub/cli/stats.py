"""`ablage-server stats`."""

from __future__ import annotations

from server_stub.cli.options import AsJson, DatabaseUrl, DataDir  # noqa: TC001 - typer reads annotations
from server_stub.cli.output import print_row


def stats(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Print how much of everything there is.

    Example: ablage-server stats --json
    """
    from server_stub.cli.services import call
    from server_stub.services.statistics import count

    print_row(call(count, data_dir, database_url), as_json=as_json)
