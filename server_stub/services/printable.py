"""Texts that people see: how long they may be, and which characters they may not hold."""

from __future__ import annotations

import re

from server_stub.errors import invalid_field

# Character classes, for regular expressions of Python and of JSON Schema.
#: Control characters, which have no place in a line.
NOT_IN_LINE = r"\u0000-\u001f\u007f"
#: The same for a text of several lines.
NOT_IN_TEXT = r"\u0000-\u0008\u000b-\u001f\u007f"
#: All control characters, and the marks that turn the reading direction round ("fdp.exe" for "exe.pdf").
UNSEEN = r"\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"


def check_printable(field: str, text: str, *, most: int, least: int = 0, without: str = NOT_IN_LINE) -> None:
    """Check the length and the characters of a text.

    Args:
        field: What it is the value of.
        text: The text.
        most: How many characters it may have.
        least: How many it must have; blanks around it do not count.
        without: The characters that it may not hold.

    Raises:
        InvalidRequestError: It is too short or too long, or holds one of them.
    """
    if len(text.strip()) < least or len(text) > most or re.search(f"[{without}]", text):
        amount = f"{least} to {most}" if least else f"at most {most}"
        raise invalid_field(field, f"must be {amount} printable characters.")
