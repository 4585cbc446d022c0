"""Documents and what was recognised in them."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, JsonValue

from ablage_sdk._models._base import Confidence, Model, Number, OpenEnum, Resource, Timestamp

__all__ = [
    "BatchDeleteItem",
    "BatchDeleteResult",
    "Block",
    "Document",
    "DocumentError",
    "DocumentStatus",
    "ExtractedText",
    "OCRMetadata",
    "OCRResult",
    "SearchHit",
]


class DocumentStatus(OpenEnum):
    """How far recognition is: ``pending → processing → completed | failed``."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing happens any more unless the document is reprocessed."""
        return self in {DocumentStatus.COMPLETED, DocumentStatus.FAILED}


class DocumentError(Model):
    """Why recognition failed.

    Attributes:
        code: Such as ``DOC_ENCRYPTED``; ``UNKNOWN`` when the server has only a message.
        message: For people.
    """

    code: str
    message: str


class Block(Model):
    """A recognised word or line.

    Attributes:
        text: What it says.
        bbox: ``(x0, y0, x1, y1)`` in points, origin at the top left of the page.
        confidence: 0 to 1.
        type: Such as ``text``.
        page: Page number, from 1.
    """

    text: str
    bbox: tuple[Number, Number, Number, Number]
    confidence: Confidence = Decimal(0)
    type: str = "text"
    page: int = 1


class OCRMetadata(Model):
    """How recognition went.

    Attributes:
        language: ISO 639-1 code.
        pages: Number of pages.
        processing_time: Seconds.
        coverage: Share of the page's ink inside words recognised with confidence ≥ 0.6, 0 to 1;
            ``None`` when the server does not measure it.
    """

    language: str = "de"
    pages: int = 1
    processing_time: Number = 0.0
    coverage: Number | None = None


class OCRResult(Model):
    """What was recognised.

    Attributes:
        version: Format of the result, ``"2.0"``.
        text: The whole text.
        confidence: Mean over the words, 0 to 1.
        backend: The engine, such as ``tesseract``.
        metadata: How it went.
        blocks: Words or lines; empty in lists unless asked for.
    """

    version: str = "2.0"
    text: str
    confidence: Confidence
    backend: str
    metadata: OCRMetadata = Field(default_factory=OCRMetadata)
    blocks: list[Block] = Field(default_factory=list)


class Document(Resource):
    """A document of the archive.

    Attributes:
        id: UUID.
        filename: As uploaded.
        status: How far recognition is.
        user_id: The owner.
        size: Bytes.
        mime_type: By content.
        sha256: Checksum of the file, hexadecimal; ``None`` from servers before 2.0.
        page_count: Number of pages; ``None`` until known.
        document_type: As given at upload.
        language: ISO 639-1 code.
        ocr_backend: The engine that was asked for or used.
        extracted_text: The whole text; ``None`` until the status is ``completed``.
        confidence_score: 0.0000 to 1.0000; ``None`` until known.
        ocr_result: Text with positions; ``None`` until known, and in lists unless asked for.
        tags: Labels.
        metadata: The user's own values.
        error: Why recognition failed; ``None`` unless it did.
        created_at: Time of the upload.
        updated_at: Time of the last change.
        completed_at: Time at which recognition ended; ``None`` until then.
    """

    id: str
    filename: str
    status: DocumentStatus
    user_id: str | None = None
    size: int
    mime_type: str | None = None
    sha256: str | None = None
    page_count: int | None = None
    document_type: str | None = None
    language: str | None = None
    ocr_backend: str | None = None
    extracted_text: str | None = None
    confidence_score: Confidence | None = None
    ocr_result: OCRResult | None = None
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    error: DocumentError | None = None
    created_at: Timestamp
    updated_at: Timestamp
    completed_at: Timestamp | None = None

    @property
    def etag(self) -> str | None:
        """The version of the document, for ``if_match``; ``None`` for items of a list."""
        return self.response_info.etag if self.response_info else None


class SearchHit(Document):
    """A document that matches a search.

    Attributes:
        score: Relevance; higher is better.
        highlight: The matching passage as escaped HTML with ``<mark>…</mark>``.
    """

    score: Number
    highlight: str = ""


class ExtractedText(Resource):
    """The text of a document."""

    id: str
    text: str


class BatchDeleteItem(Model):
    """What happened to one document.

    Attributes:
        id: The document.
        status: ``deleted``, ``not_found`` or ``failed``.
        code: Why, when it failed.
    """

    id: str
    status: str
    code: str | None = None


class BatchDeleteResult(Resource):
    """What happened to each document, in the order asked for."""

    results: list[BatchDeleteItem]
    deleted: int
