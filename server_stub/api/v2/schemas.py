"""The shapes of API v2, as OpenAPI publishes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Status = Literal["pending", "processing", "completed", "failed"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A request body: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Block(BaseModel):
    """A word or line."""

    text: str
    bbox: Annotated[list[float], Field(min_length=4, max_length=4)]
    confidence: Ratio
    type: str
    page: int


class OcrMetadata(BaseModel):
    """About a recognition."""

    language: str
    pages: int
    processing_time: Annotated[float, Field(description="Seconds.")]


class ListedOcrResult(BaseModel):
    """What was recognised, without the blocks."""

    version: str
    text: str
    confidence: Ratio
    backend: str
    metadata: OcrMetadata


class OcrResult(ListedOcrResult):
    """What was recognised."""

    blocks: list[Block]


class DocumentError(BaseModel):
    """Why a document failed."""

    code: str
    message: str


class _DocumentBase(BaseModel):
    id: UUID
    filename: str
    status: Status
    user_id: UUID
    size: Annotated[int, Field(description="Bytes.")]
    mime_type: str
    sha256: str | None
    page_count: int | None
    document_type: str | None
    language: str | None
    ocr_backend: str | None
    extracted_text: str | None
    confidence_score: Ratio | None
    tags: list[str]
    metadata: dict[str, object]
    error: DocumentError | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class Document(_DocumentBase):
    """A document."""

    ocr_result: OcrResult | None


class ListedDocument(_DocumentBase):
    """A document in a list; ``ocr_result.blocks`` is left out unless asked for."""

    ocr_result: OcrResult | ListedOcrResult | None


class FoundDocument(ListedDocument):
    """A search result."""

    score: float
    highlight: Annotated[str, Field(description="HTML: escaped text with <mark>…</mark>.")]


class PageOf(BaseModel, Generic[T]):
    """A part of a list."""

    items: list[T]
    next_cursor: str | None
    has_more: bool


class DocumentPage(PageOf[ListedDocument]):
    """Documents."""


class FoundPage(PageOf[FoundDocument]):
    """Search results."""


class DocumentChanges(Strict):
    """What to change; what is missing stays. Each value replaces the old one as a whole."""

    filename: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    tags: Annotated[list[str], Field(max_length=1000)] | None = None
    metadata: dict[str, object] | None = None


class Reprocess(Strict):
    """How to recognise again."""

    ocr_backend: str | None = None


class BatchDelete(Strict):
    """Which documents to delete."""

    document_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class BatchOutcome(BaseModel):
    """What became of one document."""

    id: UUID
    status: Literal["deleted", "not_found", "failed"]
    code: str | None = None


class BatchDeleted(BaseModel):
    """What became of each document."""

    results: list[BatchOutcome]
    deleted: int


class Text(BaseModel):
    """The text of a document."""

    id: UUID
    text: str


class FieldProblem(BaseModel):
    """What is wrong with a field."""

    field: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None
