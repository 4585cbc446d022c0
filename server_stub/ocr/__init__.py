"""Text recognition: engines behind one protocol.

`run` is what the server calls: it recognises a document in a process of its own, so that a crash or a hang
of the libraries that parse documents ends as an `OcrError`. `recognize` does the work inside that process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_stub.ocr.detect import sniff
from server_stub.ocr.model import BACKENDS, Block, EngineStatus, OcrError, Recognition

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BACKENDS",
    "Block",
    "EngineStatus",
    "OcrError",
    "Recognition",
    "engines",
    "recognize",
    "run",
    "sniff",
]


def recognize(path: Path, *, mime_type: str, backend: str, language: str) -> Recognition:
    """Recognise a document in this process, which a hostile document may crash: prefer `run`.

    Args:
        path: The document.
        mime_type: Its type, from `sniff`.
        backend: A name from `BACKENDS`.
        language: The language of the document: ``de``, ``en``, or Tesseract's names, as in ``deu+eng``.

    Returns:
        Text, blocks and figures.

    Raises:
        OcrError: The document cannot be read, or the engine is missing.
        ValueError: ``backend`` is not in `BACKENDS`.
    """
    from server_stub.ocr.recognition import recognize as work  # noqa: PLC0415 - NumPy, Pillow, pdfium

    return work(path, mime_type=mime_type, backend=backend, language=language)


async def run(path: Path, *, mime_type: str, backend: str, language: str, timeout: float) -> Recognition:  # noqa: ASYNC109 - the time limit of the work, not of waiting for it
    """Recognise a document in a process of its own, with limits on memory and time.

    Args:
        path: The document.
        mime_type: Its type, from `sniff`.
        backend: A name from `BACKENDS`.
        language: The language of the document: ``de``, ``en``, or Tesseract's names, as in ``deu+eng``.
        timeout: Seconds until the process and all it started are killed.

    Returns:
        Text, blocks and figures.

    Raises:
        OcrError: The document cannot be read, the engine is missing, or the time is up.
        ValueError: ``backend`` is not in `BACKENDS`.
    """
    from server_stub.ocr.process import run as start  # noqa: PLC0415 - only where it is used

    return await start(path, mime_type=mime_type, backend=backend, language=language, timeout=timeout)


def engines() -> list[EngineStatus]:
    """Tell for each name in `BACKENDS` whether it can be used here, and what to install if not.

    It starts Tesseract once to ask for its version, which takes some milliseconds.
    """
    from server_stub.ocr.availability import engines as look  # noqa: PLC0415 - only where it is used

    return look()
