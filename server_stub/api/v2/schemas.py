"""The shapes of API v2, as OpenAPI publishes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from server_stub.api.schemas import (
    ApiKey,
    Backend,
    Count,
    Delivery,
    Description,
    Email,
    EventType,
    FieldProblem,
    Flag,
    Name,
    Password,
    Size,
    Tags,
    Url,
)
from server_stub.api.schemas import Role as RoleName

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
    pages: Count
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
    size: Size
    mime_type: str
    sha256: str | None
    page_count: Count | None
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
    tags: Tags | None = None
    metadata: dict[str, object] | None = None


class Reprocess(Strict):
    """How to recognise again."""

    ocr_backend: Backend | None = None


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
    deleted: Count


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


class User(BaseModel):
    """A user."""

    id: UUID
    email: str
    full_name: str | None
    is_active: bool
    roles: list[str]
    permissions: dict[str, list[str]]
    created_at: datetime
    updated_at: datetime


class UserPage(PageOf[User]):
    """Users."""


class NewUser(Strict):
    """A user to be created."""

    email: Email
    password: Password
    full_name: Name | None = None
    roles: Annotated[list[RoleName], Field(max_length=20)] | None = None
    is_active: Flag | None = None


class UserChanges(Strict):
    """What to change about a user; what is missing stays."""

    email: Email | None = None
    password: Password | None = None
    full_name: Name | None = None
    roles: Annotated[list[RoleName], Field(max_length=20)] | None = None
    is_active: Flag | None = None


class Role(BaseModel):
    """A role."""

    id: UUID
    name: str
    description: str | None
    permissions: dict[str, list[str]]


class RolePage(PageOf[Role]):
    """Roles."""


class Session(BaseModel):
    """What a login gives."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Seconds.")]
    user: User


class Webhook(BaseModel):
    """A webhook."""

    id: UUID
    url: str
    event_types: list[str]
    description: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook and the secret that signs its deliveries, shown once."""

    secret: str


class WebhookPage(PageOf[Webhook]):
    """Webhooks."""


class NewWebhook(Strict):
    """A webhook to be created."""

    url: Url
    event_types: Annotated[list[EventType], Field(min_length=1, max_length=50)]
    description: Description | None = None
    is_active: Flag | None = None


class WebhookChanges(Strict):
    """What to change about a webhook; what is missing stays."""

    url: Url | None = None
    event_types: Annotated[list[EventType], Field(min_length=1, max_length=50)] | None = None
    description: Description | None = None
    is_active: Flag | None = None


class DeliveryPage(PageOf[Delivery]):
    """Deliveries."""


class ApiKeyPage(PageOf[ApiKey]):
    """API keys."""
