"""What recognition gives back: a result, or an error with a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The names that ``ocr_backend`` may have.
BACKENDS: Final = ("auto", "text-layer", "tesseract")

Box: TypeAlias = "tuple[float, float, float, float]"
BlockType: TypeAlias = Literal["line"]
ErrorCode: TypeAlias = Literal[
    "DOC_CORRUPT",
    "DOC_ENCRYPTED",
    "DOC_EMPTY",
    "DOC_TOO_MANY_PAGES",
    "DOC_PAGE_TOO_LARGE",
    "OCR_TIMEOUT",
    "OCR_BACKEND_UNAVAILABLE",
    "OCR_FAILED",
]

_FOUR_PLACES: Final = Decimal("0.0001")
_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


def four_places(value: float | Decimal) -> Decimal:
    """Clamp a share to 0–1 and round it to the four decimals that the database keeps."""
    return min(max(Decimal(value), _ZERO), _ONE).quantize(_FOUR_PLACES, ROUND_HALF_UP)


class OcrError(Exception):
    """Recognition that cannot give a result.

    Attributes:
        code: One of the codes that a document's ``error.code`` may have.
        message: What was wrong and what to do about it, for the owner of the document. It never holds
            a path or a trace.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code: ErrorCode = code
        self.message = message

    def __reduce__(self) -> tuple[type[OcrError], tuple[ErrorCode, str]]:
        return OcrError, (self.code, self.message)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can be used on this machine.

    Attributes:
        name: A name from `server_stub.ocr.BACKENDS`.
        available: Whether it can be used.
        detail: Its version when it can, what to install when it cannot.
    """

    name: str
    available: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word.

    Attributes:
        text: The word, without blanks.
        box: ``x0, y0, x1, y1`` in points, origin at the top left of the page as it is shown.
        confidence: 0–1.
    """

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Block:
    """A line of text and where it stands.

    Attributes:
        text: The words of the line, separated by single blanks.
        bbox: ``x0, y0, x1, y1`` in points (1/72 inch), origin at the top left of the page as it is shown.
        confidence: 0–1, four decimals.
        type: What the block is.
        page: Page number, from 1.
    """

    text: str
    bbox: Box
    confidence: Decimal
    page: int
    type: BlockType = "line"


@dataclass(frozen=True, slots=True)
class Recognition:
    """The result of recognising a document.

    Attributes:
        text: The text of all pages; pages are separated by a form feed, paragraphs by an empty line.
        confidence: Mean over all characters, 0–1 with four decimals; ``None`` when nothing was found.
        backend: The engine that read the pages, or, where they were read by several, the backend that was
            asked for; a name from `server_stub.ocr.BACKENDS`.
        language: The language that was asked for.
        page_count: Number of pages.
        processing_time: Wall-clock seconds.
        blocks: Lines, in reading order.
        coverage: Share of the pages' ink that lies inside words recognised with a confidence of at least
            0.6, mean over the pages, 0–1 with four decimals. A high confidence with a low coverage means
            that most of the page was not read.
        engines: The engine that read each page.
    """

    text: str
    confidence: Decimal | None
    backend: str
    language: str
    page_count: int
    processing_time: float
    blocks: list[Block] = field(default_factory=list)
    coverage: Decimal = _ZERO
    engines: list[str] = field(default_factory=list)

    def as_ocr_result(self) -> dict[str, object]:
        """Return the ``ocr_result`` of a v2 document: JSON values only, numbers as ``float``."""
        return {
            "version": "2.0",
            "text": self.text,
            "confidence": 0.0 if self.confidence is None else float(self.confidence),
            "backend": self.backend,
            "metadata": {
                "language": self.language,
                "pages": self.page_count,
                "processing_time": self.processing_time,
                "coverage": float(self.coverage),
                "engines": list(self.engines),
            },
            "blocks": [
                {
                    "text": block.text,
                    "bbox": list(block.bbox),
                    "confidence": float(block.confidence),
                    "type": block.type,
                    "page": block.page,
                }
                for block in self.blocks
            ],
        }

    def as_message(self) -> dict[str, object]:
        """Return all of it as JSON values, for another process: see `from_message`."""
        return {
            "text": self.text,
            "confidence": None if self.confidence is None else str(self.confidence),
            "backend": self.backend,
            "language": self.language,
            "page_count": self.page_count,
            "processing_time": self.processing_time,
            "blocks": [
                [block.text, block.bbox, str(block.confidence), block.page, block.type]
                for block in self.blocks
            ],
            "coverage": str(self.coverage),
            "engines": self.engines,
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        """Read what `as_message` wrote."""
        confidence = message["confidence"]
        return cls(
            text=message["text"],
            confidence=None if confidence is None else Decimal(confidence),
            backend=message["backend"],
            language=message["language"],
            page_count=message["page_count"],
            processing_time=message["processing_time"],
            blocks=[
                Block(text, (x0, y0, x1, y1), Decimal(sure), page, kind)
                for text, (x0, y0, x1, y1), sure, page, kind in message["blocks"]
            ],
            coverage=Decimal(message["coverage"]),
            engines=message["engines"],
        )
