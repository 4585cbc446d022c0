"""Recognition of a whole document, inside the process that was started for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from server_stub.ocr.engines import ENGINES
from server_stub.ocr.images import ImageDocument
from server_stub.ocr.model import Block, OcrError, Recognition, four_places
from server_stub.ocr.pdf import PdfDocument

if TYPE_CHECKING:
    from pathlib import Path

    from server_stub.ocr.engines import PageResult
    from server_stub.ocr.pages import Document, Line

#: Stands between the texts of two pages.
PAGE_BREAK: Final = "\f"


def recognize(path: Path, *, mime_type: str, backend: str, language: str) -> Recognition:
    """Recognise a document: see `server_stub.ocr.recognize`."""
    started = time.monotonic()
    if backend not in ENGINES:
        raise ValueError(f"Unknown OCR backend {backend!r}; known are {', '.join(ENGINES)}")
    engine = ENGINES[backend]()
    with open_document(path, mime_type) as document:
        results = [engine.read(page, language) for page in document.pages()]
    return assemble(results, backend=backend, language=language, seconds=time.monotonic() - started)


def open_document(path: Path, mime_type: str) -> Document:
    """Open a document of one of the types that `server_stub.ocr.sniff` tells.

    Raises:
        OcrError: It is empty, damaged, protected or too large.
    """
    if not path.exists():
        raise OcrError("OCR_FAILED", "The stored file of the document is missing. Upload it again.")
    if path.stat().st_size == 0:
        raise OcrError("DOC_EMPTY", "The file is empty. Upload it again.")
    if mime_type == "application/pdf":
        return PdfDocument(path)
    if mime_type.startswith("image/"):
        return ImageDocument(path, mime_type)
    raise OcrError("DOC_CORRUPT", "The file is neither a PDF nor an image.")


def assemble(results: list[PageResult], *, backend: str, language: str, seconds: float) -> Recognition:
    """Put the pages of a document together."""
    words = [word for result in results for line in result.lines for word in line.words]
    length = sum(len(word.text) for word in words)
    mean = sum(word.confidence * len(word.text) for word in words) / length if length else None
    engines = [result.engine for result in results]
    return Recognition(
        text=PAGE_BREAK.join(_text(result.lines) for result in results),
        confidence=None if mean is None else four_places(mean),
        backend=engines[0] if len(set(engines)) == 1 else backend,
        language=language,
        page_count=len(results),
        processing_time=round(seconds, 3),
        blocks=[
            _block(line, number) for number, result in enumerate(results, start=1) for line in result.lines
        ],
        coverage=four_places(sum(result.coverage for result in results) / len(results)),
        engines=engines,
    )


def _text(lines: tuple[Line, ...]) -> str:
    return "".join(
        ("" if index == 0 else "\n\n" if line.starts_paragraph else "\n") + line.text
        for index, line in enumerate(lines)
    )


def _block(line: Line, page: int) -> Block:
    length = sum(len(word.text) for word in line.words)
    mean = sum(word.confidence * len(word.text) for word in line.words) / length
    x0, y0, x1, y1 = line.box
    return Block(
        text=line.text,
        bbox=(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)),
        confidence=four_places(mean),
        page=page,
    )
