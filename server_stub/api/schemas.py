"""Shapes that are the same in both versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field


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

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[str], Field(max_length=50)] | None = None
    expires_at: AwareDatetime | None = None


class Delivery(BaseModel):
    """One event on its way to one webhook."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    status: Literal["pending", "delivered", "dead"]
    attempts: int
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
    documents: int
    bytes: int


class Usage(BaseModel):
    """How much was taken in."""

    since: datetime
    until: datetime
    documents_total: int
    pages_total: int
    bytes_total: int
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
    queue_depth: int
    failures_by_code: dict[str, int]


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]
    release: str
