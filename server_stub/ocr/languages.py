"""Names of languages, as documents and as Tesseract write them."""

from __future__ import annotations

import re
from typing import Final

#: What is read when nothing else is known; the second language catches foreign words.
DEFAULT: Final = "deu+eng"

_NAMES: Final = {
    "": DEFAULT, "auto": DEFAULT, "unknown": DEFAULT,
    "de": DEFAULT, "en": "eng+deu",
    "cs": "ces", "da": "dan", "es": "spa", "fr": "fra", "hu": "hun", "it": "ita", "nl": "nld",
    "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "sv": "swe", "tr": "tur", "uk": "ukr",
}  # fmt: skip
_VALID: Final = re.compile(r"[A-Za-z][A-Za-z_]{1,20}(?:\+[A-Za-z][A-Za-z_]{1,20}){0,4}")


def for_tesseract(language: str) -> str | None:
    """Translate a language to Tesseract's names.

    Args:
        language: An ISO 639-1 code (``de``, also ``de-DE``), or Tesseract's names (``deu+eng``).

    Returns:
        Names joined by ``+``, or ``None`` when this is not the name of a language.
    """
    name = language.strip()
    known = _NAMES.get(re.split("[-_]", name.lower())[0])
    if known is not None:
        return known
    return name if _VALID.fullmatch(name) else None


def package(name: str) -> str:
    """Return the Debian package of a language, by Tesseract's name."""
    return f"tesseract-ocr-{name.lower().replace('_', '-')}"
