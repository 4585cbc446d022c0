"""The examples of the rules as complete programs, for the documentation and for the test of the codemod."""

from __future__ import annotations

from ablage_client_compat.migrate.rules.model import Class, Member, Method, Rule
from ablage_client_compat.migrate.rules.owners import OWNERS

__all__ = ["example", "program", "title"]

_CUT = "# ---\n"
_IMPORT = "from ablage_client import AblageClient\n"
_ASYNC = (
    "from ablage_client import AsyncAblageClient\n\nasync def main():\n    client = AsyncAblageClient()\n"
)
_CLIENT = "client = AblageClient()\n"


def title(rule: Rule) -> str:
    """Return how the documentation names a rule: ``client.documents.get()``, ``Document.ocr_text``."""
    if isinstance(rule, Class):
        return rule.name
    owner = OWNERS[rule.owner].variable if rule.owner in OWNERS else ""
    call = "()" if isinstance(rule, Method) else ""
    return f"{owner if owner.startswith('client') else rule.owner}.{rule.name}{call}"


def program(rule: Rule) -> str:
    """Return the example of a rule with what it needs before it."""
    if isinstance(rule, Class) and not rule.is_error:
        return _CUT + rule.before + "\n"
    if isinstance(rule, Class):
        return f"from ablage_client import AblageClient, {rule.name}\n{_CLIENT}{_CUT}{rule.before}\n"
    if isinstance(rule, Member) and rule.owner not in OWNERS:
        error = "AblageAPIError" if rule.owner == "AblageError" else rule.owner
        attempt = "try:\n    client.documents.delete(doc_id)\n"
        caught = f"{attempt}except {error} as error:\n    {_CUT}    {rule.before}\n"
        return f"from ablage_client import AblageClient, {error}\n{_CLIENT}{caught}"
    if rule.dialects == "async":
        indented = rule.before.replace("\n", "\n    ")
        return f"{_ASYNC}    {_CUT}    {indented}\n"
    owner = rule.owner
    names = ["AblageClient"]
    before = rule.before
    setup = ""
    cls = "PaginatedResponse" if owner == "Page" else owner
    if before.startswith(f"{cls}."):
        names.append(cls)
    elif owner in OWNERS and OWNERS[owner].origin:
        setup = f"{OWNERS[owner].variable} = {OWNERS[owner].origin}\n"
    return f"from ablage_client import {', '.join(names)}\n{_CLIENT}{setup}{_CUT}{before}\n"


def example(rewritten: str) -> str:
    """Return the example in a program, or in what the codemod made of it."""
    lines = rewritten.partition(_CUT)[2].splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return "\n".join(line[indent:] for line in lines).strip()
