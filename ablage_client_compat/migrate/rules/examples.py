"""The examples of the table as complete programs, for the documentation and for the test of the codemod."""

from __future__ import annotations

from ablage_client_compat.migrate.rules.model import Class, Member, Method, Row
from ablage_client_compat.migrate.rules.rows import VARIABLES

__all__ = ["example", "program", "title"]

_CUT = "# ---\n"
_IMPORT = "from ablage_client import AblageClient\n"
_ASYNC = (
    "from ablage_client import AsyncAblageClient\n\nasync def main():\n    client = AsyncAblageClient()\n"
)
_CLIENT = "client = AblageClient()\n"


def title(row: Row) -> str:
    """Return how the documentation names a row: ``client.documents.get()``, ``Document.ocr_text``."""
    call = "()" if isinstance(row, Method) else ""
    if isinstance(row, Class):
        return row.name
    if row.owner in VARIABLES and VARIABLES[row.owner][0].startswith("client"):
        return f"{VARIABLES[row.owner][0]}.{row.name}{call}"
    if row.owner == "AsyncAblageClient":
        return f"client.{row.name}()"
    if row.owner.islower():
        return f"client.{row.owner}.{row.name}{call}"
    return f"{row.owner}.{row.name}{call}"


def program(row: Row) -> str:
    """Return the example of a row with what it needs before it."""
    if isinstance(row, Class) and row.owner != "AblageError":
        return _CUT + row.before + "\n"
    if isinstance(row, Class):
        return f"from ablage_client import AblageClient, {row.name}\n{_CLIENT}{_CUT}{row.before}\n"
    if isinstance(row, Member) and row.owner not in VARIABLES:
        error = "AblageAPIError" if row.owner == "AblageError" else row.owner
        attempt = "try:\n    client.documents.delete(doc_id)\n"
        caught = f"{attempt}except {error} as error:\n    {_CUT}    {row.before}\n"
        return f"from ablage_client import AblageClient, {error}\n{_CLIENT}{caught}"
    if row.dialect == "async":
        indented = row.before.replace("\n", "\n    ")
        return f"{_ASYNC}    {_CUT}    {indented}\n"
    owner = row.owner
    names = ["AblageClient"]
    before = row.before
    setup = ""
    cls = "PaginatedResponse" if owner == "Page" else owner
    if before.startswith(f"{cls}."):
        names.append(cls)
    elif owner in VARIABLES and VARIABLES[owner][1]:
        variable, origin = VARIABLES[owner]
        setup = f"{variable} = {origin}\n"
    return f"from ablage_client import {', '.join(names)}\n{_CLIENT}{setup}{_CUT}{before}\n"


def example(rewritten: str) -> str:
    """Return the example in a program, or in what the codemod made of it."""
    lines = rewritten.partition(_CUT)[2].splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return "\n".join(line[indent:] for line in lines).strip()
