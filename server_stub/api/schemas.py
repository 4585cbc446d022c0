"""Shapes that are the same in both versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from server_stub.ocr import BACKENDS
from server_stub.services.access import SCOPES
from server_stub.services.document_validation import MAX_TAG, MAX_TAGS
from server_stub.services.events import EVENT_TYPES
from server_stub.services.printable import NOT_IN_LINE, NOT_IN_TEXT, UNSEEN

# What the services check, said in the descriptions too: they refuse with better words than a schema could.
PRINTABLE = f"^[^{UNSEEN}]*$"
LINE = f"^[^{NOT_IN_LINE}]*$"


def _only_rfc3339(value: object) -> object:
    """Refuse what else pydantic takes for a time, such as seconds since 1970."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and "-" not in value[1:]):
        raise ValueError("must be a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_only_rfc3339)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=0, description="Bytes.")]
Tag = Annotated[str, Field(json_schema_extra={"maxLength": MAX_TAG, "pattern": PRINTABLE})]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS)]
Backend = Annotated[str, Field(json_schema_extra={"enum": [*BACKENDS, ""]})]
Email = Annotated[
    str,
    Field(
        max_length=255,
        json_schema_extra={
            "pattern": r"^[^@\s\u0000-\u001f\u007f]{1,64}@[^@\s\u0000-\u001f\u007f]{1,190}$",
            "format": "address",
        },
    ),
]
Password = Annotated[str, Field(min_length=8, max_length=256)]
Name = Annotated[str, Field(max_length=255, json_schema_extra={"pattern": LINE})]
Role = Annotated[str, Field(max_length=50, json_schema_extra={"format": "role"})]
Url = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"})]
EventType = Annotated[str, Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
Description = Annotated[str, Field(max_length=500, json_schema_extra={"pattern": f"^[^{NOT_IN_TEXT}]*$"})]


class Text(BaseModel):
    """The text of a document."""

    id: UUID
    text: str


class FieldProblem(BaseModel):
    """What is wrong with a field."""

    field: str
    message: str


class ApiKey(BaseModel):
    """An API key, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewApiKeyAnswer(ApiKey):
    """An API key with its secret, which is shown this once."""

    key: str


class NewApiKey(BaseModel):
    """An API key to be created."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=100, json_schema_extra={"pattern": rf"^(?=.*\S)[^{NOT_IN_LINE}]+$"}),
    ]
    scopes: (
        Annotated[list[Annotated[str, Field(json_schema_extra={"enum": list(SCOPES)})]], Field(max_length=50)]
        | None
    ) = None
    expires_at: Annotated[Time | None, Field(description="In the future.")] = None


class Delivery(BaseModel):
    """One event on its way to one webhook."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    status: Literal["pending", "delivered", "dead"]
    attempts: Count
    next_attempt_at: datetime | None
    response_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


class Login(BaseModel):
    """An address and a password. ``username`` is another name for ``email``."""

    email: Annotated[str, Field(max_length=255)] | None = None
    username: Annotated[str, Field(max_length=255)] | None = None
    password: Annotated[str, Field(max_length=1000)]


class RefreshToken(BaseModel):
    """A refresh token."""

    refresh_token: Annotated[str, Field(max_length=500)]


class Logout(BaseModel):
    """The refresh token of the session to end, when its access token has expired already."""

    refresh_token: Annotated[str, Field(max_length=500)] | None = None


class Day(BaseModel):
    """What was taken in on one day (UTC)."""

    date: date
    documents: Count
    bytes: Size


class Usage(BaseModel):
    """How much was taken in."""

    since: datetime
    until: datetime
    documents_total: Count
    pages_total: Count
    bytes_total: Size
    documents_by_status: dict[str, int]
    documents_by_backend: dict[str, int]
    by_day: list[Day]


class Metrics(BaseModel):
    """How well it was recognised."""

    since: datetime
    until: datetime
    average_confidence: float | None
    average_processing_seconds: float | None
    success_rate: float | None
    queue_depth: Count
    failures_by_code: dict[str, int]
