"""The shapes of API v1, as OpenAPI publishes them. They are frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
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
    Name,
    Password,
    Role,
    Size,
    Tags,
    Url,
)

T = TypeVar("T")
#: What counted as a truth value ever since.
OldFlag = Annotated[
    bool,
    Field(
        json_schema_extra={
            "type": ["boolean", "integer", "string"],
            "enum": [
                True, False, 1, 0, "true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n",
            ],
        }
    ),
]  # fmt: skip
Status = Literal["pending", "processing", "completed", "failed"]


class Segment(BaseModel):
    """A word or line."""

    text: str
    bbox: list[float]
    conf: float
    type: str


class OcrResult(BaseModel):
    """What was recognised."""

    content: str
    score: float
    engine: str
    lang: str
    page_count: int
    duration: Annotated[float, Field(description="Seconds.")]
    segments: list[Segment]


class Document(BaseModel):
    """A document."""

    id: UUID
    filename: str
    status: Status
    user_id: UUID
    size: Size
    mime_type: str
    document_type: str | None
    language: str | None
    ocr_backend: str | None
    ocr_text: str
    confidence_score: float
    ocr_result: OcrResult
    tags: list[str]
    metadata: dict[str, object]
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class FoundDocument(Document):
    """A search result."""

    score: float
    highlight: Annotated[str, Field(description="HTML: escaped text with <mark>…</mark>.")]


class PageOf(BaseModel, Generic[T]):
    """A part of a list."""

    items: list[T]
    total: Count
    page: Count
    page_size: Count
    total_pages: Count


class DocumentPage(PageOf[Document]):
    """Documents."""


class FoundPage(PageOf[FoundDocument]):
    """Search results."""


class DocumentChanges(BaseModel):
    """What to change; what is missing stays. Each value replaces the old one as a whole."""

    filename: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    tags: Tags | None = None
    metadata: dict[str, object] | None = None


class Reprocess(BaseModel):
    """How to recognise again."""

    ocr_backend: Backend | None = None


class Error(BaseModel):
    """An error."""

    detail: str
    message: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


class User(BaseModel):
    """A user."""

    id: UUID
    email: str
    full_name: str | None
    is_active: bool
    role: str | None
    created_at: datetime
    updated_at: datetime


class UserPage(PageOf[User]):
    """Users."""


class NewUser(BaseModel):
    """A user to be created."""

    email: Email
    password: Password
    full_name: Name | None = None
    role: Role | None = None
    is_active: OldFlag | None = None


class UserChanges(BaseModel):
    """What to change about a user; what is missing stays."""

    email: Email | None = None
    password: Password | None = None
    full_name: Name | None = None
    role: Role | None = None
    is_active: OldFlag | None = None


class Session(BaseModel):
    """What a login gives."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Seconds.")]
    user: User


class Webhook(BaseModel):
    """A webhook. ``events`` and ``active`` are the old names of ``event_types`` and ``is_active``."""

    id: UUID
    url: str
    event_types: list[str]
    events: list[str]
    description: str | None
    is_active: bool
    active: bool
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook and the secret that signs its deliveries, shown once."""

    secret: str


class WebhookPage(PageOf[Webhook]):
    """Webhooks."""


EventTypes = Annotated[list[EventType], Field(max_length=50, json_schema_extra={"minItems": 1})]


class WebhookChanges(BaseModel):
    """What a webhook shall be, under new or old names; what is missing stays."""

    url: Url | None = None
    event_types: EventTypes | None = None
    events: EventTypes | None = None
    description: Description | None = None
    is_active: OldFlag | None = None
    active: OldFlag | None = None


def _required(schema: dict[str, Any]) -> None:
    """Describe what creating needs: an address, and the events under either name."""
    url, _null = schema["properties"]["url"].pop("anyOf")
    schema["properties"]["url"] |= url
    schema["required"] = ["url"]
    schema["anyOf"] = [
        {"required": [name], "properties": {name: {"type": "array"}}} for name in ("event_types", "events")
    ]


class NewWebhook(WebhookChanges):
    """A webhook to be created."""

    model_config = ConfigDict(json_schema_extra=_required)


class DeliveryPage(PageOf[Delivery]):
    """Deliveries."""


class ApiKeyPage(PageOf[ApiKey]):
    """API keys."""
